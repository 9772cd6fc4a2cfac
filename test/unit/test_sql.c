/* test_sql.c - queries and rows to SQL: the texts, and what they find */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sql_fixture.h"

/*
 * Hubs 1 (north), 2 (south), 3 (empty).  Products a..f: a, b, c in hub 1, d
 * and e in hub 2, f in none.  States: a 1,2,1; b 1; d 2; f 3.
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
	fx_exec(f, "INSERT INTO hub (hub_id, name, town, entity_id) VALUES "
	    "(1, 'north', 'X', 1), (2, 'south', NULL, 2), (3, 'empty', 'X', "
	    "2)");
	fx_exec(f,
	    "INSERT INTO product (product_imei, hub_id, name, power) VALUES "
	    "('a', 1, 'Ann', 1.5), ('b', 1, 'ann', NULL), ('c', 1, '50%', 2), "
	    "('d', 2, 'a_b', 1.5), ('e', 2, NULL, 3), ('f', NULL, 'back\\', "
	    "0)");
	fx_exec(f, "INSERT INTO kind (kind_id) VALUES (1), (2), (3), (4)");
	fx_exec(f,
	    "INSERT INTO state (state_id, product_imei, kind, grade) VALUES "
	    "(1, 'a', 1, 5), (2, 'a', 2, NULL), (3, 'a', 1, 7), (4, 'b', 1, "
	    "1), "
	    "(5, 'd', 2, 2), (6, 'f', 3, 3)");
	return 0;
}

static struct query
products(struct sql_fixture *f, const struct cond *where)
{
	struct query q = query_all(fx_table(f, "product"));

	q.where = where;
	return q;
}

static void
check(struct sql_fixture *f, const struct query *q, const char *keys)
{
	size_t n = keys[0] != '\0';

	for (const char *s = keys; *s != '\0'; s++)
		n += *s == ' ';
	assert_string_equal(fx_keys(f, q, NULL), keys);
	assert_int_equal(fx_count(f, q, NULL), n);
}

static void
check_where(struct sql_fixture *f, const struct cond *where, const char *keys)
{
	struct query q = products(f, where);

	check(f, &q, keys);
}

static const struct cond *
product_op(struct sql_fixture *f, const char *field, enum cond_op op,
    const char *value)
{
	return cond_compare(f->arena, fx_field(f, "product", field), op,
	    value_text(value));
}

/* ---- simple conditions ---- */

static void
all_rows_come_by_key(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, NULL);

	assert_string_equal(fx_text(f, &q, NULL),
	    "FROM \"product\" t0 ORDER BY t0.\"product_imei\"");
	check(f, &q, "a b c d e f");
}

static void
every_field_is_selected_in_field_order(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = query_all(fx_table(f, "hub"));

	sql_select(&f->sql, &q, NULL, f->arena);
	assert_memory_equal(f->sql.text.data, "SELECT t0.\"hub_id\", "
	    "t0.\"name\", t0.\"town\", t0.\"entity_id\", t0.\"created_at\"",
	    70);
}

static void
equality_uses_an_argument(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, fx_eq(f, "product", "hub_id", 1));

	assert_string_equal(fx_text(f, &q, NULL), "FROM \"product\" t0 "
	    "WHERE t0.\"hub_id\" = ?1 ORDER BY t0.\"product_imei\"");
	assert_int_equal(f->sql.n_args, 1);
	assert_int_equal(f->sql.args[0].i, 1);
	check(f, &q, "a b c");
}

static void
null_is_neither_equal_nor_unequal(void **state)
{
	struct sql_fixture *f = *state;
	const struct cond *eq = fx_eq(f, "product", "hub_id", 1);

	check_where(f, cond_not(f->arena, eq), "d e");
	check_where(f, cond_compare(f->arena, fx_field(f, "product", "hub_id"),
	    OP_EQ, value_null()), "");
	check_where(f, cond_is_null(f->arena, fx_table(f, "product"), "hub_id"),
	    "f");
	check_where(f, cond_not(f->arena, cond_is_null(f->arena,
	    fx_table(f, "product"), "hub_id")), "a b c d e");
}

