/* Rows in and out of the store: what a job keeps, refuses and undoes. */
#include "store_fixture.h"

#include <stdlib.h>
#include <string.h>

#define KEY(i) value_int(i)
#define SYSTEM NULL

static struct fixture *
of(void **state)
{
	return *state;
}

/* Entities 1 and 2, hub 1 of entity 1, hub 2 of entity 2. */
static void
two_entities(struct fixture *f)
{
	assert_int_equal(fixture_insert(f, SYSTEM, "entity",
	    CELLS(TEXT("name", "Acme")), NULL), HELIO_OK);
	assert_int_equal(fixture_insert(f, SYSTEM, "entity",
	    CELLS(TEXT("name", "Bolt")), NULL), HELIO_OK);
	assert_int_equal(fixture_insert(f, SYSTEM, "hub",
	    CELLS(INT("entity_id", 1), TEXT("name", "north")), NULL),
	    HELIO_OK);
	assert_int_equal(fixture_insert(f, SYSTEM, "hub",
	    CELLS(INT("entity_id", 2), TEXT("name", "south")), NULL),
	    HELIO_OK);
}

/* ---- insert ---- */

static void
insert_numbers_from_one(void **state)
{
	struct fixture *f = of(state);
	int64_t key = 0;

	two_entities(f);
	assert_int_equal(fixture_insert(f, SYSTEM, "entity",
	    CELLS(TEXT("name", "C")), &key), HELIO_OK);
	assert_int_equal(key, 3);
}

static void
insert_takes_defaults_and_meta(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "floor"), 7);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "created_at"),
	    f->now_us);
	assert_true(fixture_is_null(f, "hub", KEY(1), "modified_at"));
	assert_true(fixture_is_null(f, "hub", KEY(1), "modified_by"));
}

static void
insert_ignores_a_user_s_key_and_meta(void **state)
{
	struct fixture *f = of(state);
	struct caller user = FIXTURE_ENTITY;
	int64_t key = 0;

	user.global = true;
	two_entities(f);
	assert_int_equal(fixture_insert(f, &user, "hub",
	    CELLS(INT("hub_id", 77), TEXT("name", "x"),
	    INT("created_at", 5), TEXT("created_by", "me")), &key), HELIO_OK);
	assert_int_equal(key, 3);
	assert_int_equal(fixture_int(f, "hub", KEY(3), "created_at"),
	    f->now_us);
}

static void
system_may_choose_a_key(void **state)
{
	struct fixture *f = of(state);
	int64_t key = 0;

	assert_int_equal(fixture_insert(f, SYSTEM, "entity",
	    CELLS(INT("entity_id", 41), TEXT("name", "x")), NULL), HELIO_OK);
	assert_int_equal(fixture_insert(f, SYSTEM, "entity",
	    CELLS(TEXT("name", "y")), &key), HELIO_OK);
	assert_int_equal(key, 42);
}

static void
insert_names_every_missing_field(void **state)
{
	struct fixture *f = of(state);

	assert_int_equal(fixture_insert(f, SYSTEM, "network",
	    CELLS(NIL("name")), NULL), HELIO_E_INVALID);
	assert_true(fixture_fault(f, "name"));
	assert_true(fixture_fault(f, "mccmnc"));
}

static void
insert_names_unique_and_foreign_key(void **state)
{
	struct fixture *f = of(state);

	assert_int_equal(fixture_insert(f, SYSTEM, "hub",
	    CELLS(TEXT("name", "a"), TEXT("serial", "S1")), NULL), HELIO_OK);
	assert_int_equal(fixture_insert(f, SYSTEM, "hub",
	    CELLS(TEXT("name", "b"), TEXT("serial", "S1"),
	    INT("entity_id", 99)), NULL), HELIO_E_INVALID);
	assert_int_equal(f->err.n_faults, 2);
	assert_true(fixture_fault(f, "serial"));
	assert_true(fixture_fault(f, "entity_id"));
	assert_int_equal(fixture_count(f, SYSTEM, "hub"), 1);
}

/* The field's own limit, and that of every text which is indexed: engines do
 * not agree on what is too long for an index. */
