/* test_rest_plan.c - what `q` means: filters, order, groups, limits */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "rest/plan.h"
#include "rest_fixture.h"

static enum helio_rc
plan_as(struct rest_fixture *f, enum level reader, const char *q,
    struct plan *ret)
{
	struct plan_input in = {
		.arena = f->arena,
		.table = schema_table(f->schema, "unit"),
		.reader = reader,
		.now_us = REST_NOW_US,
	};

	err_clear(&f->err);
	return plan_read(&in, q, strlen(q), ret, &f->err);
}

static enum helio_rc
plan(struct rest_fixture *f, const char *q, struct plan *ret)
{
	return plan_as(f, LEVEL_SYSTEM, q, ret);
}

/* ---- filters ---- */

struct filter_case {
	const char	*filter;	/* one filter object */
	const char	*want;		/* the condition; NULL: refused */
};

static void
check_filters(struct rest_fixture *f, const struct filter_case *c, size_t n)
{
	struct plan p;
	const char *q, *got;

	for (; n > 0; n--, c++) {
		q = arena_printf(f->arena, "{\"filters\":[%s]}", c->filter);
		if (plan(f, q, &p) != HELIO_OK) {
			assert_int_equal(f->err.rc, HELIO_E_QUERY);
			assert_int_equal(f->err.n_faults, 1);
			if (c->want != NULL)
				fail_msg("%s: %s", c->filter,
				    rest_show_faults(f->arena, &f->err));
			continue;
		}
		got = rest_show_cond(f->arena, p.query.where);
		if (c->want == NULL)
			fail_msg("%s: not refused: %s", c->filter, got);
		if (strcmp(got, c->want) != 0)
			fail_msg("%s: %s, not %s", c->filter, got, c->want);
	}
}

#define CHECK_FILTERS(cases) \
	check_filters(*state, cases, sizeof(cases) / sizeof((cases)[0]))

#define F(name, op, val) \
	"{\"name\":\"" name "\",\"op\":\"" op "\",\"val\":" val "}"

static void
every_operator_has_its_aliases(void **state)
{
	static const struct filter_case cases[] = {
		{ F("amount", "==", "3"), "amount = 3" },
		{ F("amount", "eq", "3"), "amount = 3" },
		{ F("amount", "equals", "3"), "amount = 3" },
		{ F("amount", "equal_to", "3"), "amount = 3" },
		{ F("amount", "equals_to", "3"), "amount = 3" },
		{ F("amount", "!=", "3"), "amount != 3" },
		{ F("amount", "ne", "3"), "amount != 3" },
		{ F("amount", "neq", "3"), "amount != 3" },
		{ F("amount", "not_equal_to", "3"), "amount != 3" },
		{ F("amount", "does_not_equal", "3"), "amount != 3" },
		{ F("amount", ">", "3"), "amount > 3" },
		{ F("amount", "gt", "3"), "amount > 3" },
		{ F("amount", "<", "3"), "amount < 3" },
		{ F("amount", "lt", "3"), "amount < 3" },
		{ F("amount", ">=", "3"), "amount >= 3" },
		{ F("amount", "ge", "3"), "amount >= 3" },
		{ F("amount", "gte", "3"), "amount >= 3" },
		{ F("amount", "geq", "3"), "amount >= 3" },
		{ F("amount", "<=", "3"), "amount <= 3" },
		{ F("amount", "le", "3"), "amount <= 3" },
		{ F("amount", "lte", "3"), "amount <= 3" },
		{ F("amount", "leq", "3"), "amount <= 3" },
		{ F("kind", "like", "\"r%\""), "kind like 'r%'" },
		{ F("kind", "ilike", "\"R_d\""), "kind ilike 'R_d'" },
		{ F("amount", "in", "[1,2]"), "amount in [1,2]" },
		{ F("amount", "not_in", "[1,2]"), "not amount in [1,2]" },
		{ F("amount", "is_null", "\"\""), "amount null" },
		{ F("amount", "is_not_null", "\"\""), "not amount null" },
		{ "{\"name\":\"amount\",\"op\":\"is_null\"}", "amount null" },
		{ F("amount", "EQ", "3"), NULL },
		{ F("amount", "foo", "3"), NULL },
		{ F("amount", "", "3"), NULL },
		{ "{\"name\":\"amount\",\"val\":3}", NULL },
		{ "{\"name\":\"amount\",\"op\":3,\"val\":3}", NULL },
		{ "{\"name\":\"amount\",\"op\":null,\"val\":3}", NULL },
	};

	CHECK_FILTERS(cases);
}

