/* item.c - one row: GET, POST, PUT and DELETE */
#include <string.h>

#include "rest/link.h"
#include "rest/resource.h"
#include "rest/snapshot.h"
#include "rest/special.h"
#include "rest/validate.h"
#include "store/row_json.h"

/* A write under way; in the call's arena. */
struct change {
	struct arena	*arena;		/* the call's */
	const struct schema_table *table;
	struct value	 key;		/* PUT, DELETE */
	struct row	*row;		/* what the body sets */
	struct row	*after;		/* out: the whole row */
};

static enum helio_rc
fail(struct helio_err *err, enum helio_rc rc)
{
	return err_set(err, rc, "%s", rc_text(rc));
}

/* The key in the path; what cannot be a key is not there. */
static enum helio_rc
path_key(struct api_call *call, const struct schema_table *table,
    struct value *ret)
{
	if (validate_key(table, call->arg[0], ret))
		return HELIO_OK;
	return fail(&call->err, HELIO_E_NOT_FOUND);
}

/* ---- GET ---- */

static enum helio_rc
answer_item(struct api_call *call, struct tx *tx, void *arg, struct buf *out)
{
	const struct schema_table *table = resource_of(call)->table;
	const struct value *key = arg;
	struct json_write w;
	struct row *row;
	enum helio_rc rc;

	rc = tx_get(tx, table, *key, &row, &call->err);
	if (rc != HELIO_OK)
		return rc;
	jw_start(&w, out);
	row_write_json(&w, row, call->caller.level);
	return HELIO_OK;
}

void
item_get(struct api_call *call)
{
	struct value *key = arena_alloc(call->arena, sizeof(*key));

	if (path_key(call, resource_of(call)->table, key) == HELIO_OK)
		snapshot_answer(call, false, answer_item, key);
	else
		api_fail(call);
}

/* Asking for it. */
struct item_ask {
	struct snapshot_ask ask;	/* first */
	bool		 found;
};

static enum helio_rc
found_item(const struct row *row, void *arg, struct helio_err *err)
{
	struct item_ask *a = arg;
	struct json_write w;

	jw_start(&w, &a->ask.out);
	row_write_json(&w, row, a->ask.call->caller.level);
	a->found = true;
	return HELIO_OK;
}

static enum helio_rc
end_item(struct snapshot_ask *ask)
{
	const struct item_ask *a = (struct item_ask *)ask;

	return a->found ? HELIO_OK : fail(&ask->call->err, HELIO_E_NOT_FOUND);
}

bool
item_ask(struct api_call *call)
{
	struct item_ask *a = arena_alloc(call->arena, sizeof(*a));
	const struct schema_table *table = resource_of(call)->table;
	struct query query = query_all(table);
	struct value key;

	if (path_key(call, table, &key) != HELIO_OK) {
		api_fail(call);
		return true;
	}
	query.where = cond_compare(call->arena, table->key, OP_EQ, key);
	a->ask.call = call;
	a->ask.question.query = &query;
	a->ask.question.each = found_item;
	a->ask.end = end_item;
	return snapshot_ask(&a->ask);
}

/* ---- bodies ---- */

/* null, [] and {} all set nothing, as in Flask-Restless. */
static enum helio_rc
read_members(struct api_call *call, bool *ret_form)
{
	enum helio_rc rc = api_read_body(call, ret_form);

	if (rc != HELIO_OK)
		return rc;
	if (call->body == NULL)
		return fail(&call->err, HELIO_E_DECODE);
	if (json_is_object(call->body))
		return HELIO_OK;
	if (json_is_null(call->body) || (json_is_array(call->body) &&
	    json_array_size(call->body) == 0)) {
		json_decref(call->body);
		call->body = json_object();
		return call->body != NULL ? HELIO_OK :
		    fail(&call->err, HELIO_E_NO_MEMORY);
	}
	return err_set(&call->err, HELIO_E_BAD,
	    "The body must be a JSON object");
}

/* Name violated constraints beside the members that are wrong by themselves. */
static void
check_constraints(struct api_call *call, const struct change *change)
{
	struct helio_err ignored;
	struct tx *tx = NULL;

	err_clear(&ignored);
	if (store_read(api_store(call->api), &call->caller, &tx,
	    &ignored) != HELIO_OK)
		return;
	tx_check(tx, change->row, change->key, &call->err);
	store_read_end(tx);
}