static void
insert_names_every_long_text(void **state)
{
	struct fixture *f = of(state);
	char text[3 * (SCHEMA_INDEXED_MAX + 1) + 1] = "";

	two_entities(f);
	for (int i = 0; i < SCHEMA_INDEXED_MAX; i++)
		strcat(text, "\u20ac");
	assert_int_equal(fixture_insert(f, SYSTEM, "hub", CELLS(TEXT("name",
	    "x"), { "serial", value_text(text) }), NULL), HELIO_OK);
	strcat(text, "\u20ac");
	assert_int_equal(fixture_insert(f, SYSTEM, "hub", CELLS(
	    { "name", value_text(text) }, { "serial", value_text(text) }),
	    NULL), HELIO_E_INVALID);
	assert_true(fixture_fault(f, "name"));
	assert_true(fixture_fault(f, "serial"));
	assert_int_equal(fixture_update(f, SYSTEM, "hub", KEY(1),
	    CELLS({ "serial", value_text(text) })), HELIO_E_INVALID);
}

static void
natural_key_is_unique(void **state)
{
	struct fixture *f = of(state);
	const struct cell *row = CELLS(TEXT("mccmnc", "23430"),
	    TEXT("name", "n"));

	assert_int_equal(fixture_insert(f, SYSTEM, "network", row, NULL),
	    HELIO_OK);
	assert_int_equal(fixture_insert(f, SYSTEM, "network", row, NULL),
	    HELIO_E_INVALID);
	assert_true(fixture_fault(f, "mccmnc"));
}

static void
row_may_point_at_itself(void **state)
{
	struct fixture *f = of(state);

	assert_int_equal(fixture_insert(f, SYSTEM, "hub",
	    CELLS(INT("hub_id", 1), INT("parent_hub_id", 1),
	    TEXT("name", "own")), NULL), HELIO_OK);
}

/* ---- update ---- */

static void
update_changes_what_is_set(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	f->now_us += 5;
	assert_int_equal(fixture_update(f, SYSTEM, "hub", KEY(1),
	    CELLS(INT("slot", 3))), HELIO_OK);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "slot"), 3);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "entity_id"), 1);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "modified_at"),
	    f->now_us);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "created_at"),
	    f->now_us - 5);
}

static void
update_without_difference_is_noted(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_update(f, SYSTEM, "hub", KEY(1), CELLS(
	    TEXT("name", "north"))), HELIO_OK);
	assert_false(fixture_is_null(f, "hub", KEY(1), "modified_at"));
}

static void
update_leaves_key_and_meta(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_update(f, SYSTEM, "hub", KEY(1),
	    CELLS(INT("hub_id", 9), INT("created_at", 1))), HELIO_OK);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "created_at"),
	    f->now_us);
}

static void
update_refuses_null_and_taken(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_update(f, SYSTEM, "entity", KEY(1),
	    CELLS(NIL("name"))), HELIO_E_INVALID);
	assert_true(fixture_fault(f, "name"));
	assert_int_equal(fixture_update(f, SYSTEM, "entity", KEY(1),
	    CELLS(TEXT("name", "Bolt"))), HELIO_E_INVALID);
	assert_true(fixture_fault(f, "name"));
	assert_int_equal(fixture_update(f, SYSTEM, "entity", KEY(1),
	    CELLS(TEXT("name", "Acme"))), HELIO_OK);
}

static void
update_of_nothing_is_not_found(void **state)
{
	assert_int_equal(fixture_update(of(state), SYSTEM, "hub", KEY(5),
	    CELLS(INT("slot", 1))), HELIO_E_NOT_FOUND);
}

/* ---- delete ---- */

static void
delete_sets_null_where_it_may(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_insert(f, SYSTEM, "note",
	    CELLS(INT("hub_id", 2)), NULL), HELIO_OK);
	assert_int_equal(fixture_delete(f, SYSTEM, "hub", KEY(2)), HELIO_OK);
	assert_true(fixture_is_null(f, "note", KEY(1), "hub_id"));
	assert_false(fixture_is_null(f, "note", KEY(1), "modified_at"));
	assert_int_equal(fixture_count(f, SYSTEM, "hub"), 1);
}

static void
delete_of_a_needed_row_names_who_needs_it(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_insert(f, SYSTEM, "shop",
	    CELLS(INT("hub_id", 1)), NULL), HELIO_OK);
	assert_int_equal(fixture_delete(f, SYSTEM, "hub", KEY(1)),
	    HELIO_E_INVALID);
	assert_true(fixture_fault(f, "shop"));
	assert_int_equal(fixture_count(f, SYSTEM, "hub"), 2);
}

static void
delete_takes_our_own_rows_along(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_insert(f, SYSTEM, "session",
	    CELLS(TEXT("token", "t"), INT("hub_id", 1)), NULL), HELIO_OK);
	assert_int_equal(fixture_delete(f, SYSTEM, "hub", KEY(1)), HELIO_OK);
	assert_int_equal(fixture_count(f, SYSTEM, "session"), 0);
}