static void
null_needs_the_null_tests(void **state)
{
	static const struct filter_case cases[] = {
		{ F("amount", "eq", "null"), NULL },
		{ "{\"name\":\"amount\",\"op\":\"eq\"}", NULL },
		{ F("amount", "in", "null"), NULL },
		{ F("notes", "any", "null"), NULL },
		{ "{\"name\":\"notes\",\"op\":\"any\"}", NULL },
		{ F("amount", "in", "[1,null]"), "amount in [1]" },
		{ F("amount", "not_in", "[1,null]"), "false" },
		{ F("amount", "in", "[]"), "false" },
		{ F("amount", "in", "[null]"), "false" },
		{ F("amount", "not_in", "[]"), "true" },
	};

	CHECK_FILTERS(cases);
}

static void
numbers_compare_beyond_what_a_field_holds(void **state)
{
	static const struct filter_case cases[] = {
		{ F("amount", "eq", "3.0"), "amount = 3" },
		{ F("amount", "eq", "\"3\""), "amount = 3" },
		{ F("amount", "eq", "\" +03 \""), "amount = 3" },
		{ F("amount", "eq", "\"-7\""), "amount = -7" },
		{ F("amount", "eq", "3.5"), "false" },
		{ F("amount", "ne", "3.5"), "not amount null" },
		{ F("amount", "gt", "3.5"), "amount > 3" },
		{ F("amount", "ge", "3.5"), "amount > 3" },
		{ F("amount", "lt", "3.5"), "amount <= 3" },
		{ F("amount", "le", "-3.5"), "amount <= -4" },
		{ F("amount", "eq", "99999999999999999999"), "false" },
		{ F("amount", "lt", "99999999999999999999"),
		    "not amount null" },
		{ F("amount", "gt", "-1e30"), "not amount null" },
		{ F("amount", "lt", "-1e30"), "false" },
		{ F("amount", "eq", "9223372036854775807"),
		    "amount = 9223372036854775807" },
		{ F("amount", "eq", "\"-9223372036854775808\""),
		    "amount = -9223372036854775808" },
		{ F("amount", "in", "[1,2.5,\"3\",1e40]"), "amount in [1,3]" },
		{ F("amount", "in", "[2.5]"), "false" },
		{ F("amount", "not_in", "[2.5]"), "not amount null" },
		{ F("price", "eq", "3"), "price = 3.0" },
		{ F("price", "lt", "\"2.5\""), "price < 2.5" },
		{ F("wait", "ge", "1.5"), "wait >= 1.5" },
		{ F("amount", "eq", "\"abc\""), NULL },
		{ F("amount", "eq", "\"\""), NULL },
		{ F("amount", "eq", "\"0x10\""), NULL },
		{ F("amount", "eq", "\"1 2\""), NULL },
		{ F("amount", "eq", "\"nan\""), NULL },
		{ F("price", "eq", "\"1e999\""), NULL },
		{ F("amount", "eq", "true"), NULL },
		{ F("amount", "eq", "[1]"), NULL },
		{ F("amount", "eq", "{}"), NULL },
		{ F("price", "eq", "\"abc\""), NULL },
	};

	CHECK_FILTERS(cases);
}

static void
texts_and_flags_take_what_people_write(void **state)
{
	static const struct filter_case cases[] = {
		{ F("imei", "eq", "\"13\""), "imei = '13'" },
		{ F("imei", "eq", "13"), "imei = '13'" },
		{ F("imei", "in", "[1,2,5]"), "imei in ['1','2','5']" },
		{ F("imei", "eq", "2.5"), "imei = '2.5'" },
		{ F("imei", "eq", "3.0"), "imei = '3'" },
		{ F("imei", "eq", "\"\""), "imei = ''" },
		{ F("imei", "eq", "\"it's \\u00e9\""), "imei = 'it's é'" },
		{ F("imei", "eq", "true"), NULL },
		{ F("imei", "eq", "[\"a\"]"), NULL },
		{ F("imei", "eq", "{}"), NULL },
		{ F("imei", "in", "\"abc\""), NULL },
		{ F("imei", "in", "3"), NULL },
		{ F("imei", "in", "true"), NULL },
		{ F("flag", "eq", "true"), "flag = 1" },
		{ F("flag", "eq", "false"), "flag = 0" },
		{ F("flag", "eq", "\"true\""), "flag = 1" },
		{ F("flag", "eq", "\"False\""), "flag = 0" },
		{ F("flag", "eq", "1"), "flag = 1" },
		{ F("flag", "eq", "0"), "flag = 0" },
		{ F("flag", "eq", "2"), NULL },
		{ F("flag", "eq", "\"maybe\""), NULL },
		{ F("flag", "eq", "\"\""), NULL },
		{ F("amount", "like", "\"1%\""), NULL },
		{ F("seen", "like", "\"2016%\""), NULL },
		{ F("kind", "like", "null"), NULL },
	};

	CHECK_FILTERS(cases);
}

