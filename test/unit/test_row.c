/* test_row.c - rows by name, and rows as JSON */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sql_fixture.h"
#include "store/row_json.h"

static struct row *
product(struct sql_fixture *f)
{
	struct row *row = row_new(f->arena, fx_table(f, "product"));

	row_set_text(row, "product_imei", "a");
	row_set_int(row, "hub_id", 7);
	row_set(row, "power", value_float(0.1));
	row_set_int(row, "flag", 1);
	row_set_null(row, "name");
	return row;
}

/* Borrowed until the next call. */
static const char *
json(struct sql_fixture *f, const struct row *row, enum level reader)
{
	struct json_write w;

	buf_reset(&f->sql.text);
	jw_start(&w, &f->sql.text);
	row_write_json(&w, row, reader);
	return f->sql.text.data;
}

static const char *
exported(struct sql_fixture *f, const struct row *row)
{
	struct json_write w;

	buf_reset(&f->sql.text);
	jw_start(&w, &f->sql.text);
	row_write_export(&w, row);
	return f->sql.text.data;
}

/* ---- by name ---- */

static void
values_are_kept_by_name(void **state)
{
	struct row *row = product(*state);

	assert_string_equal(row_text(row, "product_imei"), "a");
	assert_int_equal(row_int(row, "hub_id"), 7);
	assert_true(row_float(row, "power") == 0.1);
	assert_true(row_bool(row, "flag"));
	assert_true(row_is_null(row, "name"));
	assert_string_equal(row_key(row).s, "a");
	assert_int_equal(row_get(row, "hub_id").type, VALUE_INT);
}

static void
what_is_null_or_of_another_type_reads_as_nothing(void **state)
{
	struct row *row = product(*state);

	assert_int_equal(row_int(row, "name"), 0);
	assert_true(row_float(row, "name") == 0);
	assert_false(row_bool(row, "word"));
	assert_null(row_text(row, "hub_id"));
	assert_true(row_is_null(row, "born"));
	assert_true(row_float(row, "hub_id") == 7);
}

static void
null_text_is_null(void **state)
{
	struct row *row = product(*state);

	row_set_text(row, "word", NULL);
	assert_true(row_is_null(row, "word"));
	assert_true(row_has(row, schema_field(row->table, "word")));
	assert_false(row_has(row, schema_field(row->table, "born")));
}

static void
copies_are_deep_and_terminated(void **state)
{
	struct sql_fixture *f = *state;
	struct row *row = product(f), *copy;
	char name[3] = { 'x', 'y', 'z' };

	row_set(row, "name", value_textn(name, 2));
	copy = row_copy(f->arena, row);
	name[0] = 'q';
	row_set_int(row, "hub_id", 8);
	assert_string_equal(row_text(copy, "name"), "xy");
	assert_int_equal(row_int(copy, "hub_id"), 7);
	assert_int_equal(copy->set, row->set);
}

/* ---- as JSON ---- */

static void
members_come_in_the_order_of_their_names(void **state)
{
	struct sql_fixture *f = *state;

	assert_string_equal(json(f, product(f), LEVEL_OVERVIEW),
	    "{\"flag\":true,"
	    "\"hub_id\":7,\"name\":null,\"power\":0.1,\"product_imei\":\"a\"}");
}

static void
every_type_has_its_form(void **state)
{
	struct sql_fixture *f = *state;
	struct row *row = row_new(f->arena, fx_table(f, "product"));

	row_set_int(row, "born", 17045);
	row_set_int(row, "flag", 0);
	row_set_int(row, "seen", INT64_C(1470070800000001));
	row_set(row, "wait", value_float(1.5));
	row_set_text(row, "word", "\"\n\xc3\xa9");
	assert_string_equal(json(f, row, LEVEL_OVERVIEW),
	    "{\"born\":\"2016-09-01\",\"flag\":false,"
	    "\"seen\":\"2016-08-01T17:00:00.000001\",\"wait\":1.5,"
	    "\"word\":\"\\\"\\n\xc3\xa9\"}");
	row = row_new(f->arena, fx_table(f, "part"));
	row_set_text(row, "properties", "[1,{\"a\":null}]");
	assert_string_equal(json(f, row, LEVEL_OVERVIEW),
	    "{\"properties\":[1,{\"a\":null}]}");
}