static void
deleted_keys_are_not_given_again(void **state)
{
	struct fixture *f = of(state);
	int64_t key = 0;

	two_entities(f);
	assert_int_equal(fixture_delete(f, SYSTEM, "hub", KEY(2)), HELIO_OK);
	fixture_reopen(f);
	assert_int_equal(fixture_insert(f, SYSTEM, "hub",
	    CELLS(TEXT("name", "x")), &key), HELIO_OK);
	assert_int_equal(key, 3);
}

/* ---- scope ---- */

static void
scoped_caller_sees_its_own(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_count(f, &FIXTURE_ENTITY, "hub"), 1);
	assert_int_equal(fixture_update(f, &FIXTURE_ENTITY, "hub", KEY(2),
	    CELLS(INT("slot", 1))), HELIO_E_NOT_FOUND);
	assert_int_equal(fixture_delete(f, &FIXTURE_ENTITY, "hub", KEY(2)),
	    HELIO_E_NOT_FOUND);
}

static void
scoped_caller_s_keys_end_at_its_scope(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_insert(f, &FIXTURE_ENTITY, "shop",
	    CELLS(INT("hub_id", 2)), NULL), HELIO_E_INVALID);
	assert_true(fixture_fault(f, "hub_id"));
	assert_int_equal(fixture_insert(f, &FIXTURE_ENTITY, "shop",
	    CELLS(INT("hub_id", 1)), NULL), HELIO_OK);
}

static void
scoped_caller_cannot_make_what_it_would_not_see(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_insert(f, &FIXTURE_ENTITY, "hub",
	    CELLS(TEXT("name", "nobody's")), NULL), HELIO_E_FORBIDDEN);
	assert_int_equal(fixture_count(f, SYSTEM, "hub"), 2);
	assert_int_equal(fixture_update(f, &FIXTURE_ENTITY, "hub", KEY(1),
	    CELLS(NIL("entity_id"))), HELIO_E_FORBIDDEN);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "entity_id"), 1);
}

static enum helio_rc
refused_then_fine(struct tx *tx, void *arg, struct helio_err *err)
{
	struct row *bad = fixture_row(tx, "hub", CELLS(TEXT("name", "bad")));
	struct row *good = fixture_row(tx, "hub", CELLS(TEXT("name", "good"),
	    INT("entity_id", 1)));

	(void)arg;
	assert_int_equal(tx_insert(tx, bad, err), HELIO_E_FORBIDDEN);
	err_clear(err);
	return tx_insert(tx, good, err);
}

static void
refused_row_leaves_nothing_when_the_job_goes_on(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(store_write(f->store, &FIXTURE_ENTITY,
	    refused_then_fine, NULL, &f->err), HELIO_OK);
	assert_int_equal(fixture_count(f, SYSTEM, "hub"), 3);
	assert_int_equal(fixture_bad(f), 0);
}

static void
scoped_caller_cannot_widen_its_scope(void **state)
{
	struct fixture *f = of(state);
	int64_t key = 0;

	two_entities(f);
	assert_int_equal(fixture_insert(f, &FIXTURE_ENTITY, "user",
	    CELLS(TEXT("username", "a"), INT("entity_id", 1),
	    TEXT("user_product_visibility", "GLOBAL")), NULL),
	    HELIO_E_FORBIDDEN);
	assert_int_equal(fixture_insert(f, &FIXTURE_ENTITY, "user",
	    CELLS(TEXT("username", "a"), INT("entity_id", 2),
	    TEXT("user_product_visibility", "ENTITY")), NULL),
	    HELIO_E_INVALID);
	assert_int_equal(fixture_insert(f, &FIXTURE_ENTITY, "user",
	    CELLS(TEXT("username", "a"), INT("entity_id", 1),
	    TEXT("user_product_visibility", "ENTITY")), &key), HELIO_OK);
	assert_int_equal(fixture_update(f, &FIXTURE_ENTITY, "user", KEY(key),
	    CELLS(TEXT("user_product_visibility", "GLOBAL"))),
	    HELIO_E_FORBIDDEN);
}

static enum helio_rc
insert_unscoped(struct tx *tx, void *arg, struct helio_err *err)
{
	struct row *row = fixture_row(tx, "hub", CELLS(TEXT("name", "free")));
	enum helio_rc rc;

	(void)arg;
	tx_unscoped(tx);
	rc = tx_insert(tx, row, err);
	tx_scoped(tx);
	return rc;
}