static void
times_are_read_at_every_depth(void **state)
{
	static const struct filter_case cases[] = {
		{ F("seen", "gt", "\"2016-07-28T08:43:09.5\""),
		    "seen > 1469695389500000" },
		{ F("seen", "gt", "\"2016-07-28\""),
		    "seen > 1469664000000000" },
		{ F("seen", "eq", "\"2016-07-28T10:43:09.5+02:00\""),
		    "seen = 1469695389500000" },
		{ F("seen", "lt", "\"CURRENT_TIMESTAMP\""),
		    "seen < 1469695389500000" },
		{ F("seen", "lt", "\"LOCALTIMESTAMP\""),
		    "seen < 1469695389500000" },
		{ F("seen", "lt", "\"CURRENT_DATE\""),
		    "seen < 1469664000000000" },
		{ F("born", "eq", "\"CURRENT_DATE\""), "born = 17010" },
		{ F("born", "eq", "\"2016-07-28 23:59:59\""), "born = 17010" },
		{ F("born", "eq", "\"1969-12-31 01:00\""), "born = -1" },
		{ F("seen", "in", "[\"2016-07-28\",null]"),
		    "seen in [1469664000000000]" },
		{ "{\"or\":[" F("seen", "gt", "\"2016-07-28\"") "]}",
		    "seen > 1469664000000000" },
		{ F("seen", "gt", "\"soon\""), NULL },
		{ F("seen", "gt", "\"\""), NULL },
		{ F("seen", "gt", "\"  \""), NULL },
		{ F("seen", "gt", "1469664000"), NULL },
		{ F("seen", "gt", "true"), NULL },
		{ F("born", "gt", "\"soon\""), NULL },
	};

	CHECK_FILTERS(cases);
}

static void
json_compares_as_its_text(void **state)
{
	static const struct filter_case cases[] = {
		{ F("extra", "eq", "{\"a\": [1, 2.5]}"),
		    "extra = '{\"a\":[1,2.5]}'" },
		{ F("extra", "eq", "\"{\\\"a\\\": 1}\""),
		    "extra = '{\"a\":1}'" },
		{ F("extra", "eq", "\"abc\""), "extra = '\"abc\"'" },
		{ F("extra", "eq", "5"), "extra = '5'" },
		{ F("extra", "eq", "true"), "extra = 'true'" },
		{ F("extra", "like", "\"%abc%\""), "extra like '%abc%'" },
		{ F("hidden", "like", "\"%a%\""), NULL },
		{ F("hidden", "eq", "\"a\""), NULL },
		{ F("hidden", "in", "[]"), NULL },
		{ F("hidden", "is_null", "\"\""), "hidden null" },
		{ F("hidden", "is_not_null", "\"\""), "not hidden null" },
	};

	CHECK_FILTERS(cases);
}

#define FF(name, op, key, other) "{\"name\":\"" name "\",\"op\":\"" op \
	"\",\"" key "\":\"" other "\"}"

static void
fields_compare_with_fields(void **state)
{
	static const struct filter_case cases[] = {
		{ FF("amount", "gt", "field", "price"), "amount > price" },
		{ FF("amount", "gt", "fieldname", "price"), "amount > price" },
		{ "{\"name\":\"amount\",\"op\":\"eq\",\"val\":3,"
		    "\"field\":\"state\"}", "amount = state" },
		{ "{\"name\":\"amount\",\"op\":\"eq\",\"val\":3,"
		    "\"field\":\"\"}", "amount = 3" },
		{ "{\"name\":\"amount\",\"op\":\"eq\",\"val\":3,"
		    "\"field\":null}", "amount = 3" },
		{ FF("imei", "equals_to", "fieldname", "flag"), "false" },
		{ FF("imei", "ne", "field", "flag"),
		    "(not imei null and not flag null)" },
		{ FF("seen", "lt", "field", "born"), "false" },
		{ FF("imei", "like", "field", "kind"), "imei like kind" },
		{ FF("amount", "like", "field", "state"), "false" },
		{ FF("amount", "eq", "field", "nothing"), NULL },
		{ FF("amount", "eq", "field", "hub"), NULL },
		{ FF("amount", "eq", "field", "hub__size"), NULL },
		{ FF("hub__size", "eq", "field", "size"), NULL },
		{ FF("amount", "in", "field", "price"), NULL },
		{ FF("imei", "eq", "field", "device_key"), NULL },
		{ FF("extra", "eq", "field", "hidden"), NULL },
		{ "{\"name\":\"amount\",\"op\":\"eq\",\"field\":3}", NULL },
	};

	CHECK_FILTERS(cases);
}