static void
operators_compare(void **state)
{
	static const struct {
		enum cond_op op;
		const char *keys, *others;
	} rows[] = {
		{ OP_EQ, "a d", "c e f" }, { OP_NE, "c e f", "a d" },
		{ OP_GT, "c e", "a d f" }, { OP_LT, "f", "a c d e" },
		{ OP_GE, "a c d e", "f" }, { OP_LE, "a d f", "c e" },
	};
	struct sql_fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct cond *c = cond_compare(f->arena,
		    fx_field(f, "product", "power"), rows[i].op,
		    value_float(1.5));

		check_where(f, c, rows[i].keys);
		check_where(f, cond_not(f->arena, c), rows[i].others);
	}
}

static void
fields_compare_with_fields(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = query_all(fx_table(f, "state"));

	q.where = cond_fields(f->arena, fx_field(f, "state", "grade"), OP_EQ,
	    fx_field(f, "state", "kind"));
	check(f, &q, "4 5 6");
}

static void
like_minds_case_and_ilike_does_not(void **state)
{
	struct sql_fixture *f = *state;

	check_where(f, product_op(f, "name", OP_LIKE, "A%"), "a");
	check_where(f, product_op(f, "name", OP_ILIKE, "A%"), "a b d");
	check_where(f, cond_not(f->arena,
	    product_op(f, "name", OP_ILIKE, "A%")), "c f");
}

static void
backslash_escapes_in_patterns(void **state)
{
	struct sql_fixture *f = *state;

	check_where(f, product_op(f, "name", OP_LIKE, "a_b"), "d");
	check_where(f, product_op(f, "name", OP_LIKE, "a\\_b"), "d");
	check_where(f, product_op(f, "name", OP_LIKE, "%\\%"), "c");
	check_where(f, product_op(f, "name", OP_LIKE, "%\\\\"), "f");
}

static void
half_an_escape_is_completed(void **state)
{
	struct sql_fixture *f = *state;
	const struct cond *c = product_op(f, "name", OP_LIKE, "back\\");

	assert_int_equal(c->value.n, 6);
	check_where(f, c, "f");
	c = product_op(f, "name", OP_ILIKE, "back\\\\");
	assert_int_equal(c->value.n, 6);
	check_where(f, c, "f");
}

static const struct cond *
hub_in(struct sql_fixture *f, size_t n)
{
	f->values[0] = value_int(2);
	f->values[1] = value_int(77);
	f->values[2] = value_null();
	return cond_in(f->arena, fx_field(f, "product", "hub_id"), f->values,
	    n);
}

static void
in_finds_members(void **state)
{
	struct sql_fixture *f = *state;

	check_where(f, hub_in(f, 2), "d e");
	check_where(f, cond_not(f->arena, hub_in(f, 2)), "a b c");
	check_where(f, hub_in(f, 3), "d e");
	check_where(f, cond_not(f->arena, hub_in(f, 3)), "");
}

static void
empty_in_is_false_and_its_opposite_true(void **state)
{
	struct sql_fixture *f = *state;

	check_where(f, hub_in(f, 0), "");
	check_where(f, cond_not(f->arena, hub_in(f, 0)), "a b c d e f");
}

static void
in_lists_have_few_lengths(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, hub_in(f, 3));

	assert_non_null(strstr(fx_text(f, &q, NULL),
	    "IN (?1, ?2, ?3, ?4) ORDER"));
}

static void
too_many_arguments_fail(void **state)
{
	struct sql_fixture *f = *state;
	struct value *many;
	struct query q;

	many = arena_alloc(f->arena, (SQL_ARGS_MAX + 1) * sizeof(*many));
	q = products(f, cond_in(f->arena, fx_field(f, "product", "hub_id"),
	    many,
	    SQL_ARGS_MAX));
	assert_int_equal(fx_count(f, &q, NULL), 0);
	q.where = cond_in(f->arena, fx_field(f, "product", "hub_id"), many,
	    SQL_ARGS_MAX + 1);
	sql_reset(&f->sql);
	sql_select(&f->sql, &q, NULL, f->arena);
	assert_true(f->sql.failed);
	sql_reset(&f->sql);
	assert_false(f->sql.failed);
}