static void
unscoped_part_of_a_job_is_not_checked(void **state)
{
	struct fixture *f = of(state);

	assert_int_equal(store_write(f->store, &FIXTURE_ENTITY,
	    insert_unscoped, NULL, &f->err), HELIO_OK);
	assert_int_equal(fixture_count(f, SYSTEM, "hub"), 1);
}

/* ---- jobs ---- */

static enum helio_rc
insert_then_fail(struct tx *tx, void *arg, struct helio_err *err)
{
	struct row *row = fixture_row(tx, "entity", CELLS(TEXT("name", "no")));
	enum helio_rc rc = tx_insert(tx, row, err);

	(void)arg;
	return rc == HELIO_OK ? err_set(err, HELIO_E_CONFLICT, "changed my "
	    "mind") : rc;
}

static void
failed_job_leaves_nothing(void **state)
{
	struct fixture *f = of(state);

	assert_int_equal(fixture_run(f, insert_then_fail, NULL),
	    HELIO_E_CONFLICT);
	assert_string_equal(f->err.message, "changed my mind");
	assert_int_equal(fixture_count(f, SYSTEM, "entity"), 0);
	assert_int_equal(fixture_bad(f), 0);
}

static enum helio_rc
count_inside(struct tx *tx, void *arg, struct helio_err *err)
{
	struct query q = query_all(tx_table(tx, "entity"));
	struct row *row = fixture_row(tx, "entity", CELLS(TEXT("name", "x")));

	assert_int_equal(tx_insert(tx, row, err), HELIO_OK);
	return tx_count(tx, &q, arg, err);
}

static void
job_counts_its_own_rows(void **state)
{
	struct fixture *f = of(state);
	int64_t n = 0;

	assert_int_equal(fixture_run(f, count_inside, &n), HELIO_OK);
	assert_int_equal(n, 1);
}

static enum helio_rc
next_serial(struct tx *tx, void *arg, struct helio_err *err)
{
	return tx_sequence(tx, "serial", arg, err);
}

static void
running_numbers_survive(void **state)
{
	struct fixture *f = of(state);
	int64_t n = 0;

	assert_int_equal(fixture_run(f, next_serial, &n), HELIO_OK);
	assert_int_equal(n, 1);
	assert_int_equal(fixture_run(f, next_serial, &n), HELIO_OK);
	fixture_reopen(f);
	assert_int_equal(fixture_run(f, next_serial, &n), HELIO_OK);
	assert_int_equal(n, 3);
}

static enum helio_rc
write_inside(struct tx *tx, void *arg, struct helio_err *err)
{
	struct fixture *f = arg;
	int64_t n;

	(void)tx;
	return store_write(f->store, &CALLER_SYSTEM, next_serial, &n, err);
}

static void
job_cannot_wait_for_a_job(void **state)
{
	struct fixture *f = of(state);

	assert_int_equal(fixture_run(f, write_inside, f), HELIO_E_INTERNAL);
}

static void
snapshot_does_not_write(void **state)
{
	struct fixture *f = of(state);
	struct tx *tx = NULL;

	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &tx, &f->err),
	    HELIO_OK);
	assert_int_equal(tx_insert(tx, fixture_row(tx, "entity",
	    CELLS(TEXT("name", "x"))), &f->err), HELIO_E_INTERNAL);
	store_read_end(tx);
}

static void
snapshot_does_not_move(void **state)
{
	struct fixture *f = of(state);
	struct tx *tx = NULL;
	struct query q;
	int64_t n = -1;

	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &tx, &f->err),
	    HELIO_OK);
	q = query_all(tx_table(tx, "entity"));
	assert_int_equal(tx_count(tx, &q, &n, &f->err), HELIO_OK);
	two_entities(f);
	assert_int_equal(tx_count(tx, &q, &n, &f->err), HELIO_OK);
	assert_int_equal(n, 0);
	store_read_end(tx);
	assert_int_equal(fixture_count(f, SYSTEM, "entity"), 2);
}

static void
count_keeps_to_limit_and_offset(void **state)
{
	struct fixture *f = of(state);
	struct tx *tx = NULL;
	struct query q;
	int64_t n = -1;

	two_entities(f);
	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &tx, &f->err),
	    HELIO_OK);
	q = query_all(tx_table(tx, "entity"));
	q.offset = 1;
	assert_int_equal(tx_count(tx, &q, &n, &f->err), HELIO_OK);
	assert_int_equal(n, 1);
	q.offset = 0;
	q.limit = 1;
	assert_int_equal(tx_count(tx, &q, &n, &f->err), HELIO_OK);
	assert_int_equal(n, 1);
	q.offset = 9;
	assert_int_equal(tx_count(tx, &q, &n, &f->err), HELIO_OK);
	assert_int_equal(n, 0);
	store_read_end(tx);
}