static void
filters_nest_as_formulas(void **state)
{
	static const struct filter_case cases[] = {
		{ "{\"or\":[" F("amount", "eq", "1") ","
		    F("amount", "eq", "2") "]}", "(amount = 1 or amount = 2)" },
		{ "{\"and\":[" F("amount", "eq", "1") ",{\"or\":["
		    F("amount", "eq", "2") "]}]}",
		    "(amount = 1 and amount = 2)" },
		{ "{\"or\":[],\"and\":3}", "true" },
		{ "{\"and\":[]}", "true" },
		{ "{\"or\":[" F("amount", "eq", "1") "],\"and\":["
		    F("amount", "eq", "2") "],\"name\":5}", "amount = 1" },
		{ "{\"or\":{}}", NULL },
		{ "{\"or\":null}", NULL },
		{ "{\"or\":[3]}", NULL },
		{ "{\"or\":[[]]}", NULL },
		{ "{\"and\":[null]}", NULL },
		{ "{}", NULL },
		{ "3", NULL },
		{ "null", NULL },
		{ "\"x\"", NULL },
		{ F("amount", "eq", "1") "," F("price", "eq", "2"),
		    "(amount = 1 and price = 2.0)" },
		{ "{\"name\":\"amount\",\"op\":\"eq\",\"val\":1,"
		    "\"disjunction\":true}", "amount = 1" },
	};

	CHECK_FILTERS(cases);
}

static void
has_and_any_follow_relations(void **state)
{
	static const struct filter_case cases[] = {
		{ F("notes", "any", F("rank", "gt", "3")), "notes(rank > 3)" },
		{ F("hub", "has", F("name", "eq", "\"a\"")),
		    "hub(name = 'a')" },
		{ F("notes", "any", "{\"name\":\"body\",\"op\":\"is_null\"}"),
		    "notes(body null)" },
		{ F("notes", "any", F("person", "has",
		    F("name", "eq", "\"x\""))), "notes(person(name = 'x'))" },
		{ F("hub", "has", F("units", "any", F("amount", "eq", "1"))),
		    "hub(units(amount = 1))" },
		{ F("notes", "any", "{\"or\":[" F("rank", "eq", "1") ","
		    F("rank", "eq", "2") "]}"),
		    "notes((rank = 1 or rank = 2))" },
		{ F("notes", "any", FF("body", "eq", "field", "other")),
		    "notes(body = other)" },
		{ F("notes", "any", F("unit__amount", "eq", "1")),
		    "notes(unit(amount = 1))" },
		{ F("notes", "any", F("amount__unit", "eq", "1")),
		    "notes(unit(amount = 1))" },
		{ F("notes__rank", "any", "3"), "notes(rank = 3)" },
		{ F("notes__rank", "any", "[3,4]"), "notes(rank in [3,4])" },
		{ F("hub__size", "has", "\"3\""), "hub(size = 3)" },
		{ F("notes__rank", "any", F("body", "eq", "\"b\"")),
		    "notes(body = 'b')" },
		{ F("notes", "has", F("rank", "gt", "3")), NULL },
		{ F("hub", "any", F("name", "eq", "\"a\"")), NULL },
		{ F("notes", "any", "3"), NULL },
		{ F("notes", "any", "[3]"), NULL },
		{ F("notes", "any", "{}"), NULL },
		{ F("notes", "any", "{\"name\":\"rank\",\"val\":3}"), NULL },
		{ F("notes", "any", "{\"op\":\"eq\",\"val\":3}"), NULL },
		{ F("notes", "any", F("nothing", "eq", "3")), NULL },
		{ F("amount", "any", "3"), NULL },
		{ F("amount", "has", F("amount", "eq", "3")), NULL },
		{ F("nothing", "any", "3"), NULL },
		{ F("notes__nothing", "any", "3"), NULL },
		{ F("nothing__rank", "any", "3"), NULL },
		{ F("notes__rank", "any", "\"x\""), NULL },
	};

	CHECK_FILTERS(cases);
}