static void
groups_of_conditions(void **state)
{
	struct sql_fixture *f = *state;
	const struct cond *one = fx_eq(f, "product", "hub_id", 1);
	const struct cond *ann = fx_eqs(f, "product", "name", "ann");

	check_where(f, fx_and(f, one, ann), "b");
	check_where(f, fx_or(f, fx_eq(f, "product", "hub_id", 2), ann),
	    "b d e");
	check_where(f, cond_not(f->arena, fx_or(f, one, ann)), "d");
	check_where(f, cond_not(f->arena, fx_and(f, one, ann)), "a c d e f");
	check_where(f, cond_all(f->arena, NULL, 0), "a b c d e f");
	check_where(f, cond_any(f->arena, NULL, 0), "");
	check_where(f, cond_not(f->arena, cond_true()), "");
	check_where(f, cond_not(f->arena, cond_false()), "a b c d e f");
}

static void
long_groups_are_no_deep_trees(void **state)
{
	struct sql_fixture *f = *state;
	const struct cond *part[4000];

	for (size_t i = 0; i < 4000; i++)
		part[i] = fx_eq(f, "product", "hub_id", (int64_t)i + 2);
	check_where(f, cond_any(f->arena, part, 4000), "d e");
	check_where(f, cond_all(f->arena, part, 4000), "");
	check_where(f, cond_not(f->arena, cond_any(f->arena, part, 4000)),
	    "a b c");
}

/* ---- relations ---- */

static void
to_one_becomes_a_join(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, fx_rel(f, "product", "hub",
	    fx_eqs(f, "hub", "name", "south")));

	assert_string_equal(fx_text(f, &q, NULL), "FROM \"product\" t0 "
	    "JOIN \"hub\" t1 ON t1.\"hub_id\" = t0.\"hub_id\" "
	    "WHERE t1.\"name\" = ?1 ORDER BY t0.\"product_imei\"");
	check(f, &q, "d e");
	assert_non_null(strstr(fx_plan(f),
	    "t1 USING COVERING INDEX ix_hub_name"));
	assert_non_null(strstr(f->out, "ix_product_hub_id_product_imei"));
}

static void
two_conditions_on_one_relation_join_once(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, fx_and(f,
	    fx_rel(f, "product", "hub", fx_eqs(f, "hub", "town", "X")),
	    fx_rel(f, "product", "hub", fx_eqs(f, "hub", "name", "north"))));

	assert_null(strstr(fx_text(f, &q, NULL), "t2"));
	check(f, &q, "a b c");
}

static void
a_key_alone_needs_no_join(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, fx_rel(f, "product", "hub", NULL));

	assert_string_equal(fx_text(f, &q, NULL), "FROM \"product\" t0 "
	    "WHERE t0.\"hub_id\" IS NOT NULL ORDER BY t0.\"product_imei\"");
	check(f, &q, "a b c d e");
	check_where(f, fx_rel(f, "product", "hub",
	    fx_eq(f, "hub", "hub_id", 2)), "d e");
	check_where(f, fx_rel(f, "product", "hub", cond_not(f->arena,
	    fx_rel(f, "hub", "products", fx_eqs(f, "product", "name", "ann")))),
	    "d e");
}

static void
having_no_related_row(void **state)
{
	struct sql_fixture *f = *state;

	check_where(f, cond_not(f->arena, fx_rel(f, "product", "hub", NULL)),
	    "f");
	check_where(f, cond_not(f->arena, fx_rel(f, "product", "hub",
	    fx_eqs(f, "hub", "name", "north"))), "d e f");
	check_where(f, cond_not(f->arena, fx_rel(f, "product", "states", NULL)),
	    "c e");
}

static void
unknown_about_a_related_row_is_no(void **state)
{
	struct sql_fixture *f = *state;
	const struct cond *x = fx_rel(f, "product", "hub",
	    fx_eqs(f, "hub", "town", "X"));

	check_where(f, x, "a b c");
	check_where(f, cond_not(f->arena, x), "d e f");
}

static void
loose_keys_may_lead_nowhere(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = query_all(fx_table(f, "report"));

	fx_exec(f, "INSERT INTO report (report_id, product_imei) VALUES "
	    "(1, 'a'), (2, 'gone'), (3, NULL)");
	q.where = fx_rel(f, "report", "product", NULL);
	check(f, &q, "1");
	q.where = cond_not(f->arena, q.where);
	check(f, &q, "2 3");
}

