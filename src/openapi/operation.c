/* One method of one path. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "openapi/internal.h"

/* What is known of a route, by where it comes from. */
struct operation {
	const struct api_route *route;
	bool		 is_rest;
	struct rest_info rest;
	const struct action *action;	/* or NULL */
	const struct fixed *fixed;	/* or NULL */
};

static const char json_media[] = "application/json";

/* ---- names ---- */

/* "get_products_product_imei_data": unique, and a name in any language. */
static void
put_id(struct json_write *w, const struct api_route *route)
{
	const char *method = api_method_name(route->method), *s;
	char id[200];
	size_t n = 0;

	for (; *method != '\0' && n < sizeof(id) - 2; method++)
		id[n++] = (char)tolower((unsigned char)*method);
	id[n++] = '_';
	for (s = route->path; *s != '\0' && n < sizeof(id) - 1; s++) {
		if (isalnum((unsigned char)*s))
			id[n++] = *s;
		else if (id[n - 1] != '_')
			id[n++] = '_';
	}
	while (id[n - 1] == '_')
		n--;
	jw_key(w, "operationId");
	jw_strn(w, id, n);
}

static void
put_tag(struct json_write *w, const struct api_route *route)
{
	const char *path = route->path + (route->path[0] == '/');

	jw_key(w, "tags");
	jw_array(w);
	jw_strn(w, path, strcspn(path, "/"));
	jw_end(w);
}

/* ---- who may ---- */

static void
put_scheme(struct json_write *w, const char *name)
{
	jw_object(w);
	jw_key(w, name);
	jw_array(w);
	jw_end(w);
	jw_end(w);
}

static void
put_security(struct json_write *w, const struct api_route *route)
{
	jw_key(w, "security");
	jw_array(w);
	if (route->auth == AUTH_USER || route->auth == AUTH_PASSWORD) {
		put_scheme(w, "token");
		put_scheme(w, "bearer");
	} else if (route->auth == AUTH_UNIT) {
		put_scheme(w, "unit");
	}
	jw_end(w);
	if (route->auth == AUTH_USER || route->auth == AUTH_PASSWORD)
		jw_put_str(w, "x-level", level_name(route->level));
}

/* ---- parameters ---- */

static enum field_type
path_type(const struct operation *op, bool other)
{
	const struct schema_table *table;

	if (!op->is_rest)
		return FIELD_TEXT;
	table = other ? op->rest.relation->target : op->rest.table;
	return table->key->type;
}

static void
put_path_parameters(struct json_write *w, const struct operation *op)
{
	const char *s = op->route->path;
	bool other = false;
	size_t n;

	while ((s = strchr(s, '{')) != NULL) {
		n = strcspn(++s, "}");
		jw_object(w);
		jw_key(w, "name");
		jw_strn(w, s, n);
		jw_put_str(w, "in", "path");
		jw_put_bool(w, "required", true);
		jw_key(w, "schema");
		type_write(w, path_type(op, other), NULL);
		jw_end(w);
		other = true;
	}
}

static void
put_list_parameters(struct json_write *w, const struct operation *op)
{
	if (op->rest.kind == REST_LIST)
		ref_write(w, "parameters", "q", "");
	ref_write(w, "parameters", "page", "");
	ref_write(w, "parameters", "results_per_page", "");
}

static void
put_query_parameters(struct json_write *w, const struct action *action)
{
	const struct action_arg *arg;
	size_t i;

	for (i = 0; i < action->n_args; i++) {
		arg = &action->args[i];
		jw_object(w);
		jw_put_str(w, "name", arg->name);
		jw_put_str(w, "in", "query");
		if (arg->required)
			jw_put_bool(w, "required", true);
		if (arg->help != NULL)
			jw_put_str(w, "description", arg->help);
		jw_key(w, "schema");
		/* what is JSON is its text here */
		type_write(w, arg->type == FIELD_JSON ? FIELD_TEXT : arg->type,
		    NULL);
		jw_end(w);
	}
}

static bool
is_list(const struct operation *op)
{
	return op->is_rest && (op->rest.kind == REST_LIST ||
	    (op->rest.kind == REST_RELATED &&
	    op->rest.relation->kind == RELATION_MANY));
}

static void
put_parameters(struct json_write *w, const struct operation *op)
{
	jw_key(w, "parameters");
	jw_array(w);
	put_path_parameters(w, op);
	if (is_list(op))
		put_list_parameters(w, op);
	if (op->action != NULL && op->route->method == HTTP_GET)
		put_query_parameters(w, op->action);
	if (op->fixed != NULL && op->fixed->parameters != NULL)
		jw_raw(w, op->fixed->parameters,
		    strlen(op->fixed->parameters));
	ref_write(w, "parameters", "accept_language", "");
	jw_end(w);
}

/* ---- bodies ---- */

static void
put_arguments(struct json_write *w, const struct action *action)
{
	size_t i;

	jw_object(w);
	jw_put_str(w, "type", "object");
	jw_key(w, "properties");
	jw_object(w);
	for (i = 0; i < action->n_args; i++) {
		jw_key(w, action->args[i].name);
		type_write(w, action->args[i].type, action->args[i].help);
	}
	jw_end(w);
	jw_key(w, "required");
	jw_array(w);
	for (i = 0; i < action->n_args; i++)
		if (action->args[i].required)
			jw_str(w, action->args[i].name);
	jw_end(w);
	jw_end(w);
}

