/* test_rest_validate.c - bodies of POST and PUT, and keys in paths */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "rest/validate.h"
#include "rest_fixture.h"

/* A body for a table, and what it makes. */
struct body_case {
	const char	*body;
	const char	*row;		/* the set fields; NULL: any */
	const char	*faults;
};

struct body_check {
	struct rest_fixture *f;
	struct validate_input in;
};

static struct body_check
check_new(struct rest_fixture *f, const char *table, const char *key)
{
	return (struct body_check){
		.f = f,
		.in = {
			.arena = f->arena,
			.table = schema_table(f->schema, table),
			.writer = LEVEL_ADMIN,
			.key = key,
			.now_us = REST_NOW_US,
		},
	};
}

static void
check_body(struct body_check *check, const struct body_case *c)
{
	struct rest_fixture *f = check->f;
	json_t *body = json_loads(c->body, 0, NULL);
	struct row *row = NULL;
	enum helio_rc rc;

	assert_non_null(body);
	check->in.body = body;
	err_clear(&f->err);
	rc = validate_body(&check->in, &row, &f->err);
	assert_non_null(row);
	if (strcmp(rest_show_faults(f->arena, &f->err), c->faults) != 0)
		fail_msg("%s: %s", c->body,
		    rest_show_faults(f->arena, &f->err));
	assert_int_equal(rc,
	    c->faults[0] != '\0' ? HELIO_E_INVALID : HELIO_OK);
	if (c->row != NULL &&
	    strcmp(rest_show_row(f->arena, row), c->row) != 0)
		fail_msg("%s: %s", c->body, rest_show_row(f->arena, row));
	json_decref(body);
}

static void
check_bodies(struct body_check check, const struct body_case *c, size_t n)
{
	for (; n > 0; n--, c++)
		check_body(&check, c);
}

#define CHECK(table, key, cases) \
	check_bodies(check_new(*state, table, key), cases, \
	    sizeof(cases) / sizeof((cases)[0]))

static void
values_are_converted_by_type(void **state)
{
	static const struct body_case cases[] = {
		{ "{}", "", "" },
		{ "{\"amount\": 3}", "amount=3", "" },
		{ "{\"amount\": 3.0}", "amount=3", "" },
		{ "{\"amount\": \"3\"}", "amount=3", "" },
		{ "{\"amount\": null}", "amount=null", "" },
		{ "{\"price\": 3}", "price=3.0", "" },
		{ "{\"price\": \"2.5\"}", "price=2.5", "" },
		{ "{\"flag\": true}", "flag=1", "" },
		{ "{\"kind\": \"red\"}", "kind='red'", "" },
		{ "{\"seen\": \"2016-07-28 08:43:09.5\"}",
		    "seen=1469695389500000", "" },
		{ "{\"seen\": \"Thu, July 28th 2016\"}",
		    "seen=1469664000000000", "" },
		{ "{\"seen\": \"CURRENT_TIMESTAMP\"}",
		    "seen=1469695389500000", "" },
		{ "{\"seen\": \"\"}", "seen=null", "" },
		{ "{\"born\": \"2016-07-28T23:00:00\"}", "born=17010", "" },
		{ "{\"wait\": 12.5}", "wait=12.5", "" },
		{ "{\"extra\": {\"b\": [1, 0.1, null], \"a\": \"x\"}}",
		    "extra='{\"b\":[1,0.1,null],\"a\":\"x\"}'", "" },
		{ "{\"extra\": \"x\"}", "extra='\"x\"'", "" },
		{ "{\"extra\": \"[1]\"}", "extra='\"[1]\"'", "" },
		{ "{\"extra\": null}", "extra=null", "" },
		{ "{\"hub_id\": 7}", "hub_id=7", "" },
	};

	CHECK("unit", "a", cases);
}