/* ---- checking without writing ---- */

static void
check_names_what_insert_would(void **state)
{
	struct fixture *f = of(state);
	struct tx *tx = NULL;

	two_entities(f);
	assert_int_equal(store_read(f->store, &FIXTURE_ENTITY, &tx, &f->err),
	    HELIO_OK);
	err_clear(&f->err);
	tx_check(tx, fixture_row(tx, "user", CELLS(INT("entity_id", 2))),
	    value_null(), &f->err);
	assert_true(fixture_fault(f, "entity_id"));
	err_clear(&f->err);
	tx_check(tx, fixture_row(tx, "entity", CELLS(TEXT("name", "Bolt"))),
	    KEY(1), &f->err);
	assert_true(fixture_fault(f, "name"));
	err_clear(&f->err);
	tx_check(tx, fixture_row(tx, "entity", CELLS(TEXT("name", "Bolt"))),
	    KEY(2), &f->err);
	assert_int_equal(f->err.n_faults, 0);
	store_read_end(tx);
}

/* ---- hooks ---- */

struct seen {
	unsigned	 inserts, updates, deletes, commits;
	bool		 refuse;
};

static enum helio_rc
on_change(struct tx *tx, const struct schema_table *t, const struct row *before,
    const struct row *after, void *arg, struct helio_err *err)
{
	struct seen *seen = arg;

	assert_string_equal(tx_caller(tx)->username, "system");
	assert_false(t->internal);
	seen->inserts += before == NULL;
	seen->deletes += after == NULL;
	seen->updates += before != NULL && after != NULL;
	return seen->refuse ? err_set(err, HELIO_E_CONFLICT, "no") : HELIO_OK;
}

static void
change_hook_sees_before_and_after(void **state)
{
	struct fixture *f = of(state);
	struct seen seen = { 0 };

	store_on_change(f->store, on_change, &seen);
	two_entities(f);
	assert_int_equal(fixture_update(f, SYSTEM, "hub", KEY(1),
	    CELLS(INT("slot", 1))), HELIO_OK);
	assert_int_equal(fixture_delete(f, SYSTEM, "hub", KEY(1)), HELIO_OK);
	assert_int_equal(seen.inserts, 4);
	assert_int_equal(seen.updates, 1);
	assert_int_equal(seen.deletes, 1);
}

static enum helio_rc
insert_and_hide_failure(struct tx *tx, void *arg, struct helio_err *err)
{
	(void)arg;
	(void)tx_insert(tx, fixture_row(tx, "entity", CELLS(TEXT("name", "x"))),
	    err);
	return HELIO_OK;
}

static void
change_hook_can_undo_the_job(void **state)
{
	struct fixture *f = of(state);
	struct seen seen = { .refuse = true };

	store_on_change(f->store, on_change, &seen);
	assert_int_equal(fixture_run(f, insert_and_hide_failure, NULL),
	    HELIO_E_CONFLICT);
	assert_int_equal(fixture_count(f, SYSTEM, "entity"), 0);
}

static void
on_commit(const struct schema_table *t, void *arg)
{
	assert_string_equal(t->name, "hub");
	((struct seen *)arg)->commits++;
}

static void
commit_hook_is_told_of_its_table(void **state)
{
	struct fixture *f = of(state);
	struct seen seen = { 0 };

	two_entities(f);
	store_on_commit(f->store, "hub", on_commit, &seen);
	assert_int_equal(fixture_insert(f, SYSTEM, "entity",
	    CELLS(TEXT("name", "z")), NULL), HELIO_OK);
	assert_int_equal(seen.commits, 0);
	assert_int_equal(fixture_update(f, SYSTEM, "hub", KEY(1),
	    CELLS(INT("slot", 1))), HELIO_OK);
	assert_int_equal(seen.commits, 1);
}

/* ---- internal tables ---- */

static enum helio_rc
upsert_session(struct tx *tx, void *arg, struct helio_err *err)
{
	return tx_upsert(tx, fixture_row(tx, "session", arg), NULL, err);
}

