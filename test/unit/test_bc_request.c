/* Frames: every row, the order of members, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connector/bluecurrent/request.h"

static helio_code
frame(const char *command, const char *members, const char *authorization,
    struct buf *out, helio_error *error)
{
	const struct bc_request *request = bc_request_find(command);
	json_t *given = members != NULL ?
	    json_loads(members, JSON_DECODE_ANY, NULL) : NULL;
	helio_code code;

	assert_non_null(request);
	code = bc_request_frame(request, given, authorization, out, error);
	json_decref(given);
	return code;
}

static void
is_frame(const char *command, const char *members, const char *wanted)
{
	struct buf out = BUF_INIT;
	helio_error error;

	assert_int_equal(frame(command, members, "Token T", &out, &error),
	    HELIO_DONE);
	assert_string_equal(out.data, wanted);
	buf_free(&out);
}

static void
is_refused(const char *command, const char *members, const char *why)
{
	struct buf out = BUF_INIT;
	helio_error error;

	assert_int_equal(frame(command, members, "Token T", &out, &error),
	    HELIO_BAD_INPUT);
	assert_string_equal(error.text, why);
	buf_free(&out);
}

static void
members_stand_in_their_order(void **state)
{
	is_frame("GET_CHARGE_POINTS", NULL,
	    "{\"command\":\"GET_CHARGE_POINTS\",\"Authorization\":\"Token T\"}");
	is_frame("SET_PLUG_AND_CHARGE",
	    "{\"value\": true, \"evse_id\": \"BCU101\"}",
	    "{\"command\":\"SET_PLUG_AND_CHARGE\",\"evse_id\":\"BCU101\","
	    "\"value\":true,\"Authorization\":\"Token T\"}");
	is_frame("START_SESSION",
	    "{\"session_token\": \"BCU-APP\", \"evse_id\": \"BCU101\"}",
	    "{\"command\":\"START_SESSION\",\"evse_id\":\"BCU101\","
	    "\"session_token\":\"BCU-APP\",\"Authorization\":\"Token T\"}");
}

static void
newer_requests(void **state)
{
	is_frame("SAVE_SCHEDULE_DELAYED_CHARGING", "{\"evse_id\": \"B\", "
	    "\"days\": \"[0,1,2]\", \"start_time\": \"22:00\", "
	    "\"end_time\": \"06:00\"}",
	    "{\"command\":\"SAVE_SCHEDULE_DELAYED_CHARGING\",\"evse_id\":\"B\","
	    "\"days\":\"[0,1,2]\",\"start_time\":\"22:00\","
	    "\"end_time\":\"06:00\",\"Authorization\":\"Token T\"}");
	is_frame("PATCH_PRICE_BASED_CHARGING_SETTINGS", "{\"evse_id\": \"B\", "
	    "\"battery_size_kwh\": 62.5, \"current_battery_pct\": 40}",
	    "{\"command\":\"PATCH_PRICE_BASED_CHARGING_SETTINGS\","
	    "\"evse_id\":\"B\",\"current_battery_pct\":40,"
	    "\"battery_size_kwh\":62.5,\"Authorization\":\"Token T\"}");
	is_frame("POST_CLEAR_OVERRIDE_CURRENT", "{\"schedule_id\": 7}",
	    "{\"command\":\"POST_CLEAR_OVERRIDE_CURRENT\",\"schedule_id\":7,"
	    "\"Authorization\":\"Token T\"}");
	is_frame("POST_SET_OVERRIDE_CURRENT", "{\"chargepoints\": [\"B\"], "
	    "\"overridestarttime\": \"08:00\", \"overridestartdays\": "
	    "[\"MO\", \"SU\"], \"overridestoptime\": \"09:00\", "
	    "\"overridestopdays\": [], \"overridevalue\": 8}",
	    "{\"command\":\"POST_SET_OVERRIDE_CURRENT\",\"chargepoints\":[\"B\"],"
	    "\"overridestarttime\":\"08:00\",\"overridestartdays\":[\"MO\",\"SU\"],"
	    "\"overridestoptime\":\"09:00\",\"overridestopdays\":[],"
	    "\"overridevalue\":8,\"Authorization\":\"Token T\"}");
}

static void
null_members_are_left_out(void **state)
{
	is_frame("GET_CHARGE_CARDS", "{\"limit\": null}",
	    "{\"command\":\"GET_CHARGE_CARDS\",\"Authorization\":\"Token T\"}");
}

static void
the_first_request_has_no_authorization(void **state)
{
	struct buf out = BUF_INIT;
	helio_error error;

	assert_int_equal(frame("VALIDATE_API_TOKEN", "{\"token\": \"a\\\"b\"}",
	    NULL, &out, &error), HELIO_DONE);
	assert_string_equal(out.data,
	    "{\"command\":\"VALIDATE_API_TOKEN\",\"token\":\"a\\\"b\"}");
	buf_free(&out);
}

static void
wrong_members_are_named(void **state)
{
	is_refused("GET_CH_STATUS", NULL, "GET_CH_STATUS needs evse_id");
	is_refused("GET_CH_STATUS", "{\"evse_id\": null}",
	    "GET_CH_STATUS needs evse_id");
	is_refused("GET_CH_STATUS", "{\"evse_id\": 7}",
	    "GET_CH_STATUS: evse_id must be a text");
	is_refused("GET_CH_STATUS", "{\"evse_id\": \"B\", \"x\": 1}",
	    "GET_CH_STATUS has no member x");
	is_refused("GET_CH_STATUS", "[]",
	    "GET_CH_STATUS: the members are no object");
	is_refused("SET_PUBLIC_CHARGING", "{\"evse_id\": \"B\", \"value\": 1}",
	    "SET_PUBLIC_CHARGING: value must be true or false");
	is_refused("POST_CLEAR_OVERRIDE_CURRENT", "{\"schedule_id\": 1.5}",
	    "POST_CLEAR_OVERRIDE_CURRENT: schedule_id must be an integer");
	is_refused("REBOOT", "{\"evse_id\": \"B\", \"command\": \"HELLO\"}",
	    "REBOOT has no member command");
}

static void
all_rows_are_found(void **state)
{
	assert_true(bc_n_requests >= 26);
	for (size_t i = 0; i < bc_n_requests; i++)
		assert_ptr_equal(bc_request_find(bc_requests[i].command),
		    &bc_requests[i]);
	assert_null(bc_request_find("FLY"));
	assert_null(bc_request_find(""));
}

static void
reals_are_short(void **state)
{
	json_t *value = json_loads("{\"a\":[8.7,1,true,null,\"\\u00e9\"]}", 0,
	    NULL);
	struct buf out = BUF_INIT;

	bc_json_text(value, &out);
	assert_string_equal(out.data, "{\"a\":[8.7,1,true,null,\"\xc3\xa9\"]}");
	buf_free(&out);
	json_decref(value);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_stand_in_their_order),
		cmocka_unit_test(newer_requests),
		cmocka_unit_test(null_members_are_left_out),
		cmocka_unit_test(the_first_request_has_no_authorization),
		cmocka_unit_test(wrong_members_are_named),
		cmocka_unit_test(all_rows_are_found),
		cmocka_unit_test(reals_are_short),
	};

	return cmocka_run_group_tests_name("bc_request", tests, NULL, NULL);
}