static void
fields_of_related_rows_compare(void **state)
{
	static const struct filter_case cases[] = {
		{ F("hub__size", "gt", "3"), "hub(size > 3)" },
		{ F("notes__body", "like", "\"a%\""), "notes(body like 'a%')" },
		{ F("notes__rank", "in", "[1]"), "notes(rank in [1])" },
		{ F("notes__rank", "not_in", "[1]"),
		    "notes(not rank in [1])" },
		{ F("hub__size", "is_null", "\"\""), "not hub()" },
		{ F("hub__size", "is_not_null", "\"\""), "hub()" },
		{ F("hub", "is_null", "\"\""), "not hub()" },
		{ F("notes", "is_not_null", "\"\""), "notes()" },
		{ F("hub", "eq", "3"), NULL },
		{ F("notes", "in", "[3]"), NULL },
		{ F("hub", "like", "\"x\""), NULL },
		{ F("hub__units__amount", "eq", "3"), NULL },
		{ F("hub__", "eq", "3"), NULL },
		{ F("__size", "eq", "3"), NULL },
	};

	CHECK_FILTERS(cases);
}

static void
names_must_exist(void **state)
{
	static const struct filter_case cases[] = {
		{ F("nothing", "eq", "3"), NULL },
		{ F("metadata", "eq", "3"), NULL },
		{ F("", "eq", "3"), NULL },
		{ F("Amount", "eq", "3"), NULL },
		{ "{\"op\":\"eq\",\"val\":3}", NULL },
		{ "{\"name\":null,\"op\":\"eq\",\"val\":3}", NULL },
		{ "{\"name\":3,\"op\":\"eq\",\"val\":3}", NULL },
		{ F("created_by", "eq", "\"me\""), "created_by = 'me'" },
	};

	CHECK_FILTERS(cases);
}

static void
secrets_are_refused_for_everybody(void **state)
{
	static const struct filter_case cases[] = {
		{ F("device_key", "eq", "\"k\""), NULL },
		{ F("device_key", "like", "\"k%\""), NULL },
		{ F("device_key", "is_null", "\"\""), NULL },
		{ F("hash", "eq", "\"k\""), NULL },
		{ F("notes", "any", F("unit__device_key", "eq", "\"k\"")),
		    NULL },
		{ F("notes", "any", F("unit", "has",
		    F("device_key", "gt", "\"k\""))), NULL },
		{ F("notes", "any", F("device_key__unit", "eq", "\"k\"")),
		    NULL },
	};
	struct rest_fixture *f = *state;
	struct plan p;

	CHECK_FILTERS(cases);
	assert_int_equal(plan(f, "{\"order_by\":[{\"field\":\"device_key\"}]}",
	    &p), HELIO_E_QUERY);
	assert_int_equal(plan(f, "{\"group_by\":[{\"field\":\"hash\"}]}", &p),
	    HELIO_E_QUERY);
	assert_int_equal(plan(f, "{\"order_by\":[{\"field\":\"hidden\"}]}", &p),
	    HELIO_E_QUERY);
}

static void
tables_that_one_may_not_read_are_closed(void **state)
{
	static const char *const closed[] = {
		"{\"filters\":[" F("owner", "has", F("name", "eq", "\"x\""))
		    "]}",
		"{\"filters\":[" F("owner__name", "like", "\"x%\"") "]}",
		"{\"filters\":[" F("notes", "any", F("person__name", "eq",
		    "\"x\"")) "]}",
		"{\"order_by\":[{\"field\":\"owner__name\"}]}",
		"{\"group_by\":[{\"field\":\"owner__name\"}]}",
	};
	struct rest_fixture *f = *state;
	struct plan p;
	size_t i;

	for (i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		assert_int_equal(plan_as(f, LEVEL_FACTORY, closed[i], &p),
		    HELIO_E_QUERY);
		assert_int_equal(plan_as(f, LEVEL_SYSTEM, closed[i], &p),
		    HELIO_OK);
	}
}

/* ---- the whole of q ---- */