/* The body as a row; `key` is the one in the path, or NULL. */
static enum helio_rc
read_row(struct api_call *call, const char *key, struct change *change)
{
	struct validate_input in = {
		.arena = call->arena,
		.table = change->table,
		.writer = call->caller.level,
		.key = key,
		.now_us = store_now_us(api_store(call->api)),
	};
	enum helio_rc rc;

	rc = read_members(call, &in.form);
	if (rc != HELIO_OK)
		return rc;
	in.body = call->body;
	rc = validate_body(&in, &change->row, &call->err);
	if (rc == HELIO_E_INVALID)
		check_constraints(call, change);
	return rc;
}

static struct change *
change_new(struct api_call *call)
{
	struct change *change = arena_alloc(call->arena, sizeof(*change));

	change->arena = call->arena;
	change->table = resource_of(call)->table;
	change->key = value_null();
	return change;
}

/* ---- POST ---- */

static enum helio_rc
run_post(struct tx *tx, void *arg, struct helio_err *err)
{
	struct change *change = arg;
	/* a copy: the store completes the row, and may ask again */
	struct row *row = row_copy(tx_arena(tx), change->row);
	enum helio_rc rc = tx_insert(tx, row, err);

	if (rc == HELIO_OK)
		rc = special_settle(tx, row, err);
	if (rc == HELIO_OK)
		change->after = row_copy(change->arena, row);
	return rc;
}

static void
reply_row(struct api_call *call, unsigned status, const struct row *row)
{
	struct buf out = BUF_INIT;
	struct json_write w;

	jw_start(&w, &out);
	row_write_json(&w, row, call->caller.level);
	api_reply_json(call, status, &out);
}

static void
reply_created(struct api_call *call, void *arg)
{
	const struct change *change = arg;

	link_location(call, change->after);
	reply_row(call, 201, change->after);
}

void
item_post(struct api_call *call)
{
	struct change *change = change_new(call);

	if (read_row(call, NULL, change) == HELIO_OK)
		api_write(call, run_post, reply_created, change);
	else
		api_fail(call);
}

/* ---- PUT ---- */

static enum helio_rc
run_put(struct tx *tx, void *arg, struct helio_err *err)
{
	struct change *change = arg;
	struct row *row;
	enum helio_rc rc;

	rc = special_change(tx, change->table, change->key, change->row,
	    err);
	if (rc == HELIO_OK)
		rc = tx_update(tx, change->table, change->key, change->row,
		    &row, err);
	if (rc == HELIO_OK)
		rc = special_settle(tx, row, err);
	if (rc == HELIO_OK)
		change->after = row_copy(change->arena, row);
	return rc;
}

static void
reply_changed(struct api_call *call, void *arg)
{
	const struct change *change = arg;

	reply_row(call, 200, change->after);
}

void
item_put(struct api_call *call)
{
	struct change *change = change_new(call);
	bool has_key = validate_key(change->table, call->arg[0], &change->key);

	/* unknown members come before the unknown row: Flask-Restless */
	if (read_row(call, call->arg[0], change) == HELIO_OK && !has_key)
		fail(&call->err, HELIO_E_NOT_FOUND);
	if (call->err.rc != HELIO_OK)
		api_fail(call);
	else if (change->row->set == 0)
		snapshot_answer(call, false, answer_item, &change->key);
	else
		api_write(call, run_put, reply_changed, change);
}

/* ---- DELETE ---- */

static enum helio_rc
run_delete(struct tx *tx, void *arg, struct helio_err *err)
{
	struct change *change = arg;
	enum helio_rc rc;

	rc = special_change(tx, change->table, change->key, NULL, err);
	return rc != HELIO_OK ? rc : tx_delete(tx, change->table, change->key, err);
}

static void
reply_deleted(struct api_call *call, void *arg)
{
	struct buf none = BUF_INIT;

	api_reply_json(call, 204, &none);
}

void
item_delete(struct api_call *call)
{
	struct change *change = change_new(call);

	if (path_key(call, change->table, &change->key) == HELIO_OK)
		api_write(call, run_delete, reply_deleted, change);
	else
		api_fail(call);
}