static void
to_many_walks_the_index_of_the_child(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, fx_rel(f, "product", "states",
	    fx_eq(f, "state", "kind", 1)));

	assert_string_equal(fx_text(f, &q, NULL), "FROM \"state\" t1 "
	    "CROSS JOIN \"product\" t0 ON t0.\"product_imei\" = "
	    "t1.\"product_imei\" WHERE t1.\"kind\" = ?1 "
	    "GROUP BY t1.\"product_imei\" ORDER BY t1.\"product_imei\"");
	assert_null(strstr(fx_plan(f), "TEMP"));
	check(f, &q, "a b");
	sql_reset(&f->sql);
	sql_count(&f->sql, &q, NULL, f->arena);
	assert_string_equal(f->sql.text.data, "SELECT "
	    "count(DISTINCT t1.\"product_imei\") FROM \"state\" t1 "
	    "WHERE t1.\"kind\" = ?1");
}

static void
to_many_goes_backwards_too(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, fx_rel(f, "product", "states",
	    fx_eq(f, "state", "kind", 1)));
	struct order o = { .field = q.table->key, .descending = true };

	q.order = &o;
	q.n_order = 1;
	check(f, &q, "b a");
	assert_null(strstr(fx_plan(f), "TEMP"));
}

static void
to_many_without_such_an_index_is_a_list(void **state)
{
	struct sql_fixture *f = *state;
	const struct cond *c = fx_rel(f, "hub", "products",
	    fx_eqs(f, "product", "name", "a_b"));
	struct query q = query_all(fx_table(f, "hub"));

	q.where = fx_or(f, c, fx_eqs(f, "hub", "name", "empty"));
	assert_string_equal(fx_text(f, &q, NULL), "FROM \"hub\" t0 WHERE "
	    "(t0.\"hub_id\" IN (SELECT t1.\"hub_id\" FROM \"product\" t1 "
	    "WHERE t1.\"name\" = ?1) OR t0.\"name\" = ?2) "
	    "ORDER BY t0.\"hub_id\"");
	check(f, &q, "2 3");
}

static void
narrow_queries_only_check_relations(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, fx_and(f, fx_eq(f, "product", "hub_id", 1),
	    fx_rel(f, "product", "states", fx_eq(f, "state", "grade", 1))));

	assert_string_equal(fx_text(f, &q, NULL), "FROM \"product\" t0 WHERE "
	    "t0.\"hub_id\" = ?1 AND EXISTS (SELECT 1 FROM \"state\" t1 WHERE "
	    "t1.\"product_imei\" = t0.\"product_imei\" AND +t1.\"grade\" = ?2) "
	    "ORDER BY t0.\"product_imei\"");
	check(f, &q, "b");
}

static void
relations_nest(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = query_all(fx_table(f, "entity"));

	q.where = fx_rel(f, "entity", "hubs", fx_rel(f, "hub", "products",
	    fx_rel(f, "product", "states", fx_eq(f, "state", "kind", 2))));
	check(f, &q, "1 2");
	q.where = fx_rel(f, "entity", "hubs", fx_rel(f, "hub", "products",
	    cond_not(f->arena, fx_rel(f, "product", "states", NULL))));
	check(f, &q, "1 2");
	q.where = cond_not(f->arena, fx_rel(f, "entity", "hubs",
	    cond_not(f->arena, fx_rel(f, "hub", "products", NULL))));
	check(f, &q, "1");
}

static void
other_conditions_join_a_walk(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, fx_and(f,
	    fx_rel(f, "product", "states", fx_eq(f, "state", "kind", 1)),
	    product_op(f, "name", OP_LIKE, "a%")));

	check(f, &q, "b");
	q.limit = 5;
	assert_string_equal(fx_keys(f, &q, NULL), "b");
	assert_int_equal(fx_count(f, &q, NULL), 1);
}

/* ---- depth ---- */

/* part -> linker -> product -> hub -> product -> ..: each level asks for
 * related rows under a group, until the depth is used up. */
static const struct cond *
deep(struct sql_fixture *f, const char *table, unsigned left, bool negated)
{
	static const char *const next[][3] = {
		{ "part", "part_product_linker", "part_product_linker" },
		{ "part_product_linker", "part", "part" },
		{ "product", "hub", "hub" }, { "hub", "products", "product" },
	};
	const struct cond *c;
	size_t i = 0;

	if (left < COND_RELATED_DEPTH + 1)
		return cond_true();
	while (strcmp(next[i][0], table) != 0)
		i++;
	c = fx_rel(f, table, next[i][1], deep(f, next[i][2],
	    left - COND_RELATED_DEPTH - 1, negated));
	return negated ? cond_not(f->arena, c) : fx_or(f, c, cond_false());
}