static void
wrong_values_are_named(void **state)
{
	static const struct body_case cases[] = {
		{ "{\"amount\": \"x\"}", "", "amount: must be a whole number" },
		{ "{\"amount\": \"\"}", "", "amount: must be a whole number" },
		{ "{\"amount\": 3.5}", "", "amount: must be a whole number" },
		{ "{\"amount\": true}", "", "amount: must be a whole number" },
		{ "{\"amount\": []}", "", "amount: must be a whole number" },
		{ "{\"amount\": 1e30}", "", "amount: is out of range" },
		{ "{\"amount\": \"9223372036854775808\"}", "",
		    "amount: is out of range" },
		{ "{\"price\": \"x\"}", "", "price: must be a number" },
		{ "{\"price\": \"inf\"}", "", "price: must be a number" },
		{ "{\"wait\": {}}", "", "wait: must be a number" },
		{ "{\"flag\": 1}", "", "flag: must be true or false" },
		{ "{\"flag\": \"true\"}", "", "flag: must be true or false" },
		{ "{\"flag\": null}", "", "flag: must not be null" },
		{ "{\"kind\": 3}", "", "kind: must be a text" },
		{ "{\"kind\": \"blue\"}", "",
		    "kind: must be one of: red, green" },
		{ "{\"kind\": null}", "", "kind: must not be null" },
		{ "{\"seen\": 3}", "",
		    "seen: must be a date and time as text" },
		{ "{\"born\": true}", "",
		    "born: must be a date and time as text" },
	};

	CHECK("unit", "a", cases);
}

static void
unreadable_times_are_named(void **state)
{
	static const char *const bodies[] = {
		"{\"seen\": \"soon\"}", "{\"seen\": \"2016-13-01\"}",
		"{\"seen\": \"Jan 2016\"}",
	};
	struct rest_fixture *f = *state;
	struct body_check check = check_new(f, "unit", "a");
	struct row *row;
	json_t *body;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		body = json_loads(bodies[i], 0, NULL);
		check.in.body = body;
		err_clear(&f->err);
		assert_int_equal(validate_body(&check.in, &row, &f->err),
		    HELIO_E_INVALID);
		assert_int_equal(f->err.n_faults, 1);
		assert_string_equal(f->err.fault[0].field, "seen");
		assert_true(f->err.fault[0].text[0] != '\0');
		json_decref(body);
	}
}

static void
all_bad_members_are_named_at_once(void **state)
{
	static const struct body_case cases[] = {
		{ "{\"amount\": \"x\", \"price\": 1, \"nothing\": 1, "
		    "\"flag\": 7}", "price=1.0",
		    "amount: must be a whole number; "
		    "nothing: is no field of this table; "
		    "flag: must be true or false; "
		    "imei: is required; kind: is required" },
	};

	CHECK("unit", NULL, cases);
}

static void
lengths_count_characters(void **state)
{
	static const struct body_case cases[] = {
		{ "{\"name\": \"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9"
		    "\\u00e9\\u00e9\"}", NULL, "" },
		{ "{\"name\": \"123456789\"}", "",
		    "name: must have at most 8 characters" },
	};

	CHECK("hub", "1", cases);
}

static void
post_wants_what_is_required(void **state)
{
	static const struct body_case unit[] = {
		{ "{\"imei\": \"a\", \"kind\": \"red\"}",
		    "imei='a' kind='red'", "" },
		{ "{\"imei\": \"\", \"kind\": \"red\"}", "kind='red'",
		    "imei: must have 1 to 255 bytes" },
		{ "{\"imei\": null, \"kind\": \"red\"}", "kind='red'",
		    "imei: must not be null" },
		{ "{\"imei\": \"12345678901234567\", \"kind\": \"red\"}",
		    "kind='red'", "imei: must have at most 16 characters" },
		{ "{}", "", "imei: is required; kind: is required" },
	};
	static const struct body_case hub[] = {
		{ "{\"name\": \"a\"}", "name='a'", "" },
		{ "{}", "", "name: is required" },
	};

	CHECK("unit", NULL, unit);
	CHECK("hub", NULL, hub);
}

