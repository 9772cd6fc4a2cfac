/* The document: head, paths, components. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openapi/internal.h"

/* ---- paths ---- */

struct routes_found {
	const struct api_route **route;	/* NULL: only count */
	size_t		 n;
};

static void
collect(const struct api_route *route, void *arg)
{
	struct routes_found *found = arg;

	if (found->route != NULL)
		found->route[found->n] = route;
	found->n++;
}

static int
by_path(const void *a, const void *b)
{
	const struct api_route *one = *(const struct api_route *const *)a;
	const struct api_route *two = *(const struct api_route *const *)b;
	int diff = strcmp(one->path, two->path);

	return diff != 0 ? diff : (int)one->method - (int)two->method;
}

static void
put_path_key(struct json_write *w, const char *path)
{
	char key[200];

	snprintf(key, sizeof(key), "%s%s", path[0] == '/' ? "" : "/v1/", path);
	jw_key(w, key);
}

static void
put_method_key(struct json_write *w, enum http_method method)
{
	static const char *const names[] = {
		[HTTP_GET] = "get", [HTTP_HEAD] = "head",
		[HTTP_POST] = "post", [HTTP_PUT] = "put",
		[HTTP_DELETE] = "delete", [HTTP_OPTIONS] = "options",
		[HTTP_PATCH] = "patch", [HTTP_OTHER] = "trace",
	};

	jw_key(w, names[method]);
}

static void
put_sorted(struct json_write *w, const struct routes_found *found)
{
	const char *path = NULL;
	size_t i;

	for (i = 0; i < found->n; i++) {
		if (path == NULL || strcmp(path, found->route[i]->path) != 0) {
			if (path != NULL)
				jw_end(w);
			path = found->route[i]->path;
			put_path_key(w, path);
			jw_object(w);
		}
		put_method_key(w, found->route[i]->method);
		operation_write(w, found->route[i]);
	}
	if (path != NULL)
		jw_end(w);
}

static void
put_paths(struct json_write *w, const struct api *api)
{
	struct routes_found found = { 0 };
	size_t n;

	api_each_route(api, collect, &found);
	n = found.n;
	found = (struct routes_found){ calloc(n + 1, sizeof(void *)), 0 };
	if (found.route == NULL) {
		w->out->failed = true;
		n = 0;
	} else {
		api_each_route(api, collect, &found);
		qsort(found.route, n, sizeof(*found.route), by_path);
	}
	found.n = n;
	jw_key(w, "paths");
	jw_object(w);
	put_sorted(w, &found);
	jw_end(w);
	free(found.route);
}

/* ---- components ---- */

static const char success_envelope[] =
	"{\"type\":\"object\",\"required\":[\"status\",\"message\"],"
	"\"properties\":{\"status\":{\"const\":\"success\"},"
	"\"message\":{\"type\":\"string\"},\"data\":{}}}";
static const char error_envelope[] =
	"{\"type\":\"object\",\"required\":[\"status\",\"message\",\"data\"],"
	"\"properties\":{\"status\":{\"enum\":[\"error\",\"validation-error\"]},"
	"\"message\":{\"type\":\"string\"},"
	"\"data\":{\"type\":[\"object\",\"null\"],"
	"\"description\":\"what is wrong, by field\"},"
	"\"validation_errors\":{\"type\":\"object\","
	"\"additionalProperties\":{\"type\":\"string\"}}}}";

static const char parameters[] =
	"{\"q\":{\"name\":\"q\",\"in\":\"query\","
	"\"description\":\"a search as JSON text: filters, order_by, "
	"group_by, limit, offset, single\",\"schema\":{\"type\":\"string\"}},"
	"\"page\":{\"name\":\"page\",\"in\":\"query\","
	"\"schema\":{\"type\":\"integer\",\"minimum\":0,\"default\":1}},"
	"\"results_per_page\":{\"name\":\"results_per_page\",\"in\":\"query\","
	"\"schema\":{\"type\":\"integer\",\"maximum\":100,\"default\":10}},"
	"\"accept_language\":{\"name\":\"Accept-Language\",\"in\":\"header\","
	"\"description\":\"of messages: en or fr\","
	"\"schema\":{\"type\":\"string\",\"default\":\"en\"}}}";

static const char replies[] =
	"{\"invalid\":{\"description\":\"the request is not valid\","
	"\"content\":{\"application/json\":{\"schema\":"
	"{\"$ref\":\"#/components/schemas/error\"}}}},"
	"\"error\":{\"description\":\"refused or failed; message says why\","
	"\"content\":{\"application/json\":{\"schema\":"
	"{\"$ref\":\"#/components/schemas/error\"}}}}}";

static const char schemes[] =
	"{\"token\":{\"type\":\"apiKey\",\"in\":\"header\","
	"\"name\":\"Authorization\","
	"\"description\":\"Token token=XXX, from /v1/auth/login\"},"
	"\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\","
	"\"description\":\"the same token\"},"
	"\"unit\":{\"type\":\"apiKey\",\"in\":\"header\","
	"\"name\":\"Authorization\","
	"\"description\":\"Unit IMEI:SEQUENCE:SIGNATURE\"}}";

static void
put_raw(struct json_write *w, const char *key, const char *json)
{
	jw_key(w, key);
	jw_raw(w, json, strlen(json));
}

static void
put_components(struct json_write *w, const struct schema *schema,
    const struct api *api)
{
	jw_key(w, "components");
	jw_object(w);
	put_raw(w, "parameters", parameters);
	put_raw(w, "responses", replies);
	put_raw(w, "securitySchemes", schemes);
	jw_key(w, "schemas");
	jw_object(w);
	put_raw(w, "success", success_envelope);
	put_raw(w, "error", error_envelope);
	tables_write(w, schema, api);
	jw_end(w);
	jw_end(w);
}

static void
put_head(struct json_write *w, const char *version)
{
	jw_put_str(w, "openapi", "3.1.0");
	jw_key(w, "info");
	jw_object(w);
	jw_put_str(w, "title", "Heliograph");
	jw_put_str(w, "version", version);
	jw_put_str(w, "description", "Back end for fleets of remote devices "
	    "that are sold on credit. `x-level` is the least permission level "
	    "of a user: OVERVIEW, TECHNICAL, ADMIN, FACTORY, SYSTEM.");
	jw_key(w, "license");
	jw_object(w);
	jw_put_str(w, "name", "Apache-2.0");
	jw_put_str(w, "identifier", "Apache-2.0");
	jw_end(w);
	jw_end(w);
	jw_key(w, "servers");
	jw_array(w);
	jw_object(w);
	jw_put_str(w, "url", "/");
	jw_end(w);
	jw_end(w);
}

void
document_write(struct json_write *w, const struct api *api,
    const struct schema *schema, const char *version)
{
	jw_object(w);
	put_head(w, version);
	put_paths(w, api);
	put_components(w, schema, api);
	jw_end(w);
}