static void
q_itself_may_be_wrong(void **state)
{
	static const struct {
		const char	*q;
		enum helio_rc	 rc;
	} cases[] = {
		{ "", HELIO_E_DECODE },
		{ " ", HELIO_E_DECODE },
		{ "x", HELIO_E_DECODE },
		{ "{", HELIO_E_DECODE },
		{ "{} x", HELIO_E_DECODE },
		{ "{\"single\":NaN}", HELIO_E_DECODE },
		{ "\xff", HELIO_E_DECODE },
		{ "null", HELIO_E_QUERY },
		{ "[]", HELIO_E_QUERY },
		{ "3", HELIO_E_QUERY },
		{ "\"x\"", HELIO_E_QUERY },
		{ "true", HELIO_E_QUERY },
		{ "99999999999999999999", HELIO_E_QUERY },
		{ "{}", HELIO_OK },
		{ "{\"whatever\":1,\"disjunction\":true}", HELIO_OK },
		{ "{\"filters\":{}}", HELIO_OK },
		{ "{\"filters\":\"\"}", HELIO_OK },
		{ "{\"filters\":[]}", HELIO_OK },
		{ "{\"filters\":\"x\"}", HELIO_E_QUERY },
		{ "{\"filters\":{\"name\":\"amount\"}}", HELIO_E_QUERY },
		{ "{\"filters\":null}", HELIO_E_QUERY },
		{ "{\"filters\":3}", HELIO_E_QUERY },
		{ "{\"filters\":[3]}", HELIO_E_QUERY },
		{ "{\"filters\":[null]}", HELIO_E_QUERY },
		{ "{\"filters\":[3],\"filters\":[]}", HELIO_OK },
	};
	struct rest_fixture *f = *state;
	struct plan p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (plan(f, cases[i].q, &p) != cases[i].rc)
			fail_msg("%s: %s", cases[i].q, rc_code(f->err.rc));
}

static void
faults_say_where(void **state)
{
	static const struct {
		const char	*q, *faults;
	} cases[] = {
		{ "{\"filters\":[{\"name\":\"amount\",\"op\":\"foo\"}]}",
		    "filters[0].op: unknown operator 'foo'" },
		{ "{\"filters\":[{\"or\":[{\"and\":[{\"op\":\"eq\"}]}]}]}",
		    "filters[0].or[0].and[0].name: is missing" },
		{ "{\"filters\":[{},3]}", "filters[0].op: is missing" },
		{ "{\"filters\":[" F("notes", "any", F("x", "eq", "1")) "]}",
		    "filters[0].val.name: note has no field 'x'" },
		{ "{\"filters\":[" F("amount", "eq", "\"x\"") "]}",
		    "filters[0].val: 'amount' must be a whole number" },
		{ "{\"order_by\":[{\"field\":\"x\"}]}",
		    "order_by[0].field: unit has no field 'x'" },
		{ "{\"limit\":-1}", "limit: must be a whole number from 0" },
		{ "[]", "q: must be an object" },
	};
	struct rest_fixture *f = *state;
	struct plan p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(plan(f, cases[i].q, &p), HELIO_E_QUERY);
		assert_string_equal(err_message(&f->err),
		    "Unable to construct query");
		assert_string_equal(rest_show_faults(f->arena, &f->err),
		    cases[i].faults);
	}
}

struct order_case {
	const char	*list;
	const char	*want;		/* NULL: refused */
};

static void
check_order(struct rest_fixture *f, const char *member,
    const struct order_case *c, size_t n)
{
	bool grouping = strcmp(member, "group_by") == 0;
	const char *q, *got;
	struct plan p;

	for (; n > 0; n--, c++) {
		q = arena_printf(f->arena, "{\"%s\":%s}", member, c->list);
		if (plan(f, q, &p) != HELIO_OK) {
			if (c->want != NULL)
				fail_msg("%s refused", q);
			continue;
		}
		got = grouping ? rest_show_order(f->arena, p.query.group,
		    p.query.n_group) : rest_show_order(f->arena,
		    p.query.order, p.query.n_order);
		if (c->want == NULL)
			fail_msg("%s not refused", q);
		assert_string_equal(got, c->want);
	}
}

static void
order_by_takes_fields_and_directions(void **state)
{
	static const struct order_case cases[] = {
		{ "[]", "" },
		{ "[{\"field\":\"amount\"}]", "amount" },
		{ "[{\"field\":\"amount\",\"direction\":\"desc\"},"
		    "{\"field\":\"price\",\"direction\":\"asc\"}]",
		    "-amount,price" },
		{ "[{\"field\":\"hub__size\",\"direction\":\"desc\"}]",
		    "-hub.size" },
		{ "[{\"field\":\"notes__rank\"}]", "notes.rank" },
		{ "[{\"field\":\"amount\",\"direction\":\"ASC\"}]", NULL },
		{ "[{\"field\":\"amount\",\"direction\":\"up\"}]", NULL },
		{ "[{\"field\":\"amount\",\"direction\":\"\"}]", NULL },
		{ "[{\"field\":\"amount\",\"direction\":null}]", NULL },
		{ "[{\"field\":\"amount\",\"extra\":1}]", NULL },
		{ "[{\"direction\":\"asc\"}]", NULL },
		{ "[{\"field\":\"nothing\"}]", NULL },
		{ "[{\"field\":\"hub\"}]", NULL },
		{ "[{\"field\":3}]", NULL },
		{ "[\"amount\"]", NULL },
		{ "null", NULL },
		{ "{}", NULL },
		{ "\"amount\"", NULL },
	};

	check_order(*state, "order_by", cases,
	    sizeof(cases) / sizeof(cases[0]));
}