static void
the_deepest_conditions_can_be_prepared(void **state)
{
	static const char *const tables[] = { "part", "hub", "product" };
	struct sql_fixture *f = *state;
	struct caller caller = fx_caller(1, LEVEL_FACTORY);
	const struct cond *c;

	for (size_t i = 0; i < 6; i++) {
		struct query q = query_all(fx_table(f, tables[i % 3]));

		q.where = deep(f, tables[i % 3], COND_DEPTH_MAX, i < 3);
		assert_true(cond_depth(q.where) <= COND_DEPTH_MAX);
		fx_keys(f, &q, &caller);
		fx_count(f, &q, &caller);
	}
	c = fx_eqs(f, "product", "name", "x");
	for (unsigned i = 0; i < COND_DEPTH_MAX; i++)
		c = i % 2 == 0 ? fx_or(f, fx_eqs(f, "product", "name", "y"),
		    c) :
		    fx_and(f, fx_eqs(f, "product", "word", "it's"), c);
	assert_int_equal(cond_depth(c), COND_DEPTH_MAX);
	check_where(f, c, "");
}

static void
deeper_ones_fail_cleanly(void **state)
{
	struct sql_fixture *f = *state;
	const struct cond *c = fx_eqs(f, "product", "name", "x");
	struct query q;

	for (unsigned i = 0; i < 10000; i++)
		c = fx_rel(f, i % 2 == 0 ? "hub" : "product",
		    i % 2 == 0 ? "products" : "hub", c);
	assert_true(cond_depth(c) > COND_DEPTH_MAX);
	q = products(f, c);
	sql_reset(&f->sql);
	sql_select(&f->sql, &q, NULL, f->arena);
	assert_true(f->sql.failed);
	for (unsigned i = 0; i < 10000; i++)
		c = cond_not(f->arena, c);
	q.where = c;
	sql_reset(&f->sql);
	sql_count(&f->sql, &q, NULL, f->arena);
	assert_true(f->sql.failed);
}

/* ---- order, pages, groups ---- */

static struct order
by(struct sql_fixture *f, const char *relation, const char *field)
{
	const struct schema_relation *r;

	if (relation == NULL)
		return (struct order){ .field = fx_field(f, "product", field) };
	r = fx_relation(f, "product", relation);
	return (struct order){ .relation = r,
	    .field = schema_field(r->target, field) };
}

static void
check_order(struct sql_fixture *f, struct order *order, size_t n,
    const char *keys)
{
	struct query q = products(f, NULL);

	q.order = order;
	q.n_order = n;
	check(f, &q, keys);
}

static void
nulls_come_first_ascending(void **state)
{
	struct sql_fixture *f = *state;
	struct order o = by(f, NULL, "power");

	check_order(f, &o, 1, "b f a d c e");
	o.descending = true;
	check_order(f, &o, 1, "e c a d f b");
}

static void
nothing_is_ordered_after_the_key(void **state)
{
	struct sql_fixture *f = *state;
	struct order o[] = { by(f, NULL, "product_imei"), by(f, NULL,
	    "power") };
	struct query q = products(f, NULL);

	o[0].descending = true;
	q.order = o;
	q.n_order = 2;
	assert_string_equal(fx_text(f, &q, NULL),
	    "FROM \"product\" t0 ORDER BY t0.\"product_imei\" DESC");
	check(f, &q, "f e d c b a");
}

/* As PostgreSQL wants it said: in the index as in the query that is to walk
 * it, and nowhere about keys. */
static void
nulls_have_one_place(void **state)
{
	struct sql_fixture *f = *state;
	struct order o[] = { by(f, NULL, "hub_id"), by(f, NULL,
	    "product_imei") };
	struct query q = products(f, NULL);
	const struct schema_table *t = q.table;
	struct sql sql;

	sql_init(&sql, &SQL_PG);
	for (size_t i = 0; i < t->n_indexes; i++)
		if (t->indexes[i].fields[0] == o[0].field)
			sql_create_index(&sql, t, &t->indexes[i]);
	assert_non_null(strstr(sql.text.data,
	    "(\"hub_id\" NULLS FIRST, \"product_imei\")"));
	o[0].descending = o[1].descending = true;
	q.order = o;
	q.n_order = 2;
	sql_reset(&sql);
	sql_select(&sql, &q, NULL, f->arena);
	assert_non_null(strstr(sql.text.data, " ORDER BY t0.\"hub_id\" DESC "
	    "NULLS LAST, t0.\"product_imei\" DESC"));
	sql_free(&sql);
}