static bool
has_body(const struct operation *op)
{
	if (op->route->method == HTTP_GET || op->route->method == HTTP_DELETE)
		return false;
	return op->is_rest || (op->action != NULL &&
	    (op->action->n_args > 0 || op->action->raw_body)) ||
	    (op->fixed != NULL && op->fixed->body != NULL);
}

static void
put_body_schema(struct json_write *w, const struct operation *op)
{
	if (op->is_rest)
		ref_write(w, "schemas", op->rest.table->name,
		    op->rest.kind == REST_CREATE ? "_new" : "_change");
	else if (op->action != NULL)
		put_arguments(w, op->action);
	else
		jw_raw(w, op->fixed->body, strlen(op->fixed->body));
}

static void
put_body(struct json_write *w, const struct operation *op)
{
	if (!has_body(op))
		return;
	jw_key(w, "requestBody");
	jw_object(w);
	jw_key(w, "content");
	jw_object(w);
	jw_key(w, json_media);
	jw_object(w);
	jw_key(w, "schema");
	put_body_schema(w, op);
	jw_end(w);
	jw_end(w);
	jw_end(w);
}

/* ---- replies ---- */

static unsigned
success(const struct operation *op)
{
	if (op->action != NULL)
		return op->action->status != 0 ? op->action->status : 200;
	if (op->fixed != NULL && op->fixed->status != 0)
		return op->fixed->status;
	if (!op->is_rest)
		return 200;
	switch (op->rest.kind) {
	case REST_CREATE:
		return 201;
	case REST_DELETE:
	case REST_UNLINK:
		return 204;
	default:
		return 200;
	}
}

static void
put_list(struct json_write *w, const char *table)
{
	static const char *const counts[] = {
		"num_results", "page", "total_pages",
	};
	size_t i;

	jw_object(w);
	jw_put_str(w, "type", "object");
	jw_key(w, "properties");
	jw_object(w);
	jw_key(w, "objects");
	jw_object(w);
	jw_put_str(w, "type", "array");
	jw_key(w, "items");
	ref_write(w, "schemas", table, "");
	jw_end(w);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		jw_key(w, counts[i]);
		type_write(w, FIELD_INT, NULL);
	}
	jw_end(w);
	jw_key(w, "required");
	jw_array(w);
	jw_str(w, "objects");
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		jw_str(w, counts[i]);
	jw_end(w);
	jw_end(w);
}

static void
put_reply_schema(struct json_write *w, const struct operation *op)
{
	const struct schema_table *table;

	if (op->is_rest) {
		table = op->rest.relation != NULL ?
		    op->rest.relation->target : op->rest.table;
		if (is_list(op))
			put_list(w, table->name);
		else
			ref_write(w, "schemas", table->name, "");
	} else if (op->fixed != NULL) {
		jw_raw(w, op->fixed->reply, strlen(op->fixed->reply));
	} else if (op->action != NULL && !op->action->bare) {
		ref_write(w, "schemas", "success", "");
	} else {
		jw_object(w);
		jw_end(w);
	}
}

static void
put_success(struct json_write *w, const struct operation *op)
{
	unsigned status = success(op);
	char key[12];

	snprintf(key, sizeof(key), "%u", status);
	jw_key(w, key);
	jw_object(w);
	jw_put_str(w, "description", "done");
	if (status != 204) {
		jw_key(w, "content");
		jw_object(w);
		jw_key(w, op->fixed != NULL && op->fixed->media != NULL ?
		    op->fixed->media : json_media);
		jw_object(w);
		jw_key(w, "schema");
		put_reply_schema(w, op);
		jw_end(w);
		jw_end(w);
	}
	jw_end(w);
}

static void
put_replies(struct json_write *w, const struct operation *op)
{
	jw_key(w, "responses");
	jw_object(w);
	put_success(w, op);
	jw_key(w, "400");
	ref_write(w, "responses", "invalid", "");
	if (op->route->auth != AUTH_NONE) {
		jw_key(w, "401");
		ref_write(w, "responses", "error", "");
	}
	if (op->route->auth == AUTH_USER && op->route->level > LEVEL_OVERVIEW) {
		jw_key(w, "403");
		ref_write(w, "responses", "error", "");
	}
	if (strchr(op->route->path, '{') != NULL) {
		jw_key(w, "404");
		ref_write(w, "responses", "error", "");
	}
	jw_key(w, "default");
	ref_write(w, "responses", "error", "");
	jw_end(w);
}

void
operation_write(struct json_write *w, const struct api_route *route)
{
	struct operation op = { .route = route };

	op.is_rest = rest_describe(route, &op.rest);
	op.action = action_of(route);
	op.fixed = fixed_find(route);
	jw_object(w);
	put_id(w, route);
	jw_put_str(w, "summary", route->help);
	put_tag(w, route);
	put_security(w, route);
	put_parameters(w, &op);
	put_body(w, &op);
	put_replies(w, &op);
	jw_end(w);
}
