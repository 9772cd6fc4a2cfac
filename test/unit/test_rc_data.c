/* rc_data bodies: what is taken, what is skipped and named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/times.h"
#include "device/rc_codec.h"

#define NOW (INT64_C(1700000000) * US_PER_S)

struct fixture {
	struct arena	*arena;
	struct report	 report;
	struct helio_err err;
};

static int
setup(void **state)
{
	static struct fixture f;

	f.arena = arena_new();
	err_clear(&f.err);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	arena_free(((struct fixture *)*state)->arena);
	return 0;
}

static enum helio_rc
decode(struct fixture *f, const char *body)
{
	return rc_decode(f->arena, body, strlen(body), NOW, &f->report,
	    &f->err);
}

static bool
is_ignored(const struct fixture *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->report.ignored.n; i++)
		if (strcmp(f->report.ignored.name[i], name) == 0)
			return true;
	return false;
}

static void
nothing_said(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode(f, "{}"), HELIO_OK);
	assert_int_equal(f->report.enabled.type, VALUE_NULL);
	assert_int_equal(f->report.ignored.n, 0);
}

static void
all_said(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode(f, "{\"software\":\"3.6\",\"enabled\":true,"
	    "\"tamper_enabled\":0,\"tamper_open\":false,\"connection\":{"
	    "\"date\":1600000000000,\"mcc\":639,\"mnc\":2,\"frequency\":900,"
	    "\"timing_advance\":1,\"cells\":[{\"lac\":1,\"cid\":2,\"signal\":-70,"
	    "\"mcc\":639,\"mnc\":2},{\"cid\":9}]},\"gps\":{\"latitude\":-1.25,"
	    "\"longitude\":36},\"ip_address\":\"10.1.2.3\",\"balance\":86400,"
	    "\"applied\":{\"payment_commands\":[3,4],\"parameters\":"
	    "[{\"kind\":\"product\",\"id\":5},{\"kind\":\"part\",\"id\":6}]}}"),
	    HELIO_OK);
	assert_int_equal(f->report.ignored.n, 0);
	assert_string_equal(f->report.software, "3.6");
	assert_int_equal(f->report.enabled.i, 1);
	assert_int_equal(f->report.tamper_enabled.type, VALUE_INT);
	assert_int_equal(f->report.date_us.i, 1600000000000000);
	assert_int_equal(f->report.cell[0].signal.i, -70);
	assert_int_equal(f->report.cell[1].cid.i, 9);
	assert_int_equal(f->report.cell[1].lac.type, VALUE_NULL);
	assert_int_equal(f->report.balance_s.i, 86400);
	assert_int_equal(f->report.n_payment_commands, 2);
	assert_true(f->report.parameter[1].of_part);
	assert_string_equal(f->report.ip_address, "10.1.2.3");
}

static void
no_object(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode(f, "[1]"), HELIO_E_BAD);
	assert_int_equal(decode(f, "3"), HELIO_E_BAD);
	assert_int_equal(decode(f, "null"), HELIO_E_BAD);
}

static void
no_json(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode(f, ""), HELIO_E_DECODE);
	assert_int_equal(decode(f, "{\"enabled\":tru"), HELIO_E_DECODE);
	assert_int_equal(decode(f, "enabled=1"), HELIO_E_DECODE);
	assert_int_equal(decode(f, "{\"a\":\"\\ud800\"}"), HELIO_E_DECODE);
}

static void
wrong_members_are_named(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode(f, "{\"enabled\":\"yes\",\"colour\":1,"
	    "\"software\":7,\"ip_address\":\"300.1.1.1\",\"balance\":-1,"
	    "\"gps\":{\"latitude\":91,\"longitude\":0},\"applied\":[],"
	    "\"connection\":{\"mcc\":1000,\"x\":1,\"date\":\"soon\",\"cells\":["
	    "{\"signal\":\"loud\"},5]},\"tamper_open\":2}"), HELIO_OK);
	assert_true(is_ignored(f, "enabled"));
	assert_true(is_ignored(f, "colour"));
	assert_true(is_ignored(f, "software"));
	assert_true(is_ignored(f, "ip_address"));
	assert_true(is_ignored(f, "balance"));
	assert_true(is_ignored(f, "gps"));
	assert_true(is_ignored(f, "applied"));
	assert_true(is_ignored(f, "tamper_open"));
	assert_true(is_ignored(f, "connection.mcc"));
	assert_true(is_ignored(f, "connection.x"));
	assert_true(is_ignored(f, "connection.date"));
	assert_true(is_ignored(f, "connection.cells.0.signal"));
	assert_true(is_ignored(f, "connection.cells.1"));
	assert_int_equal(f->report.enabled.type, VALUE_NULL);
	assert_int_equal(f->report.latitude.type, VALUE_NULL);
}

static void
good_members_survive_bad_ones(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode(f, "{\"enabled\":5,\"balance\":60,"
	    "\"connection\":{\"mcc\":-1,\"mnc\":3}}"), HELIO_OK);
	assert_int_equal(f->report.balance_s.i, 60);
	assert_int_equal(f->report.mnc.i, 3);
}

static void
null_is_not_said(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode(f, "{\"enabled\":null,\"software\":null,"
	    "\"connection\":null}"), HELIO_OK);
	assert_int_equal(f->report.ignored.n, 0);
	assert_int_equal(f->report.enabled.type, VALUE_NULL);
}

static void
whole_reals_are_whole(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode(f, "{\"balance\":60.0}"), HELIO_OK);
	assert_int_equal(f->report.balance_s.i, 60);
	assert_int_equal(decode(f, "{\"balance\":60.5}"), HELIO_OK);
	assert_true(is_ignored(f, "balance"));
	assert_int_equal(decode(f, "{\"balance\":1e300}"), HELIO_OK);
	assert_true(is_ignored(f, "balance"));
}

static void
odd_values_do_not_spoil_the_rest(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(decode(f, "{\"balance\":99999999999999999999999,"
	    "\"software\":\"a\\u0000b\",\"enabled\":true}"), HELIO_OK);
	assert_true(is_ignored(f, "balance"));
	assert_true(is_ignored(f, "software"));
	assert_int_equal(f->report.enabled.i, 1);
	assert_int_equal(decode(f, "{\"balance\":1e400,\"enabled\\u0000x\":true,"
	    "\"connection\":{\"mcc\":-1e999,\"mnc\":2},\"gps\":{"
	    "\"latitude\":1e400,\"longitude\":1}}"), HELIO_OK);
	assert_true(is_ignored(f, "balance"));
	assert_true(is_ignored(f, "enabled?x"));
	assert_true(is_ignored(f, "connection.mcc"));
	assert_true(is_ignored(f, "gps"));
	assert_int_equal(f->report.enabled.type, VALUE_NULL);
	assert_int_equal(f->report.mnc.i, 2);
}

static void
dates_out_of_bounds(void **state)
{
	struct fixture *f = *state;

	decode(f, "{\"connection\":{\"date\":\"2009-12-31\"}}");
	assert_true(is_ignored(f, "connection.date"));
	decode(f, "{\"connection\":{\"date\":1700090000000}}");
	assert_true(is_ignored(f, "connection.date"));
	decode(f, "{\"connection\":{\"date\":9223372036854775807}}");
	assert_true(is_ignored(f, "connection.date"));
	decode(f, "{\"connection\":{\"date\":1700080000000}}");
	assert_int_equal(f->report.ignored.n, 0);
}

static void
many_cells_and_ids(void **state)
{
	struct fixture *f = *state;
	struct buf body = BUF_INIT;
	int i;

	buf_adds(&body, "{\"connection\":{\"cells\":[{}");
	for (i = 0; i < 50; i++)
		buf_adds(&body, ",{\"cid\":1}");
	buf_adds(&body, "]},\"applied\":{\"payment_commands\":[1");
	for (i = 0; i < 2000; i++)
		buf_adds(&body, ",1");
	buf_adds(&body, "]}}");
	assert_int_equal(decode(f, body.data), HELIO_OK);
	assert_true(is_ignored(f, "connection.cells.7"));
	assert_int_equal(f->report.n_payment_commands, REPORT_IDS_MAX);
	buf_free(&body);
}

static void
many_unknown_names(void **state)
{
	struct fixture *f = *state;
	struct buf body = BUF_INIT;
	int i;

	buf_adds(&body, "{\"enabled\":true");
	for (i = 0; i < 500; i++)
		buf_addf(&body, ",\"unknown%d\":1", i);
	buf_adds(&body, "}");
	assert_int_equal(decode(f, body.data), HELIO_OK);
	assert_int_equal(f->report.ignored.n, REPORT_IGNORED_MAX);
	assert_int_equal(f->report.enabled.i, 1);
	buf_free(&body);
}

static void
offer_in_json(void **state)
{
	struct offer_parameter parameter = { "product", 5, "energy_limit", "7" };
	struct offer offer = {
		.enabled = true, .parameter = &parameter, .n_parameters = 1,
		.software_name = "3.6",
	};
	struct buf out = BUF_INIT;
	struct json_write json;

	jw_start(&json, &out);
	rc_write_offer(&json, NOW, 14400, &offer);
	assert_string_equal(out.data, "{\"server_time\":1700000000000,"
	    "\"enabled\":true,\"tamper_enabled\":false,\"parameters\":[{"
	    "\"kind\":\"product\",\"id\":5,\"name\":\"energy_limit\","
	    "\"value\":\"7\"}],\"software\":{\"name\":\"3.6\",\"link\":null,"
	    "\"checksum\":null},\"payment_commands\":[],\"poll_after\":14400}");
	buf_free(&out);
}

static void
no_software_in_json(void **state)
{
	struct offer offer = { .enabled = false };
	struct buf out = BUF_INIT;
	struct json_write json;

	jw_start(&json, &out);
	rc_write_offer(&json, 0, 1, &offer);
	assert_non_null(strstr(out.data, "\"software\":null"));
	buf_free(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_said), TEST(all_said), TEST(no_object),
		TEST(no_json), TEST(wrong_members_are_named),
		TEST(good_members_survive_bad_ones), TEST(null_is_not_said),
		TEST(whole_reals_are_whole), TEST(odd_values_do_not_spoil_the_rest),
		TEST(dates_out_of_bounds),
		TEST(many_cells_and_ids), TEST(many_unknown_names),
		TEST(offer_in_json), TEST(no_software_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