static void
upsert_by_key_overwrites(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_run(f, upsert_session, (void *)CELLS(
	    TEXT("token", "t"), INT("hub_id", 1))), HELIO_OK);
	assert_int_equal(fixture_run(f, upsert_session, (void *)CELLS(
	    TEXT("token", "t"), INT("hub_id", 2), INT("uses", 5))), HELIO_OK);
	assert_int_equal(fixture_count(f, SYSTEM, "session"), 1);
	assert_int_equal(fixture_int(f, "session", value_text("t"), "uses"), 5);
}

static enum helio_rc
upsert_event(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct schema_table *t = tx_table(tx, "event");

	return tx_upsert(tx, fixture_row(tx, "event", arg), &t->indexes[0],
	    err);
}

static void
upsert_by_index_keeps_the_number(void **state)
{
	struct fixture *f = of(state);

	assert_int_equal(fixture_run(f, upsert_event, (void *)CELLS(
	    TEXT("kind", "a"))), HELIO_OK);
	assert_int_equal(fixture_run(f, upsert_event, (void *)CELLS(
	    TEXT("kind", "a"), TEXT("payload", "[1]"))), HELIO_OK);
	assert_int_equal(fixture_count(f, SYSTEM, "event"), 1);
	assert_false(fixture_is_null(f, "event", KEY(1), "payload"));
}

static enum helio_rc
delete_events(struct tx *tx, void *arg, struct helio_err *err)
{
	struct query q = query_all(tx_table(tx, "event"));

	q.where = cond_eq(tx_arena(tx), q.table, "kind", value_text("a"));
	return tx_delete_where(tx, &q, arg, err);
}

static void
delete_where_counts(void **state)
{
	struct fixture *f = of(state);
	int64_t n = 0;

	assert_int_equal(fixture_run(f, upsert_event, (void *)CELLS(
	    TEXT("kind", "a"))), HELIO_OK);
	assert_int_equal(fixture_run(f, upsert_event, (void *)CELLS(
	    TEXT("kind", "b"))), HELIO_OK);
	assert_int_equal(fixture_run(f, delete_events, &n), HELIO_OK);
	assert_int_equal(n, 1);
	assert_int_equal(fixture_count(f, SYSTEM, "event"), 1);
}

/* ---- queries ---- */

static enum helio_rc
stop_at_once(const struct row *row, void *arg, struct helio_err *err)
{
	(void)row;
	++*(int *)arg;
	return err_set(err, HELIO_E_CONFLICT, "enough");
}

static void
each_ends_with_the_row_function_s_code(void **state)
{
	struct fixture *f = of(state);
	struct tx *tx = NULL;
	struct query q;
	int n = 0;

	two_entities(f);
	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &tx, &f->err),
	    HELIO_OK);
	q = query_all(tx_table(tx, "hub"));
	assert_int_equal(tx_each(tx, &q, stop_at_once, &n, &f->err),
	    HELIO_E_CONFLICT);
	assert_int_equal(n, 1);
	store_read_end(tx);
}

static enum helio_rc
count_inner(const struct row *row, void *arg, struct helio_err *err)
{
	(void)row;
	(void)err;
	++*(int *)arg;
	return HELIO_OK;
}

struct nested {
	struct tx	*tx;
	int		 n;
};

static enum helio_rc
walk_again(const struct row *row, void *arg, struct helio_err *err)
{
	struct nested *nested = arg;
	struct query q = query_all(row->table);

	return tx_each(nested->tx, &q, count_inner, &nested->n, err);
}

static void
same_query_may_nest(void **state)
{
	struct fixture *f = of(state);
	struct nested nested = { 0 };
	struct query q;

	two_entities(f);
	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &nested.tx,
	    &f->err), HELIO_OK);
	q = query_all(tx_table(nested.tx, "hub"));
	assert_int_equal(tx_each(nested.tx, &q, walk_again, &nested, &f->err),
	    HELIO_OK);
	assert_int_equal(nested.n, 4);
	store_read_end(nested.tx);
}

/* More shapes of one query than statements are kept; each finds hub 2. */
static void
ask_in_many_shapes(struct tx *tx, struct helio_err *err)
{
	struct query q = query_all(tx_table(tx, "hub"));
	const struct cond *part[8];
	int64_t n;

	for (unsigned shape = 0; shape < 1u << 8; shape++) {
		for (unsigned i = 0; i < 8; i++)
			part[i] = cond_compare(tx_arena(tx), q.table->key,
			    shape >> i & 1 ? OP_GE : OP_NE,
			    value_int(shape >> i & 1 ? 2 : 1));
		q.where = cond_all(tx_arena(tx), part, 8);
		n = -1;
		assert_int_equal(tx_count(tx, &q, &n, err), HELIO_OK);
		assert_int_equal(n, 1);
	}
}