static void
order_over_a_to_one_relation_drops_rows_without(void **state)
{
	struct sql_fixture *f = *state;
	struct order o = by(f, "hub", "name");

	check_order(f, &o, 1, "a b c d e");
	o.descending = true;
	check_order(f, &o, 1, "d e a b c");
}

static void
order_starts_from_the_index_of_the_related(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, NULL);
	struct order o = by(f, "hub", "name");

	q.order = &o;
	q.n_order = 1;
	assert_string_equal(fx_text(f, &q, NULL), "FROM \"hub\" t1 CROSS JOIN "
	    "\"product\" t0 ON t1.\"hub_id\" = t0.\"hub_id\" "
	    "ORDER BY t1.\"name\", t0.\"product_imei\"");
	fx_keys(f, &q, NULL);
	assert_null(strstr(fx_plan(f), "TEMP"));
}

static void
order_over_a_to_many_relation_gives_pairs(void **state)
{
	struct sql_fixture *f = *state;
	struct order o[] = { by(f, "states", "kind"), by(f, "states",
	    "grade") };

	check_order(f, o, 1, "a a b a d f");
	o[1].descending = true;
	check_order(f, o, 2, "a a b d a f");
}

static void
pairs_keep_the_filter(void **state)
{
	struct sql_fixture *f = *state;
	struct order o = by(f, "states", "kind");
	struct query q = products(f, fx_rel(f, "product", "states",
	    fx_eq(f, "state", "kind", 2)));

	q.order = &o;
	q.n_order = 1;
	check(f, &q, "a a a d");
}

static void
pages_are_cut_by_arguments(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, NULL);

	q.limit = 2;
	q.offset = 3;
	assert_non_null(strstr(fx_text(f, &q, NULL), " LIMIT ?1 OFFSET ?2"));
	check(f, &q, "d e");
	q.limit = -1;
	check(f, &q, "d e f");
	q.offset = 60;
	check(f, &q, "");
	q.offset = 0;
	q.limit = 0;
	check(f, &q, "");
}

static void
a_cut_walk_is_counted_cut(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, fx_rel(f, "product", "states", NULL));

	check(f, &q, "a b d f");
	q.limit = 2;
	q.offset = 1;
	check(f, &q, "b d");
}

static void
a_group_is_its_lowest_row(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, NULL);
	struct order g[] = { by(f, NULL, "hub_id"), by(f, NULL, "power") };

	q.group = g;
	q.n_group = 1;
	check(f, &q, "a d f");
	q.n_group = 2;
	check(f, &q, "a b c d e f");
	q.where = fx_rel(f, "product", "states", NULL);
	q.n_group = 1;
	check(f, &q, "a d f");
	q.limit = 2;
	q.offset = 1;
	check(f, &q, "d f");
}

static void
groups_over_relations(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, NULL);
	struct order g = by(f, "hub", "town");

	q.group = &g;
	q.n_group = 1;
	check(f, &q, "a d");
	g = by(f, "states", "kind");
	check(f, &q, "a a f");
}

static void
groups_are_ordered(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = products(f, NULL);
	struct order g = by(f, NULL, "hub_id"), o = by(f, NULL, "power");

	q.group = &g;
	q.n_group = 1;
	q.order = &o;
	q.n_order = 1;
	o.descending = true;
	check(f, &q, "a d f");
	o = by(f, "hub", "name");
	o.descending = true;
	check(f, &q, "d a");
	o = by(f, "states", "grade");
	o.descending = true;
	check(f, &q, "a f d");
	g = by(f, "states", "kind");
	o = by(f, "states", "kind");
	o.descending = true;
	check(f, &q, "f a a");
}

/* ---- writing ---- */

static const char *
text_of(struct sql_fixture *f)
{
	assert_false(f->sql.failed);
	return f->sql.text.data;
}

static struct row *
vault(struct sql_fixture *f, int64_t id, const char *name)
{
	struct row *row = row_new(f->arena, fx_table(f, "vault"));

	row_set_int(row, "vault_id", id);
	row_set_text(row, "name", name);
	sql_reset(&f->sql);
	return row;
}