static void
what_the_system_sets_is_ignored(void **state)
{
	static const struct body_case cases[] = {
		{ "{\"hub_id\": 9, \"name\": \"a\", \"created_at\": \"x\", "
		    "\"created_by\": 3, \"modified_at\": null, "
		    "\"modified_by\": \"me\"}", "name='a'", "" },
	};

	CHECK("hub", NULL, cases);
	CHECK("hub", "1", cases);
}

static void
the_key_of_the_path_stays(void **state)
{
	static const struct body_case unit[] = {
		{ "{\"imei\": \"a\"}", "", "" },
		{ "{\"imei\": \"b\"}", "",
		    "imei: is the key and cannot be changed" },
		{ "{\"imei\": null}", "",
		    "imei: is the key and cannot be changed" },
	};
	static const struct body_case network[] = {
		{ "{\"mccmnc\": 20801}", "", "" },
		{ "{\"mccmnc\": \"20801\"}", "", "" },
		{ "{\"mccmnc\": 20802}", "",
		    "mccmnc: is the key and cannot be changed" },
	};

	CHECK("unit", "a", unit);
	CHECK("network", "20801", network);
}

static void
some_fields_are_not_the_callers(void **state)
{
	static const struct body_case cases[] = {
		{ "{\"state\": 3}", "",
		    "state: is set by units/<imei>/change_state" },
		{ "{\"device_key\": \"k\"}", "", "device_key: cannot be set" },
		{ "{\"hash\": \"k\"}", "", "hash: cannot be set" },
		{ "{\"notes\": []}", "",
		    "notes: is a relation and cannot be set here" },
	};

	CHECK("unit", "a", cases);
}

static void
put_names_the_first_unknown_field(void **state)
{
	struct rest_fixture *f = *state;
	static const struct body_case c[] = {
		{ "{\"amount\": 1, \"x\": 1, \"y\": 1}", "amount=1",
		    "x: is no field of this table; "
		    "y: is no field of this table" },
	};

	CHECK("unit", "a", c);
	assert_string_equal(err_message(&f->err),
	    "Model does not have field 'x'");
}

static void
forms_hold_texts(void **state)
{
	static const struct body_case cases[] = {
		{ "{\"amount\": \"3\", \"price\": \"2.5\", \"flag\": \"True\"}",
		    "amount=3 price=2.5 flag=1", "" },
		{ "{\"flag\": \"0\", \"kind\": \"red\"}", "kind='red' flag=0",
		    "" },
		{ "{\"amount\": \"\", \"price\": \" \", \"extra\": \"null\"}",
		    "amount=null price=null extra=null", "" },
		{ "{\"extra\": \"[1, 2]\"}", "extra='[1,2]'", "" },
		{ "{\"extra\": \"5\"}", "extra='5'", "" },
		{ "{\"extra\": \"plain text\"}", "extra='\"plain text\"'", "" },
		{ "{\"amount\": \"x\"}", "", "amount: must be a whole number" },
		{ "{\"flag\": \"\"}", "", "flag: must not be null" },
	};
	struct body_check check = check_new(*state, "unit", "a");

	check.in.form = true;
	check_bodies(check, cases, sizeof(cases) / sizeof(cases[0]));
}

static void
json_fields_nest_only_so_deep(void **state)
{
	struct rest_fixture *f = *state;
	struct body_check check = check_new(f, "unit", "a");
	char deep[256] = "{\"extra\": ";
	struct body_case c = { deep, "", "extra: is nested too deeply" };
	size_t i;

	for (i = 0; i < 33; i++)
		strcat(deep, "[");
	for (i = 0; i < 33; i++)
		strcat(deep, "]");
	strcat(deep, "}");
	check_body(&check, &c);
}

