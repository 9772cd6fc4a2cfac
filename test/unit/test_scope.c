/* test_scope.c - what a user of one entity sees, table by table */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sql_fixture.h"

/*
 * Entity 1 has hub 1 and the products a and b now (b twice), and had c;
 * entity 2 has hub 2, c and d; e belongs to nobody.  Parts: 1 in a, 2 in c,
 * 3 was in a, 4 was never in any, 5 was in a and is in c.
 */
static int
setup(void **state)
{
	struct sql_fixture *f;

	if (sql_fixture_setup(state) != 0)
		return -1;
	f = *state;
	fx_exec(f, "INSERT INTO entity (entity_id, name) VALUES (1, 'one'), "
	    "(2, 'two')");
	fx_exec(f, "INSERT INTO hub (hub_id, name, entity_id) VALUES "
	    "(1, 'north', 1), (2, 'south', 2)");
	fx_exec(f, "INSERT INTO product (product_imei, hub_id, name) VALUES "
	    "('a', 1, 'x'), ('b', 2, 'x'), ('c', 1, 'x'), ('d', 2, 'y'), "
	    "('e', NULL, 'x')");
	fx_exec(f,
	    "INSERT INTO product_entity_linker (product_entity_linker_id, "
	    "product_imei, entity_id, date_removed) VALUES (1, 'a', 1, NULL), "
	    "(2, 'b', 1, NULL), (3, 'b', 1, NULL), (4, 'c', 1, 7), "
	    "(5, 'c', 2, NULL), (6, 'd', 2, NULL), (7, 'a', 2, 6)");
	fx_exec(f, "INSERT INTO kind (kind_id) VALUES (1), (2)");
	fx_exec(f, "INSERT INTO state (state_id, product_imei, kind) VALUES "
	    "(1, 'a', 1), (2, 'b', 2), (3, 'c', 1), (4, 'e', 2)");
	fx_exec(f, "INSERT INTO report (report_id, product_imei) VALUES "
	    "(1, 'a'), (2, 'd'), (3, 'gone'), (4, NULL)");
	fx_exec(f, "INSERT INTO part (part_id) VALUES (1), (2), (3), (4), (5)");
	fx_exec(f, "INSERT INTO part_product_linker (part_product_linker_id, "
	    "part_id, product_imei, date_removed) VALUES (1, 1, 'a', NULL), "
	    "(2, 2, 'c', NULL), (3, 3, 'a', 5), (4, 5, 'a', 5), "
	    "(5, 5, 'c', NULL)");
	fx_exec(f, "INSERT INTO vault (vault_id) VALUES (1)");
	return 0;
}

static void
check_as(struct sql_fixture *f, const struct caller *caller,
    const struct query *q, const char *keys)
{
	size_t n = keys[0] != '\0';

	for (const char *s = keys; *s != '\0'; s++)
		n += *s == ' ';
	assert_string_equal(fx_keys(f, q, caller), keys);
	assert_int_equal(fx_count(f, q, caller), n);
}

/* What an ADMIN of entity 1 finds. */
static void
check(struct sql_fixture *f, const char *table, const struct cond *where,
    const char *keys)
{
	struct caller caller = fx_caller(1, LEVEL_ADMIN);
	struct query q = query_all(fx_table(f, table));

	q.where = where;
	check_as(f, &caller, &q, keys);
}

static void
global_callers_see_all(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = query_all(fx_table(f, "vault"));

	assert_null(scope_cond(f->arena, q.table, &CALLER_SYSTEM));
	check_as(f, &CALLER_SYSTEM, &q, "1");
	check_as(f, &CALLER_UNIT, &q, "1");
	q.table = fx_table(f, "product");
	check_as(f, &CALLER_SYSTEM, &q, "a b c d e");
}

static void
reference_tables_are_for_all(void **state)
{
	check(*state, "kind", NULL, "1 2");
}

static void
tables_without_scope_are_for_none(void **state)
{
	check(*state, "vault", NULL, "");
}

static void
own_rows_only(void **state)
{
	check(*state, "entity", NULL, "1");
	check(*state, "hub", NULL, "1");
}

static void
products_assigned_now(void **state)
{
	check(*state, "product", NULL, "a b");
}

static void
rows_of_those_products(void **state)
{
	check(*state, "state", NULL, "1 2");
	check(*state, "part_product_linker", NULL, "1 3 4");
}

static void
a_loose_key_leads_to_what_exists(void **state)
{
	check(*state, "report", NULL, "1");
}

static void
own_and_via_ask_for_both(void **state)
{
	check(*state, "product_entity_linker", NULL, "1 2 3");
}

static void
parts_in_those_products(void **state)
{
	struct sql_fixture *f = *state;
	struct caller caller = fx_caller(1, LEVEL_FACTORY);
	struct query q = query_all(fx_table(f, "part"));

	check(f, "part", NULL, "1");
	check_as(f, &caller, &q, "1 3 4");
	caller.level = LEVEL_SYSTEM;
	check_as(f, &caller, &q, "1 3 4");
}