static void
group_by_takes_fields(void **state)
{
	static const struct order_case cases[] = {
		{ "[]", "" },
		{ "[{\"field\":\"kind\"},{\"field\":\"hub_id\"}]",
		    "kind,hub_id" },
		{ "[{\"field\":\"hub__size\"}]", "hub.size" },
		{ "[{\"field\":\"kind\",\"direction\":\"asc\"}]", NULL },
		{ "[{\"field\":\"nothing\"}]", NULL },
		{ "[\"kind\"]", NULL },
		{ "null", NULL },
	};

	check_order(*state, "group_by", cases,
	    sizeof(cases) / sizeof(cases[0]));
}

static void
limit_and_offset_are_counts(void **state)
{
	static const struct {
		const char	*value;
		int64_t		 want;	/* -2: refused; 0: none */
	} cases[] = {
		{ "5", 5 }, { "\"5\"", 5 }, { "\" 5 \"", 5 }, { "2.9", 2 },
		{ "true", 1 }, { "false", 0 }, { "0", 0 }, { "null", 0 },
		{ "0.5", 0 }, { "\"2.5\"", -2 }, { "\"abc\"", -2 },
		{ "\"\"", -2 }, { "[]", -2 }, { "{}", -2 }, { "-1", -2 },
		{ "-1.5", -2 }, { "1e30", -2 }, { "99999999999999999999", -2 },
	};
	struct rest_fixture *f = *state;
	struct plan p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *q = arena_printf(f->arena,
		    "{\"limit\":%s,\"offset\":%s}", cases[i].value,
		    cases[i].value);

		if (cases[i].want == -2) {
			assert_int_equal(plan(f, q, &p), HELIO_E_QUERY);
			continue;
		}
		assert_int_equal(plan(f, q, &p), HELIO_OK);
		assert_int_equal(p.query.limit,
		    cases[i].want != 0 ? cases[i].want : -1);
		assert_int_equal(p.query.offset, cases[i].want);
	}
}

static void
single_is_whatever_is_true(void **state)
{
	static const struct {
		const char	*value;
		bool		 want;
	} cases[] = {
		{ "true", true }, { "1", true }, { "\"false\"", true },
		{ "[0]", true }, { "0.5", true }, { "{\"a\":1}", true },
		{ "false", false }, { "0", false }, { "\"\"", false },
		{ "[]", false }, { "{}", false }, { "null", false },
	};
	struct rest_fixture *f = *state;
	struct plan p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(plan(f, arena_printf(f->arena,
		    "{\"single\":%s}", cases[i].value), &p), HELIO_OK);
		assert_int_equal(p.single, cases[i].want);
	}
}

/* ---- bounds ---- */

/* A q of one filter inside n others. */
static const char *
nested(struct rest_fixture *f, unsigned n)
{
	struct buf out = BUF_INIT;
	const char *q;
	unsigned i;

	buf_adds(&out, "{\"filters\":[");
	for (i = 0; i < n; i++)
		buf_adds(&out, "{\"or\":[");
	buf_adds(&out, F("amount", "eq", "1"));
	for (i = 0; i < n; i++)
		buf_adds(&out, "]}");
	buf_adds(&out, "]}");
	q = arena_strndup(f->arena, out.data, out.len);
	buf_free(&out);
	return q;
}

static void
depth_is_bounded(void **state)
{
	struct rest_fixture *f = *state;
	struct plan p;

	assert_int_equal(plan(f, nested(f, PLAN_DEPTH - 1), &p), HELIO_OK);
	assert_int_equal(plan(f, nested(f, PLAN_DEPTH), &p), HELIO_E_QUERY);
	assert_int_equal(plan(f, nested(f, 900), &p), HELIO_E_QUERY);
}