static void
networks_number_themselves(void **state)
{
	static const struct body_case post[] = {
		{ "{\"name\": \"a\", \"mcc\": 208, \"mnc\": 1}",
		    "mccmnc=20801 name='a' mcc=208 mnc=1", "" },
		{ "{\"name\": \"a\", \"mcc\": 310, \"mnc\": 260}",
		    "mccmnc=310260 name='a' mcc=310 mnc=260", "" },
		{ "{\"name\": \"a\", \"mccmnc\": 5, \"mcc\": 310, "
		    "\"mnc\": 260}",
		    "mccmnc=5 name='a' mcc=310 mnc=260", "" },
		{ "{\"name\": \"a\", \"mcc\": 208}", NULL,
		    "mccmnc: is required" },
		{ "{\"name\": \"a\", \"mcc\": -1, \"mnc\": 1000}", NULL,
		    "mcc: must be 0 to 999; mnc: must be 0 to 999; "
		    "mccmnc: is required" },
	};
	static const struct body_case put[] = {
		{ "{\"mcc\": 208, \"mnc\": 1}", "mcc=208 mnc=1", "" },
	};

	CHECK("network", NULL, post);
	CHECK("network", "20801", put);
}

static void
users_have_passwords_that_are_hashed(void **state)
{
	static const struct body_case cases[] = {
		{ "{\"username\": \"me\"}", "username='me'",
		    "password: must be a text of 8 to 1024 characters" },
		{ "{\"username\": \"me\", \"password\": \"short\"}",
		    "username='me'",
		    "password: must be a text of 8 to 1024 characters" },
		{ "{\"username\": \"me\", \"password\": 12345678}", NULL,
		    "password: must be a text of 8 to 1024 characters" },
		{ "{\"username\": \"me\", \"password\": \"long enough\", "
		    "\"password_hash\": \"x\"}", "username='me'",
		    "password_hash: cannot be set" },
		{ "{\"username\": \"me\", \"password\": \"long enough\"}",
		    NULL, "" },
	};
	struct rest_fixture *f = *state;
	struct body_check check = check_new(f, "user", NULL);
	struct row *row;
	json_t *body;

	assert_true(crypto_start());
	CHECK("user", NULL, cases);
	body = json_loads("{\"password\":\"long enough\"}", 0, NULL);
	check.in.body = body;
	check.in.key = "1";
	err_clear(&f->err);
	assert_int_equal(validate_body(&check.in, &row, &f->err), HELIO_OK);
	assert_true(password_verify(row_text(row, "password_hash"),
	    "long enough"));
	json_decref(body);
}

static void
keys_in_paths_are_typed(void **state)
{
	static const struct {
		const char	*text;
		bool		 ok;
		int64_t		 value;
	} cases[] = {
		{ "1", true, 1 }, { "-1", true, -1 }, { "007", true, 7 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", false, 0 }, { "abc", false, 0 },
		{ "1.5", false, 0 }, { "1e3", false, 0 }, { "", false, 0 },
		{ "-", false, 0 }, { " 1", false, 0 }, { "+1", false, 0 },
		{ "1-2", false, 0 },
	};
	struct rest_fixture *f = *state;
	const struct schema_table *hub = schema_table(f->schema, "hub");
	struct value v;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (validate_key(hub, cases[i].text, &v) != cases[i].ok)
			fail_msg("'%s'", cases[i].text);
		if (cases[i].ok)
			assert_int_equal(v.i, cases[i].value);
	}
	assert_true(validate_key(schema_table(f->schema, "unit"), "1.5", &v));
	assert_int_equal(v.type, VALUE_TEXT);
}

int
main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, rest_setup, rest_teardown)
	const struct CMUnitTest tests[] = {
		TEST(values_are_converted_by_type),
		TEST(wrong_values_are_named),
		TEST(unreadable_times_are_named),
		TEST(all_bad_members_are_named_at_once),
		TEST(lengths_count_characters),
		TEST(post_wants_what_is_required),
		TEST(what_the_system_sets_is_ignored),
		TEST(the_key_of_the_path_stays),
		TEST(some_fields_are_not_the_callers),
		TEST(put_names_the_first_unknown_field),
		TEST(forms_hold_texts),
		TEST(json_fields_nest_only_so_deep),
		TEST(networks_number_themselves),
		TEST(users_have_passwords_that_are_hashed),
		TEST(keys_in_paths_are_typed),
	};

	return cmocka_run_group_tests_name("rest_validate", tests, NULL, NULL);
}