static void
many_statements_take_turns(void **state)
{
	struct fixture *f = of(state);
	struct tx *tx = NULL;

	two_entities(f);
	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &tx, &f->err),
	    HELIO_OK);
	for (int i = 0; i < 2; i++)
		ask_in_many_shapes(tx, &f->err);
	store_read_end(tx);
}

/* The first refusals of a connection that keeps as many statements as it can:
 * those that leave are not told of where nothing can be told. */
static enum helio_rc
refused_among_many_statements(struct tx *tx, void *arg, struct helio_err *err)
{
	struct row *good = fixture_row(tx, "entity", CELLS(TEXT("name", "C")));
	struct row *taken = fixture_row(tx, "entity",
	    CELLS(TEXT("name", "Acme")));

	(void)arg;
	ask_in_many_shapes(tx, err);
	assert_int_equal(tx_insert(tx, row_copy(tx_arena(tx), taken), err),
	    HELIO_E_INVALID);
	err_clear(err);
	ask_in_many_shapes(tx, err);
	assert_int_equal(tx_insert(tx, good, err), HELIO_OK);
	ask_in_many_shapes(tx, err);
	assert_int_equal(tx_insert(tx, taken, err), HELIO_E_INVALID);
	err_clear(err);
	return HELIO_OK;
}

static void
refusals_bear_many_statements(void **state)
{
	struct fixture *f = of(state);

	two_entities(f);
	assert_int_equal(fixture_run(f, refused_among_many_statements, NULL),
	    HELIO_OK);
	assert_int_equal(fixture_count(f, SYSTEM, "entity"), 3);
	assert_int_equal(fixture_bad(f), 0);
}

/* ---- totals and sums ---- */

/* What a caller sees added up: rows, sum, bytes, least, most. */
static void
totals_of(struct fixture *f, const struct caller *caller, struct value ret[5])
{
	struct total total[5] = { { TOTAL_ROWS, NULL } };
	struct tx *tx = NULL;
	struct query q;

	assert_int_equal(store_read(f->store, caller, &tx, &f->err),
	    HELIO_OK);
	q = query_all(tx_table(tx, "hub"));
	for (unsigned i = 1; i < 5; i++)
		total[i] = (struct total){ (enum total_kind)i,
		    schema_field(q.table, i == 2 ? "name" : "slot") };
	assert_int_equal(tx_totals(tx, &q, total, 5, ret, &f->err), HELIO_OK);
	store_read_end(tx);
}

static void
totals_keep_to_scope_and_nulls(void **state)
{
	struct fixture *f = of(state);
	struct value got[5];

	totals_of(f, &CALLER_SYSTEM, got);
	for (unsigned i = 0; i < 3; i++)
		assert_true(value_equal(got[i], value_int(0)));
	for (unsigned i = 3; i < 5; i++)
		assert_int_equal(got[i].type, VALUE_NULL);
	fixture_insert(f, NULL, "entity", CELLS(TEXT("name", "a")), NULL);
	fixture_insert(f, NULL, "hub", CELLS(INT("entity_id", 1),
	    TEXT("name", "one"), INT("slot", -5)), NULL);
	fixture_insert(f, NULL, "hub", CELLS(INT("entity_id", 1),
	    TEXT("name", "four"), INT("slot", INT64_C(5000000000))), NULL);
	fixture_insert(f, NULL, "hub", CELLS(TEXT("name", "sixsix"),
	    NIL("slot")), NULL);
	totals_of(f, &CALLER_SYSTEM, got);
	assert_int_equal(got[0].i, 3);
	assert_int_equal(got[1].i, INT64_C(4999999995));
	assert_int_equal(got[2].i, 13);
	assert_int_equal(got[3].i, -5);
	assert_int_equal(got[4].i, INT64_C(5000000000));
	totals_of(f, &FIXTURE_ENTITY, got);
	assert_int_equal(got[0].i, 2);
	assert_int_equal(got[2].i, 7);
}

/* A job that changes the sum "s", and may fail then. */
struct summing {
	bool		 set, fails;
	int64_t		 n;
	struct value	 seen;		/* by the job itself */
};

static enum helio_rc
sum_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct summing *s = arg;
	enum helio_rc rc = HELIO_OK;

	if (s->set)
		rc = tx_sum_set(tx, "s", s->n, err);
	else
		tx_sum_add(tx, "s", s->n);
	if (rc == HELIO_OK)
		rc = tx_sum(tx, "s", &s->seen, err);
	return rc == HELIO_OK && s->fails ?
	    err_set(err, HELIO_E_CONFLICT, "no") : rc;
}