static void
relations_nest_as_deep_as_the_store_takes_them(void **state)
{
	struct rest_fixture *f = *state;
	const char *filter = F("amount", "eq", "1");
	struct plan p;
	unsigned i;

	for (i = 0; i < 4; i++)
		filter = arena_printf(f->arena, "{\"name\":\"%s\","
		    "\"op\":\"%s\",\"val\":%s}", i % 2 ? "hub" : "units",
		    i % 2 ? "has" : "any", filter);
	assert_int_equal(plan(f, arena_printf(f->arena,
	    "{\"filters\":[%s]}", filter), &p), HELIO_OK);
	for (i = 4; i < 6; i++)
		filter = arena_printf(f->arena, "{\"name\":\"%s\","
		    "\"op\":\"%s\",\"val\":%s}", i % 2 ? "hub" : "units",
		    i % 2 ? "has" : "any", filter);
	assert_int_equal(plan(f, arena_printf(f->arena,
	    "{\"filters\":[%s]}", filter), &p), HELIO_E_QUERY);
}

/* {"<head>": [<item>, <item> ..]} */
static const char *
repeated(struct rest_fixture *f, const char *head, const char *item,
    const char *tail, unsigned n)
{
	struct buf out = BUF_INIT;
	const char *q;
	unsigned i;

	buf_adds(&out, head);
	for (i = 0; i < n; i++)
		buf_addf(&out, "%s%s", i > 0 ? "," : "", item);
	buf_adds(&out, tail);
	q = arena_strndup(f->arena, out.data, out.len);
	buf_free(&out);
	return q;
}

static void
conditions_are_bounded(void **state)
{
	struct rest_fixture *f = *state;
	const char *one = F("amount", "eq", "1");
	const char *ten;
	struct plan p;

	assert_int_equal(plan(f, repeated(f, "{\"filters\":[", one, "]}",
	    PLAN_CONDITIONS), &p), HELIO_OK);
	assert_int_equal(plan(f, repeated(f, "{\"filters\":[", one, "]}",
	    PLAN_CONDITIONS + 1), &p), HELIO_E_QUERY);
	ten = repeated(f, "{\"or\":[", one, "]}", 9);
	assert_int_equal(plan(f, repeated(f, "{\"filters\":[", ten, "]}", 25),
	    &p), HELIO_OK);
	assert_int_equal(plan(f, repeated(f, "{\"filters\":[", ten, "]}", 26),
	    &p), HELIO_E_QUERY);
}

static void
lists_are_bounded(void **state)
{
	struct rest_fixture *f = *state;
	const char *head = "{\"name\":\"amount\",\"op\":\"in\",\"val\":[";
	const char *full = repeated(f, head, "1", "]}", PLAN_LIST_VALUES);
	const char *over = repeated(f, head, "1", "]}", PLAN_LIST_VALUES + 1);
	struct plan p;

	assert_int_equal(plan(f, repeated(f, "{\"filters\":[", full, "]}", 3),
	    &p), HELIO_OK);
	assert_int_equal(plan(f, repeated(f, "{\"filters\":[", full, "]}", 4),
	    &p), HELIO_E_QUERY);
	assert_int_equal(plan(f, repeated(f, "{\"filters\":[", over, "]}", 1),
	    &p), HELIO_E_QUERY);
}

static void
terms_are_bounded(void **state)
{
	struct rest_fixture *f = *state;
	const char *term = "{\"field\":\"amount\"}";
	struct plan p;

	assert_int_equal(plan(f, repeated(f, "{\"order_by\":[", term, "]}",
	    PLAN_TERMS), &p), HELIO_OK);
	assert_int_equal(plan(f, repeated(f, "{\"order_by\":[", term, "]}",
	    PLAN_TERMS + 1), &p), HELIO_E_QUERY);
}

int
main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, rest_setup, rest_teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_operator_has_its_aliases),
		TEST(null_needs_the_null_tests),
		TEST(numbers_compare_beyond_what_a_field_holds),
		TEST(texts_and_flags_take_what_people_write),
		TEST(times_are_read_at_every_depth),
		TEST(json_compares_as_its_text),
		TEST(fields_compare_with_fields),
		TEST(filters_nest_as_formulas),
		TEST(has_and_any_follow_relations),
		TEST(fields_of_related_rows_compare),
		TEST(names_must_exist),
		TEST(secrets_are_refused_for_everybody),
		TEST(tables_that_one_may_not_read_are_closed),
		TEST(q_itself_may_be_wrong),
		TEST(faults_say_where),
		TEST(order_by_takes_fields_and_directions),
		TEST(group_by_takes_fields),
		TEST(limit_and_offset_are_counts),
		TEST(single_is_whatever_is_true),
		TEST(depth_is_bounded),
		TEST(relations_nest_as_deep_as_the_store_takes_them),
		TEST(conditions_are_bounded),
		TEST(lists_are_bounded),
		TEST(terms_are_bounded),
	};

	return cmocka_run_group_tests_name("rest_plan", tests, NULL, NULL);
}
