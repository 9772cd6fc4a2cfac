/* From descriptors to routes: arguments, transaction, envelope. */
#include "action/action.h"

#include <string.h>

#include "action/args.h"
#include "action/list.h"

const struct action *const action_list[] = {
#define ACTION(name) &action_##name,
#include "action/list.def"
#undef ACTION
	NULL
};

enum { ACTIONS = sizeof(action_list) / sizeof(action_list[0]) - 1 };

/* One call of an action, in the request's arena. */
struct exec {
	struct api_call	*call;
	const struct action *action;
	struct action_call c;
	const char	*data;		/* JSON of the reply, or NULL */
	size_t		 data_len;
};

enum helio_rc
action_product(struct action_call *c, struct row **ret, struct helio_err *err)
{
	return tx_get(c->tx, tx_table(c->tx, "product"), value_text(c->path[0]),
	    ret, err);
}

const char *
action_text(struct action_call *c, size_t arg)
{
	return c->arg[arg].type == VALUE_TEXT ? c->arg[arg].s : NULL;
}

/* ---- replies ---- */

static void
reply(struct exec *e, struct buf *data)
{
	const struct action *action = e->action;
	unsigned status = action->status != 0 ? action->status : 200;
	struct buf body = BUF_INIT;
	struct json_write json;

	if (action->bare) {
		api_reply_json(e->call, status, data);
		return;
	}
	if (!action->no_data) {
		api_reply(e->call, status, e->c.message,
		    data->len != 0 ? data : NULL);
		return;
	}
	jw_start(&json, &body);
	jw_object(&json);
	jw_put_str(&json, "status", "success");
	jw_put_str(&json, "message", api_message(e->call, e->c.message));
	jw_end(&json);
	api_reply_json(e->call, status, &body);
}

static void
count(struct exec *e)
{
	for (size_t i = 0; i < API_TALLIES; i++)
		api_count(e->call, (enum api_tally)i, e->c.tally[i]);
}

/* After the commit. */
static void
reply_write(struct api_call *call, void *arg)
{
	struct exec *e = arg;
	struct buf data = BUF_INIT;

	count(e);
	if (e->data != NULL)
		buf_add(&data, e->data, e->data_len);
	reply(e, &data);
}

/* ---- running ---- */

static void
copy_faults(struct helio_err *to, const struct helio_err *from)
{
	unsigned i;

	for (i = 0; i < from->n_faults; i++)
		err_field(to, from->fault[i].field, "%s", from->fault[i].text);
}

static enum helio_rc
run_action(struct exec *e, struct tx *tx, struct buf *data,
    struct helio_err *err)
{
	enum helio_rc rc;

	e->c.tx = tx;
	e->c.message = NULL;
	jw_start(&e->c.json, data);
	rc = e->action->run(&e->c, err);
	if (rc == HELIO_OK)
		rc = err->rc;
	if (rc == HELIO_OK && data->failed)
		rc = err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	if (rc == HELIO_OK)
		e->c.message = arena_strdup(e->c.arena, e->c.message);
	return rc;
}

/* The job: its results move to the request's arena, which outlives it. */
static enum helio_rc
run_write(struct tx *tx, void *arg, struct helio_err *err)
{
	struct exec *e = arg;
	struct buf data = BUF_INIT;
	enum helio_rc rc;

	copy_faults(err, &e->call->err);
	rc = run_action(e, tx, &data, err);
	if (rc == HELIO_OK && data.len != 0) {
		e->data = arena_strndup(e->c.arena, data.data, data.len);
		e->data_len = data.len;
	}
	buf_free(&data);
	return rc;
}

static void
read_action(struct exec *e)
{
	struct api_call *call = e->call;
	struct buf data = BUF_INIT;
	struct tx *tx = NULL;
	enum helio_rc rc;

	rc = store_read(api_store(call->api), &call->caller, &tx, &call->err);
	if (rc == HELIO_OK)
		rc = run_action(e, tx, &data, &call->err);
	store_read_end(tx);
	if (rc == HELIO_OK) {
		reply(e, &data);
		return;
	}
	buf_free(&data);
	api_fail(call);
}

/* ---- the way of a call ---- */

static enum helio_rc
read_body(struct exec *e, struct helio_err *err)
{
	struct api_call *call = e->call;
	enum helio_rc rc;

	rc = api_read_body(call, &e->c.form);
	if (rc != HELIO_OK)
		return rc;
	if (call->body != NULL && !json_is_object(call->body))
		return err_set(err, HELIO_E_BAD,
		    "The body must be an object with the arguments");
	e->c.body = call->body;
	return HELIO_OK;
}

static enum helio_rc
read_query(struct exec *e, struct helio_err *err)
{
	struct api_call *call = e->call;
	json_t *merged = NULL;
	enum helio_rc rc = args_query(call->http, call->body, &merged, err);

	if (rc != HELIO_OK)
		return rc;
	json_decref(call->body);
	e->c.body = call->body = merged;
	e->c.form = true;
	return HELIO_OK;
}

static enum helio_rc
read_arguments(struct exec *e, struct helio_err *err)
{
	const struct action *action = e->action;
	enum helio_rc rc;

	if (action->raw_body) {
		e->c.raw = http_body(e->call->http, &e->c.raw_len);
		return HELIO_OK;
	}
	if (action->n_args == 0)	/* what is not asked for is let pass */
		return api_read_body(e->call, NULL);
	rc = read_body(e, err);
	if (rc == HELIO_OK && action->method == HTTP_GET)
		rc = read_query(e, err);
	if (rc == HELIO_OK)
		rc = args_convert(action, &e->c, err);
	return rc;
}

static void
run_route(struct api_call *call)
{
	struct exec *e = arena_alloc(call->arena, sizeof(*e));
	const struct action *action = call->route->data;
	enum helio_rc rc;

	e->call = call;
	e->action = action;
	e->c.arena = call->arena;
	e->c.caller = &call->caller;
	e->c.now_us = store_now_us(api_store(call->api));
	e->c.options = api_options(call->api);
	memcpy(e->c.path, call->arg, sizeof(e->c.path));
	rc = read_arguments(e, &call->err);
	if (rc == HELIO_OK && action->prepare != NULL)
		rc = action->prepare(&e->c, &call->err);
	if (rc != HELIO_OK && !(rc == HELIO_E_INVALID && action->names_all))
		api_fail(call);
	else if (action->reads)
		read_action(e);
	else if (e->c.waits)
		api_write_wait(call, run_write, reply_write, e);
	else
		api_write(call, run_write, reply_write, e);
}

static void
fill_route(const struct action *action, struct api_route *route)
{
	*route = (struct api_route){
		.method = action->method,
		.path = action->path,
		.auth = AUTH_USER,
		.level = action->level,
		.where = action->reads || action->prepare != NULL ?
		    RUN_WORKER : RUN_LOOP,
		.body_max = action->body_max,
		.run = run_route,
		.data = action,
		.help = action->help,
	};
}

const struct action *
action_of(const struct api_route *route)
{
	return route->run == run_route ? route->data : NULL;
}

const struct api_route *
action_routes(size_t *ret_n)
{
	static struct api_route routes[ACTIONS];
	size_t i;

	for (i = 0; i < ACTIONS; i++)
		fill_route(action_list[i], &routes[i]);
	*ret_n = ACTIONS;
	return routes;
}
