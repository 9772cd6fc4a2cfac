/* related.c - rows that a relation of one row leads to, below its address */
#include <string.h>

#include "rest/list.h"
#include "rest/resource.h"
#include "rest/snapshot.h"
#include "rest/validate.h"
#include "store/row_json.h"

struct related {
	struct list	 list;		/* first: list_answer() takes it */
	struct arena	*arena;		/* the call's */
	const struct resource *resource;
	struct value	 parent, child;	/* keys; child null for the whole */
};

static enum helio_rc
fail(struct helio_err *err, enum helio_rc rc)
{
	return err_set(err, rc, "%s", rc_text(rc));
}

/* The keys of the path. */
static enum helio_rc
related_read(struct api_call *call, struct related *r)
{
	const struct resource *resource = resource_of(call);
	const struct schema_table *target = resource->relation->target;

	r->arena = call->arena;
	r->resource = resource;
	r->child = value_null();
	if (!validate_key(resource->table, call->arg[0], &r->parent) ||
	    (call->arg[1] != NULL &&
	    !validate_key(target, call->arg[1], &r->child)))
		return fail(&call->err, HELIO_E_NOT_FOUND);
	return HELIO_OK;
}

/* The related rows of the parent, which must be in scope. */
static enum helio_rc
related_where(struct tx *tx, const struct related *r, const struct cond **ret,
    struct helio_err *err)
{
	const struct schema_relation *relation = r->resource->relation;
	struct arena *a = r->arena;
	const struct cond *parts[2];
	struct value link = r->parent;
	struct row *parent;
	enum helio_rc rc;

	rc = tx_get(tx, r->resource->table, r->parent, &parent, err);
	if (rc != HELIO_OK)
		return rc;
	if (relation->kind == RELATION_MANY) {
		parts[0] = cond_compare(a, relation->field, OP_EQ, link);
	} else {
		link = row_get(parent, relation->field->name);
		if (link.type == VALUE_NULL)
			return fail(err, HELIO_E_NOT_FOUND);
		if (link.type == VALUE_TEXT)
			link.s = arena_strndup(a, link.s, link.n);
		parts[0] = cond_compare(a, relation->target->key, OP_EQ, link);
	}
	parts[1] = r->child.type == VALUE_NULL ? cond_true() :
	    cond_compare(a, relation->target->key, OP_EQ, r->child);
	*ret = cond_all(a, parts, 2);
	return HELIO_OK;
}

static enum helio_rc
related_first(struct tx *tx, const struct related *r, struct row **ret,
    struct helio_err *err)
{
	struct query query = query_all(r->resource->relation->target);
	enum helio_rc rc = related_where(tx, r, &query.where, err);

	return rc != HELIO_OK ? rc : tx_first(tx, &query, ret, err);
}

/* ---- GET ---- */

static enum helio_rc
answer_one(struct api_call *call, struct tx *tx, void *arg, struct buf *out)
{
	struct json_write w;
	struct row *row;
	enum helio_rc rc;

	rc = related_first(tx, arg, &row, &call->err);
	if (rc != HELIO_OK)
		return rc;
	jw_start(&w, out);
	row_write_json(&w, row, call->caller.level);
	return HELIO_OK;
}

static enum helio_rc
answer_many(struct api_call *call, struct tx *tx, void *arg, struct buf *out)
{
	struct related *r = arg;
	enum helio_rc rc;

	rc = related_where(tx, r, &r->list.plan.query.where, &call->err);
	return rc != HELIO_OK ? rc : list_answer(call, tx, &r->list, out);
}

void
related_get(struct api_call *call)
{
	const struct schema_relation *relation = resource_of(call)->relation;
	struct related *r = arena_alloc(call->arena, sizeof(*r));

	if (related_read(call, r) != HELIO_OK)
		api_fail(call);
	else if (relation->kind == RELATION_ONE)
		snapshot_answer(call, false, answer_one, r);
	else if (list_read_related(call, relation->target,
	    &r->list) != HELIO_OK)
		api_fail(call);
	else
		snapshot_answer(call, true, answer_many, r);
}

void
related_get_one(struct api_call *call)
{
	struct related *r = arena_alloc(call->arena, sizeof(*r));

	if (related_read(call, r) == HELIO_OK)
		snapshot_answer(call, false, answer_one, r);
	else
		api_fail(call);
}

/* ---- DELETE: the rows stay, the link between them goes ---- */

/* Clears the foreign key, which is the child's, or the parent's own when the
 * relation leads to one row. */
static enum helio_rc
run_unlink(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct related *r = arg;
	const struct schema_relation *relation = r->resource->relation;
	const struct schema_table *holder = relation->target;
	struct value key = r->child;
	struct row *child, *change;
	enum helio_rc rc;

	if (relation->kind == RELATION_ONE) {
		holder = r->resource->table;
		key = r->parent;
	}
	rc = related_first(tx, r, &child, err);
	if (rc != HELIO_OK)
		return rc;
	change = row_new(tx_arena(tx), holder);
	row_set_null(change, relation->field->name);
	return tx_update(tx, holder, key, change, NULL, err);
}

static void
reply_unlinked(struct api_call *call, void *arg)
{
	struct buf none = BUF_INIT;

	api_reply_json(call, 204, &none);
}

static enum helio_rc
may_unlink(struct api_call *call)
{
	const struct schema_field *field = resource_of(call)->relation->field;

	if (field->owner != NULL)
		return err_field(&call->err, field->name, "is set by %s",
		    field->owner);
	if (field->required)
		return err_field(&call->err, field->name, "must not be null");
	return HELIO_OK;
}

void
related_unlink(struct api_call *call)
{
	struct related *r = arena_alloc(call->arena, sizeof(*r));

	if (may_unlink(call) == HELIO_OK && related_read(call, r) == HELIO_OK)
		api_write(call, run_unlink, reply_unlinked, r);
	else
		api_fail(call);
}