static void
secrets_are_shown_by_level(void **state)
{
	struct sql_fixture *f = *state;
	struct row *row = row_new(f->arena, fx_table(f, "product"));

	row_set_text(row, "device_key", "k");
	row_set_text(row, "hash", "h");
	assert_string_equal(json(f, row, LEVEL_ADMIN), "{}");
	assert_string_equal(json(f, row, LEVEL_FACTORY),
	    "{\"device_key\":\"k\"}");
	assert_string_equal(json(f, row, LEVEL_SYSTEM),
	    "{\"device_key\":\"k\"}");
}

static void
export_has_everything_in_field_order(void **state)
{
	struct sql_fixture *f = *state;
	struct row *row = product(f);

	row_set_text(row, "hash", "h");
	row_set_text(row, "device_key", "k");
	row_set_int(row, "seen", -1);
	assert_string_equal(exported(f, row), "{\"product_imei\":\"a\","
	    "\"hub_id\":7,\"name\":null,\"power\":0.1,\"flag\":true,"
	    "\"seen\":\"1969-12-31T23:59:59.999999\",\"device_key\":\"k\","
	    "\"hash\":\"h\"}");
}

/* ---- masked members ---- */

static const char *
masked(struct sql_fixture *f, const char *text)
{
	struct row *row = row_new(f->arena, fx_table(f, "part"));
	const char *out;

	row_set_text(row, "properties", text);
	out = strstr(json(f, row, LEVEL_ADMIN), ":");
	assert_non_null(out);
	f->sql.text.data[f->sql.text.len - 1] = '\0';
	return out + 1;
}

static void
masked_members_are_cut_out(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "{}", "{}" },
		{ "{\"a\":1}", "{\"a\":1}" },
		{ "{\"device_key\":\"k\"}", "{}" },
		{ "{\"device_key\":\"k\",\"a\":1}", "{\"a\":1}" },
		{ "{\"a\":1,\"device_key\":\"k\"}", "{\"a\":1}" },
		{ "{\"a\":1,\"device_key\":{\"x\":[2]},\"b\":2}",
		    "{\"a\":1,\"b\":2}" },
		{ "{\"device_key\":1,\"device_key\":2}", "{}" },
		{ "{\"device_key\":1,\"device_key\":2,\"a\":3}", "{\"a\":3}" },
		{ "{\"device_key\":1,\"a\":3,\"device_key\":2,\"b\":4}",
		    "{\"a\":3,\"b\":4}" },
		{ "{\"a\":{\"device_key\":1},\"b\":2}", "{\"a\":{},\"b\":2}" },
		{ "[{\"device_key\":1},{\"b\":[{\"device_key\":[]}]}]",
		    "[{},{\"b\":[{}]}]" },
		{ "{\"device\\u005fkey\":1,\"b\":2.50}", "{\"b\":2.50}" },
		{ "{ \"device_key\" : 1 , \"b\" : 2 }", "{ \"b\" : 2 }" },
		{ "{\"a\":\"device_key\"}", "{\"a\":\"device_key\"}" },
		{ "\"device_key\"", "\"device_key\"" },
		{ "17", "17" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(masked(*state, rows[i].text),
		    rows[i].shown);
}

static void
unreadable_json_is_hidden(void **state)
{
	static const char *const rows[] = {
		"", "{", "{\"a\":1", "{\"device_key\":", "{\"device_key\":}",
		"{\"a\":1}}", "nul", "{\"a\":\"\xff\"}",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(masked(*state, rows[i]), "null");
}

static void
who_may_see_masked_members_does(void **state)
{
	struct sql_fixture *f = *state;
	struct row *row = row_new(f->arena, fx_table(f, "part"));

	row_set_text(row, "properties", "{\"device_key\":1}");
	assert_string_equal(json(f, row, LEVEL_FACTORY),
	    "{\"properties\":{\"device_key\":1}}");
	assert_string_equal(exported(f, row),
	    "{\"properties\":{\"device_key\":1}}");
}

#define T(name) cmocka_unit_test_setup_teardown(name, sql_fixture_setup, \
	sql_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(values_are_kept_by_name),
		T(what_is_null_or_of_another_type_reads_as_nothing),
		T(null_text_is_null),
		T(copies_are_deep_and_terminated),
		T(members_come_in_the_order_of_their_names),
		T(every_type_has_its_form),
		T(secrets_are_shown_by_level),
		T(export_has_everything_in_field_order),
		T(masked_members_are_cut_out),
		T(unreadable_json_is_hidden),
		T(who_may_see_masked_members_does),
	};

	return cmocka_run_group_tests_name("row", tests, NULL, NULL);
}