static void
without_an_entity_nothing_is_theirs(void **state)
{
	static const char *const tables[] = {
		"entity", "hub", "product", "state", "product_entity_linker",
		"part", "report", "vault",
	};
	struct sql_fixture *f = *state;
	struct caller caller = fx_caller(0, LEVEL_ADMIN);

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct query q = query_all(fx_table(f, tables[i]));

		check_as(f, &caller, &q, "");
	}
}

static void
filters_stay_inside(void **state)
{
	struct sql_fixture *f = *state;

	check(f, "product", fx_eqs(f, "product", "name", "x"), "a b");
	check(f, "product", fx_eqs(f, "product", "product_imei", "c"), "");
	check(f, "product", fx_or(f, cond_true(),
	    fx_eqs(f, "product", "name", "y")), "a b");
	check(f, "product", cond_not(f->arena,
	    fx_eqs(f, "product", "product_imei", "a")), "b");
}

static void
related_rows_outside_do_not_count(void **state)
{
	struct sql_fixture *f = *state;

	/* b is theirs, its hub is not */
	check(f, "product", fx_rel(f, "product", "hub", NULL), "a");
	check(f, "product", cond_not(f->arena,
	    fx_rel(f, "product", "hub", NULL)), "b");
	/* hub 1 has c too, which is not theirs */
	check(f, "hub", fx_rel(f, "hub", "products",
	    fx_eqs(f, "product", "product_imei", "c")), "");
	check(f, "hub", fx_rel(f, "hub", "products",
	    fx_eqs(f, "product", "product_imei", "a")), "1");
	check(f, "kind", fx_rel(f, "kind", "states", NULL), "1 2");
	check(f, "kind", fx_rel(f, "kind", "states",
	    fx_eqs(f, "state", "product_imei", "e")), "");
}

static void
orders_join_only_what_is_inside(void **state)
{
	struct sql_fixture *f = *state;
	struct caller caller = fx_caller(1, LEVEL_ADMIN);
	struct query q = query_all(fx_table(f, "product"));
	struct order o = { .field = fx_field(f, "hub", "name"),
		.relation = fx_relation(f, "product", "hub") };

	q.order = &o;
	q.n_order = 1;
	check_as(f, &caller, &q, "a");
	q.table = fx_table(f, "kind");
	o = (struct order){ .field = fx_field(f, "state", "product_imei"),
		.relation = fx_relation(f, "kind", "states"),
		.descending = true };
	check_as(f, &caller, &q, "2 1");
}

static void
groups_count_only_what_is_inside(void **state)
{
	struct sql_fixture *f = *state;
	struct caller caller = fx_caller(2, LEVEL_ADMIN);
	struct query q = query_all(fx_table(f, "product"));
	struct order g = { .field = fx_field(f, "product", "name") };

	q.group = &g;
	q.n_group = 1;
	check_as(f, &caller, &q, "c d");
}

static void
a_page_of_products_walks_the_linkers(void **state)
{
	struct sql_fixture *f = *state;
	struct caller caller = fx_caller(1, LEVEL_ADMIN);
	struct query q = query_all(fx_table(f, "product"));

	q.limit = 10;
	assert_string_equal(fx_text(f, &q, &caller),
	    "FROM \"product_entity_linker\" t1 CROSS JOIN \"product\" t0 "
	    "ON t0.\"product_imei\" = t1.\"product_imei\" "
	    "WHERE t1.\"entity_id\" = ?1 AND t1.\"date_removed\" IS NULL "
	    "GROUP BY t1.\"product_imei\" ORDER BY t1.\"product_imei\" LIMIT "
	    "?2");
	assert_null(strstr(fx_plan(f), "TEMP"));
	sql_reset(&f->sql);
	q.limit = -1;
	sql_count(&f->sql, &q, &caller, f->arena);
	assert_null(strstr(f->sql.text.data, "\"product\""));
	assert_non_null(strstr(fx_plan(f), "COVERING"));
}

static void
rows_of_products_skip_the_product(void **state)
{
	struct sql_fixture *f = *state;
	struct caller caller = fx_caller(1, LEVEL_ADMIN);
	struct query q = query_all(fx_table(f, "state"));

	assert_string_equal(fx_text(f, &q, &caller), "FROM \"state\" t0 WHERE "
	    "t0.\"product_imei\" IN (SELECT t2.\"product_imei\" FROM "
	    "\"product_entity_linker\" t2 WHERE t2.\"entity_id\" = ?1 AND "
	    "t2.\"date_removed\" IS NULL) ORDER BY t0.\"state_id\"");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, \
	sql_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(global_callers_see_all),
		T(reference_tables_are_for_all),
		T(tables_without_scope_are_for_none),
		T(own_rows_only),
		T(products_assigned_now),
		T(rows_of_those_products),
		T(a_loose_key_leads_to_what_exists),
		T(own_and_via_ask_for_both),
		T(parts_in_those_products),
		T(without_an_entity_nothing_is_theirs),
		T(filters_stay_inside),
		T(related_rows_outside_do_not_count),
		T(orders_join_only_what_is_inside),
		T(groups_count_only_what_is_inside),
		T(a_page_of_products_walks_the_linkers),
		T(rows_of_products_skip_the_product),
	};

	return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