static void
rows_are_inserted(void **state)
{
	struct sql_fixture *f = *state;

	sql_insert(&f->sql, vault(f, 4, "x"));
	assert_string_equal(text_of(f), "INSERT INTO \"vault\" "
	    "(\"vault_id\", \"name\") VALUES (?1, ?2)");
	fx_run(f);
	sql_reset(&f->sql);
	sql_insert(&f->sql, row_new(f->arena, fx_table(f, "vault")));
	assert_string_equal(text_of(f), "INSERT INTO \"vault\" DEFAULT VALUES");
}

static void
rows_are_updated_and_deleted(void **state)
{
	struct sql_fixture *f = *state;
	struct row *row = row_new(f->arena, fx_table(f, "vault"));

	sql_insert(&f->sql, vault(f, 4, "x"));
	fx_run(f);
	sql_reset(&f->sql);
	row_set_text(row, "content", "y");
	sql_update(&f->sql, row, value_int(4));
	assert_string_equal(text_of(f), "UPDATE \"vault\" SET \"content\" = ?1 "
	    "WHERE \"vault_id\" = ?2");
	fx_run(f);
	assert_int_equal(sqlite3_changes(f->db), 1);
	sql_reset(&f->sql);
	sql_delete(&f->sql, row->table, value_int(4));
	assert_string_equal(text_of(f),
	    "DELETE FROM \"vault\" WHERE \"vault_id\" = ?1");
	fx_run(f);
	assert_int_equal(sqlite3_changes(f->db), 1);
}

static void
an_empty_update_is_legal(void **state)
{
	struct sql_fixture *f = *state;

	sql_update(&f->sql, row_new(f->arena, fx_table(f, "hub")),
	    value_int(1));
	assert_string_equal(text_of(f), "UPDATE \"hub\" SET \"hub_id\" = "
	    "\"hub_id\" WHERE \"hub_id\" = ?1");
	fx_run(f);
}

static void
rows_are_upserted(void **state)
{
	struct sql_fixture *f = *state;
	const struct schema_table *t = fx_table(f, "vault");

	sql_upsert(&f->sql, vault(f, 4, "x"), NULL);
	assert_string_equal(strstr(text_of(f), " ON"), " ON CONFLICT "
	    "(\"vault_id\") DO UPDATE SET \"name\" = excluded.\"name\"");
	fx_run(f);
	sql_upsert(&f->sql, vault(f, 5, "x"), &t->indexes[0]);
	assert_string_equal(strstr(text_of(f), " ON"), " ON CONFLICT "
	    "(\"name\") DO UPDATE SET \"vault_id\" = excluded.\"vault_id\"");
	fx_run(f);
	sql_reset(&f->sql);
	buf_adds(&f->sql.text, "SELECT vault_id FROM vault");
	assert_string_equal(fx_run(f), "5");
}

static void
rows_of_a_query_are_deleted(void **state)
{
	struct sql_fixture *f = *state;
	struct query q = query_all(fx_table(f, "state"));

	q.where = fx_eq(f, "state", "kind", 1);
	q.offset = 1;
	q.limit = 1;
	sql_delete_where(&f->sql, &q, f->arena);
	fx_run(f);
	assert_int_equal(sqlite3_changes(f->db), 1);
	q = query_all(q.table);
	assert_string_equal(fx_keys(f, &q, NULL), "1 2 4 5 6");
	q.where = fx_rel(f, "state", "product", fx_eqs(f, "product", "name",
	    "Ann"));
	sql_reset(&f->sql);
	sql_delete_where(&f->sql, &q, f->arena);
	fx_run(f);
	q = query_all(q.table);
	assert_string_equal(fx_keys(f, &q, NULL), "4 5 6");
}

/* ---- tables ---- */

static void
tables_are_strict_with_named_keys(void **state)
{
	struct sql_fixture *f = *state;

	sql_create_table(&f->sql, fx_table(f, "vault"));
	assert_string_equal(text_of(f), "CREATE TABLE \"vault\" (\"vault_id\" "
	    "INTEGER NOT NULL PRIMARY KEY, \"name\" TEXT, \"content\" TEXT) "
	    "STRICT");
	sql_reset(&f->sql);
	sql_create_table(&f->sql, fx_table(f, "product"));
	assert_non_null(strstr(text_of(f),
	    "\"product_imei\" TEXT NOT NULL PRIMARY KEY, "));
	assert_non_null(strstr(text_of(f),
	    "\"flag\" INTEGER NOT NULL DEFAULT 0, \"word\" TEXT DEFAULT "
	    "'it''s'"));
	assert_non_null(strstr(text_of(f), ", FOREIGN KEY (\"hub_id\") "
	    "REFERENCES \"hub\" (\"hub_id\") DEFERRABLE INITIALLY IMMEDIATE)"));
}