static struct value
sum_seen(struct fixture *f)
{
	struct tx *tx = NULL;
	struct value v = value_int(-1);

	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &tx, &f->err),
	    HELIO_OK);
	assert_int_equal(tx_sum(tx, "s", &v, &f->err), HELIO_OK);
	store_read_end(tx);
	return v;
}

static void
sum_that_nobody_set_stays_null(void **state)
{
	struct fixture *f = of(state);
	struct summing s = { .n = 3 };

	assert_int_equal(fixture_run(f, sum_run, &s), HELIO_OK);
	assert_int_equal(s.seen.type, VALUE_NULL);
	assert_int_equal(sum_seen(f).type, VALUE_NULL);
	s = (struct summing){ .set = true, .fails = true, .n = 3 };
	assert_int_equal(fixture_run(f, sum_run, &s), HELIO_E_CONFLICT);
	assert_int_equal(s.seen.i, 3);
	assert_int_equal(sum_seen(f).type, VALUE_NULL);
}

static void
sums_follow_what_is_kept(void **state)
{
	struct fixture *f = of(state);
	struct summing s = { .set = true, .n = 10 };

	assert_int_equal(fixture_run(f, sum_run, &s), HELIO_OK);
	s = (struct summing){ .n = 5 };
	assert_int_equal(fixture_run(f, sum_run, &s), HELIO_OK);
	assert_int_equal(s.seen.i, 15);
	s = (struct summing){ .n = 100, .fails = true };
	assert_int_equal(fixture_run(f, sum_run, &s), HELIO_E_CONFLICT);
	assert_int_equal(s.seen.i, 115);
	assert_int_equal(sum_seen(f).i, 15);
	fixture_reopen(f);
	assert_int_equal(sum_seen(f).i, 15);
	s = (struct summing){ .n = -20 };
	assert_int_equal(fixture_run(f, sum_run, &s), HELIO_OK);
	assert_int_equal(s.seen.i, -5);
	assert_int_equal(sum_seen(f).i, -5);
	assert_int_equal(fixture_bad(f), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, \
    fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(insert_numbers_from_one),
		TEST(insert_takes_defaults_and_meta),
		TEST(insert_ignores_a_user_s_key_and_meta),
		TEST(system_may_choose_a_key),
		TEST(insert_names_every_missing_field),
		TEST(insert_names_unique_and_foreign_key),
		TEST(insert_names_every_long_text),
		TEST(natural_key_is_unique),
		TEST(row_may_point_at_itself),
		TEST(update_changes_what_is_set),
		TEST(update_without_difference_is_noted),
		TEST(update_leaves_key_and_meta),
		TEST(update_refuses_null_and_taken),
		TEST(update_of_nothing_is_not_found),
		TEST(delete_sets_null_where_it_may),
		TEST(delete_of_a_needed_row_names_who_needs_it),
		TEST(delete_takes_our_own_rows_along),
		TEST(deleted_keys_are_not_given_again),
		TEST(scoped_caller_sees_its_own),
		TEST(scoped_caller_s_keys_end_at_its_scope),
		TEST(scoped_caller_cannot_make_what_it_would_not_see),
		TEST(refused_row_leaves_nothing_when_the_job_goes_on),
		TEST(scoped_caller_cannot_widen_its_scope),
		TEST(unscoped_part_of_a_job_is_not_checked),
		TEST(failed_job_leaves_nothing),
		TEST(job_counts_its_own_rows),
		TEST(running_numbers_survive),
		TEST(job_cannot_wait_for_a_job),
		TEST(snapshot_does_not_write),
		TEST(snapshot_does_not_move),
		TEST(count_keeps_to_limit_and_offset),
		TEST(check_names_what_insert_would),
		TEST(change_hook_sees_before_and_after),
		TEST(change_hook_can_undo_the_job),
		TEST(commit_hook_is_told_of_its_table),
		TEST(upsert_by_key_overwrites),
		TEST(upsert_by_index_keeps_the_number),
		TEST(delete_where_counts),
		TEST(each_ends_with_the_row_function_s_code),
		TEST(same_query_may_nest),
		TEST(many_statements_take_turns),
		TEST(refusals_bear_many_statements),
		TEST(totals_keep_to_scope_and_nulls),
		TEST(sum_that_nobody_set_stays_null),
		TEST(sums_follow_what_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