static void
loose_keys_are_not_checked(void **state)
{
	struct sql_fixture *f = *state;

	sql_create_table(&f->sql, fx_table(f, "report"));
	assert_null(strstr(text_of(f), "FOREIGN"));
}

static void
fields_and_indexes_come_and_go(void **state)
{
	struct sql_fixture *f = *state;
	const struct schema_table *t = fx_table(f, "vault");

	sql_drop_index(&f->sql, t, &t->indexes[0]);
	assert_string_equal(text_of(f), "DROP INDEX \"ix_vault_name\"");
	fx_run(f);
	sql_reset(&f->sql);
	sql_create_index(&f->sql, t, &t->indexes[0]);
	assert_string_equal(text_of(f),
	    "CREATE UNIQUE INDEX \"ix_vault_name\" ON \"vault\" (\"name\")");
	fx_run(f);
	fx_exec(f, "DROP TABLE report");
	fx_exec(f,
	    "CREATE TABLE report (report_id INTEGER NOT NULL PRIMARY KEY) "
	    "STRICT");
	sql_reset(&f->sql);
	sql_add_field(&f->sql, fx_table(f, "report"),
	    fx_field(f, "report", "product_imei"));
	assert_string_equal(text_of(f),
	    "ALTER TABLE \"report\" ADD COLUMN \"product_imei\" TEXT");
	fx_run(f);
}

static void
the_default_of_the_schema_is_stored(void **state)
{
	struct sql_fixture *f = *state;

	sql_reset(&f->sql);
	buf_adds(&f->sql.text,
	    "SELECT word || flag FROM product WHERE product_imei = 'a'");
	assert_string_equal(fx_run(f), "it's0");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, \
	sql_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_rows_come_by_key),
		T(every_field_is_selected_in_field_order),
		T(equality_uses_an_argument),
		T(null_is_neither_equal_nor_unequal),
		T(operators_compare),
		T(fields_compare_with_fields),
		T(like_minds_case_and_ilike_does_not),
		T(backslash_escapes_in_patterns),
		T(half_an_escape_is_completed),
		T(in_finds_members),
		T(empty_in_is_false_and_its_opposite_true),
		T(in_lists_have_few_lengths),
		T(too_many_arguments_fail),
		T(groups_of_conditions),
		T(long_groups_are_no_deep_trees),
		T(to_one_becomes_a_join),
		T(two_conditions_on_one_relation_join_once),
		T(a_key_alone_needs_no_join),
		T(having_no_related_row),
		T(unknown_about_a_related_row_is_no),
		T(loose_keys_may_lead_nowhere),
		T(to_many_walks_the_index_of_the_child),
		T(to_many_goes_backwards_too),
		T(to_many_without_such_an_index_is_a_list),
		T(narrow_queries_only_check_relations),
		T(relations_nest),
		T(other_conditions_join_a_walk),
		T(the_deepest_conditions_can_be_prepared),
		T(deeper_ones_fail_cleanly),
		T(nulls_come_first_ascending),
		T(nothing_is_ordered_after_the_key),
		T(nulls_have_one_place),
		T(order_over_a_to_one_relation_drops_rows_without),
		T(order_starts_from_the_index_of_the_related),
		T(order_over_a_to_many_relation_gives_pairs),
		T(pairs_keep_the_filter),
		T(pages_are_cut_by_arguments),
		T(a_cut_walk_is_counted_cut),
		T(a_group_is_its_lowest_row),
		T(groups_over_relations),
		T(groups_are_ordered),
		T(rows_are_inserted),
		T(rows_are_updated_and_deleted),
		T(an_empty_update_is_legal),
		T(rows_are_upserted),
		T(rows_of_a_query_are_deleted),
		T(tables_are_strict_with_named_keys),
		T(loose_keys_are_not_checked),
		T(fields_and_indexes_come_and_go),
		T(the_default_of_the_schema_is_stored),
	};

	return cmocka_run_group_tests_name("sql", tests, NULL, NULL);
}
