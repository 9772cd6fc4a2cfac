/* What is made of every object, in each generation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "connector/bluecurrent/receive.h"
#include "connector/bluecurrent/request.h"

#define NOW_US INT64_C(1667554200000000)	/* 2022-11-04 10:30 in Amsterdam */

static struct bc_memory memory;
static struct bc_received got;

static int
set_up(void **state)
{
	memory.generation = &bc_generations[HELIO_BC_TODAY];
	memory.smart = json_object();
	return 0;
}

static int
tear_down(void **state)
{
	bc_received_clear(&got);
	json_decref(memory.smart);
	return 0;
}

static void
generation(helio_bc_generation number)
{
	memory.generation = &bc_generations[number];
}

static void
receive(const char *text)
{
	bc_received_clear(&got);
	bc_receive(&memory, text, strlen(text), NOW_US, &got);
}

static void
message_is(const json_t *message, const char *wanted)
{
	struct buf text = BUF_INIT;

	bc_json_text(message, &text);
	assert_string_equal(text.data, wanted);
	buf_free(&text);
}

static const json_t *
data(const char *name)
{
	return json_object_get(json_object_get(got.message, "data"), name);
}

static void
data_number(const char *name, double wanted)
{
	assert_true(json_is_number(data(name)));
	assert_true(json_number_value(data(name)) == wanted);
}

static void
data_text(const char *name, const char *wanted)
{
	assert_string_equal(json_string_value(data(name)), wanted);
}

#define CH_STATUS \
	"{\"object\":\"CH_STATUS\",\"evse_id\":\"BCU101\",\"data\":{" \
	"\"actual_p1\":14,\"actual_p2\":12,\"actual_p3\":15," \
	"\"actual_v1\":230,\"actual_v2\":null,\"actual_v3\":0," \
	"\"actual_kwh\":11,\"activity\":\"charging\",\"max_usage\":16," \
	"\"smartcharging_max_usage\":14.5,\"offline_since\":\"\"," \
	"\"start_datetime\":\"20221104 09:00:00\"," \
	"\"stop_datetime\":\"20220704 09:00:00+02:00\",\"total_cost\":5.31," \
	"\"vehicle_status\":\"C\",\"evse_id\":\"BCU101\"}}"

static void
status_with_the_seeds_figures(void **state)
{
	receive(CH_STATUS);
	assert_true(got.deliver);
	assert_int_equal(got.stage, BC_PUSHED);
	assert_string_equal(got.evse_id, "BCU101");
	data_number("avg_voltage", 230);
	data_number("avg_current", 13.7);
	data_number("total_kw", 9.43);
	data_number("current_left", 2.3);
	data_number("actual_kwh", 11);
	data_number("total_cost", 5.31);
	data_text("vehicle_status", "ready");
	data_text("activity", "charging");
	data_text("start_datetime", "2022-11-04T09:00:00+01:00");
	data_text("stop_datetime", "2022-07-04T09:00:00+02:00");
	assert_true(json_is_null(data("offline_since")));
}

static void
status_of_2022_and_2025(void **state)
{
	generation(HELIO_BC_2022);
	receive(CH_STATUS);
	data_number("total_kw", 9.43);
	assert_null(data("current_left"));
	generation(HELIO_BC_2025);
	receive(CH_STATUS);
	data_number("total_kw", 5.46);
	data_number("current_left", 2.3);
}

static void
current_left_of_a_smart_point(void **state)
{
	receive("{\"object\":\"CHARGE_POINTS\",\"data\":[{\"evse_id\":\"BCU101\","
	    "\"smart_charging\":true},{\"evse_id\":\"BCU102\","
	    "\"smart_charging\":{\"value\":false,\"permission\":\"read\"}}]}");
	assert_true(got.deliver);
	receive(CH_STATUS);
	data_number("current_left", 0.8);
	receive("{\"object\":\"CH_SETTINGS\",\"data\":{\"evse_id\":\"BCU101\","
	    "\"smart_charging\":false}}");
	receive(CH_STATUS);
	data_number("current_left", 2.3);
}

/* Members that are null, missing or of a wrong kind break nothing. */
static void
status_without_readings(void **state)
{
	receive("{\"object\":\"CH_STATUS\",\"data\":{\"actual_p1\":\"x\","
	    "\"vehicle_status\":\"Z\",\"start_datetime\":\"today\","
	    "\"stop_datetime\":7,\"evse_id\":\"BCU101\"}}");
	assert_true(got.deliver);
	assert_string_equal(got.evse_id, "BCU101");
	data_number("avg_current", 0);
	data_number("total_kw", 0);
	assert_true(json_is_null(data("current_left")));
	data_text("vehicle_status", "Z");
	assert_true(json_is_null(data("start_datetime")));
	receive("{\"object\":\"CH_STATUS\"}");
	assert_true(got.deliver);
	receive("{\"object\":\"CH_STATUS\",\"data\":[1]}");
	assert_true(got.deliver);
}

static void
grid_figures(void **state)
{
	receive("{\"object\":\"GRID_STATUS\",\"data\":{\"id\":\"GRID-BCU101\","
	    "\"grid_actual_p1\":12,\"grid_actual_p2\":14,"
	    "\"grid_actual_p3\":15}}");
	assert_string_equal(got.evse_id, "BCU101");
	data_number("grid_avg_current", 13.7);
	data_number("grid_max_current", 15);
}

static void
grid_current_is_moved(void **state)
{
	static const char text[] = "{\"object\":\"GRID_CURRENT\","
	    "\"evse_id\":\"BCU101\",\"grid_actual_p1\":12,"
	    "\"grid_actual_p2\":14,\"grid_actual_p3\":15}";

	receive(text);
	message_is(got.message, "{\"object\":\"GRID_STATUS\","
	    "\"evse_id\":\"BCU101\",\"data\":{\"grid_actual_p1\":12,"
	    "\"grid_actual_p2\":14,\"grid_actual_p3\":15,"
	    "\"grid_avg_current\":13.7,\"grid_max_current\":15.0}}");
	generation(HELIO_BC_2022);
	receive(text);
	assert_true(got.deliver);
	message_is(got.message, text);
}

#define CH_SETTINGS \
	"{\"object\":\"CH_SETTINGS\",\"data\":{\"evse_id\":\"BCU101\"," \
	"\"plug_and_charge\":{\"value\":true,\"permission\":\"write\"}," \
	"\"public_charging\":{\"value\":false,\"permission\":\"write\"}}}"

static void
settings(void **state)
{
	receive(CH_SETTINGS);
	message_is(got.message, "{\"object\":\"CH_SETTINGS\",\"data\":{"
	    "\"evse_id\":\"BCU101\",\"plug_and_charge\":true,"
	    "\"public_charging\":false,\"linked_charge_cards_only\":true}}");
	generation(HELIO_BC_2022);
	receive(CH_SETTINGS);
	message_is(got.message, CH_SETTINGS);
	generation(HELIO_BC_2025);
	receive(CH_SETTINGS);
	assert_true(json_is_true(data("plug_and_charge")));
	assert_true(json_is_true(data("linked_charge_cards_only")));
	assert_true(json_is_object(data("public_charging")));
}

static void
setting_is(const char *object, bool result)
{
	assert_true(got.deliver);
	assert_int_equal(got.stage, BC_STATUS);
	assert_string_equal(json_string_value(json_object_get(got.message,
	    "object")), object);
	assert_int_equal(json_is_true(json_object_get(got.message, "result")),
	    result);
}

static void
setting_changes(void **state)
{
	static const char open[] = "{\"object\":\"STATUS_SET_PUBLIC_CHARGING\","
	    "\"success\":true,\"flow_id\":\"\",\"evse_id\":\"BCU101\","
	    "\"result\":{\"setting\":\"set true\"},\"error\":\"\"}";

	receive(open);
	setting_is("PUBLIC_CHARGING", true);
	assert_false(got.failed);
	generation(HELIO_BC_2025);
	receive(open);
	setting_is("LINKED_CHARGE_CARDS_ONLY", false);
	receive("{\"object\":\"STATUS_SET_PLUG_AND_CHARGE\",\"success\":true,"
	    "\"result\":{\"setting\":\"set false\"},\"error\":\"\"}");
	setting_is("PLUG_AND_CHARGE", false);
	receive("{\"object\":\"STATUS_SET_PLUG_AND_CHARGE\",\"success\":false,"
	    "\"evse_id\":\"BCU101\",\"result\":{\"setting\":\"\"},"
	    "\"error\":\"REJECTED\"}");
	assert_true(got.failed);
	assert_string_equal(got.text,
	    "set_plug_and_charge rejected for chargepoint: BCU101");
}

static void
actions(void **state)
{
	receive("{\"object\":\"STATUS_START_SESSION\",\"success\":false,"
	    "\"evse_id\":\"BCU101\",\"error\":\"REJECTED\"}");
	assert_true(got.deliver);
	assert_true(got.failed);
	message_is(got.message, "{\"object\":\"START_SESSION\","
	    "\"success\":false,\"evse_id\":\"BCU101\",\"error\":"
	    "\"start_session rejected for chargepoint: BCU101\"}");
	assert_null(got.second);
	receive("{\"object\":\"STATUS_REBOOT\",\"success\":false,"
	    "\"evse_id\":\"BCU101\",\"error\":\"TIMEOUT\"}");
	assert_string_equal(got.text, "reboot timeout for chargepoint: BCU101");
	receive("{\"object\":\"STATUS_SOFT_RESET\",\"success\":true,"
	    "\"evse_id\":\"BCU101\",\"error\":\"\"}");
	assert_false(got.failed);
	assert_string_equal(json_string_value(json_object_get(got.message,
	    "object")), "SOFT_RESET");
}

static void
a_started_session_is_followed_by_the_dummy(void **state)
{
	static const char text[] = "{\"object\":\"STATUS_START_SESSION\","
	    "\"success\":true,\"evse_id\":\"BCU101\",\"error\":\"\"}";

	for (int i = HELIO_BC_TODAY; i <= HELIO_BC_2022; i++) {
		generation((helio_bc_generation)i);
		receive(text);
		message_is(got.second, "{\"object\":\"CH_STATUS\",\"data\":{"
		    "\"start_datetime\":\"2022-11-04T10:30:00+01:00\","
		    "\"evse_id\":\"BCU101\"}}");
	}
	generation(HELIO_BC_2025);
	receive(text);
	assert_null(got.second);
}

static void
what_is_received_matters_when_refused(void **state)
{
	receive("{\"object\":\"RECEIVED_STOP_SESSION\",\"success\":true,"
	    "\"error\":\"\"}");
	assert_int_equal(got.stage, BC_RECEIVED);
	assert_false(got.deliver);
	receive("{\"object\":\"RECEIVED_STOP_SESSION\"}");
	assert_false(got.deliver);
	receive("{\"object\":\"RECEIVED_STOP_SESSION\",\"success\":false,"
	    "\"error\":\"no active session for chargepoint: BCU101\"}");
	assert_true(got.deliver);
	assert_string_equal(got.text,
	    "no active session for chargepoint: BCU101");
	message_is(got.message, "{\"object\":\"STOP_SESSION\","
	    "\"success\":false,"
	    "\"error\":\"no active session for chargepoint: BCU101\"}");
}

static void
quiet_objects(void **state)
{
	static const char *const objects[] = {
		"{\"object\":\"HELLO\"}",
		"{\"object\":\"STATUS_SET_OPERATIVE\",\"success\":true,"
		    "\"error\":\"\"}",
		"{\"object\":\"STATUS_SET_INOPERATIVE\",\"error\":\"\"}",
		"{\"object\":\"OPERATIVE\"}",
	};

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		receive(objects[i]);
		assert_false(got.deliver);
		assert_false(got.failed);
	}
}

static void
errors(void **state)
{
	static const struct {
		const char	*text;
		int		 fault;
		const char	*wanted;
	} rows[] = {
		{ "0,\"message\":\"x\"", 0, "Unknown command" },
		{ "1,\"message\":\"x\"", 1, "Invalid Auth Token" },
		{ "2,\"message\":\"x\"", 2, "Not authorized" },
		{ "9,\"message\":\"x\"", 9, "Unknown error" },
		{ "42,\"message\":\"x\"", 42, "Request limit reached" },
		{ "7,\"message\":\"seven\"", 7, "seven" },
		{ "99,\"message\":\"odd\"", -1, "odd" },
		{ "\"a\",\"message\":\"odd\"", -1, "odd" },
		{ "7", 7, "Unknown error" },
	};
	char text[128];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "{\"object\":\"ERROR\",\"error\":%s}",
		    rows[i].text);
		receive(text);
		assert_int_equal(got.stage, BC_FAULT);
		assert_int_equal(got.fault, rows[i].fault);
		assert_string_equal(got.text, rows[i].wanted);
		assert_false(got.deliver);
	}
}

static void
cards_and_account(void **state)
{
	receive("{\"object\":\"CHARGE_CARDS\",\"cards\":[]}");
	assert_true(got.deliver);
	assert_false(got.failed);
	generation(HELIO_BC_2022);
	receive("{\"object\":\"CHARGE_CARDS\",\"cards\":[]}");
	assert_true(got.failed);
	receive("{\"object\":\"CHARGE_CARDS\",\"cards\":[{\"uid\":\"A\"}]}");
	assert_false(got.failed);
	receive("{\"object\":\"ACCOUNT\"}");
	assert_string_equal(got.text, "No email found");
	receive("{\"object\":\"ACCOUNT\",\"login\":\"a@example.com\"}");
	assert_false(got.failed);
}

static void
override_days_are_split(void **state)
{
	receive("{\"object\":\"LIST_OVERRIDE_CURRENT\",\"data\":[{"
	    "\"override_start_days\":\"MO,TU\",\"override_end_days\":\"\"}]}");
	message_is(got.message, "{\"object\":\"LIST_OVERRIDE_CURRENT\","
	    "\"data\":[{\"override_start_days\":[\"MO\",\"TU\"],"
	    "\"override_end_days\":[]}]}");
	receive("{\"object\":\"POST_SET_OVERRIDE_CURRENT\",\"data\":{"
	    "\"override_start_days\":\"SU\"}}");
	message_is(got.message, "{\"object\":\"POST_SET_OVERRIDE_CURRENT\","
	    "\"data\":{\"override_start_days\":[\"SU\"]}}");
}

static void
unknown_objects(void **state)
{
	static const char text[] = "{\"object\":\"NEWS\"}";

	receive(text);
	assert_true(got.deliver);
	generation(HELIO_BC_2022);
	receive(text);
	assert_true(got.deliver);
	generation(HELIO_BC_2025);
	receive(text);
	assert_false(got.deliver);
}

static void
no_messages(void **state)
{
	static const char *const bad[] = {
		"", "{", "[]", "7", "{}", "{\"object\":7}",
		"{\"object\":\"\"}", "{\"object\":\"CH_STATUS\"} x",
		"{\"object\":\"CH_STATUS\",\"data\":\"\xff\"}",
		"{\"object\":\"CH_STATUS\",\"data\":1e999}",
	};
	char deep[200] = "{\"object\":\"CH_STATUS\",\"data\":";

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		receive(bad[i]);
		assert_int_equal(got.stage, BC_BAD);
		assert_false(got.deliver);
	}
	receive("{}");
	assert_string_equal(got.text, "Received message has no object.");
	for (size_t i = strlen(deep), n = 0; n < 2 * BC_DEPTH_MAX; n++, i++)
		deep[i] = n < BC_DEPTH_MAX ? '[' : ']';
	deep[strlen(deep)] = '}';
	receive(deep);
	assert_string_equal(got.text,
	    "Received message is nested too deeply.");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(status_with_the_seeds_figures),
		TEST(status_of_2022_and_2025),
		TEST(current_left_of_a_smart_point),
		TEST(status_without_readings),
		TEST(grid_figures),
		TEST(grid_current_is_moved),
		TEST(settings),
		TEST(setting_changes),
		TEST(actions),
		TEST(a_started_session_is_followed_by_the_dummy),
		TEST(what_is_received_matters_when_refused),
		TEST(quiet_objects),
		TEST(errors),
		TEST(cards_and_account),
		TEST(override_days_are_split),
		TEST(unknown_objects),
		TEST(no_messages),
#undef TEST
	};

	return cmocka_run_group_tests_name("bc_receive", tests, NULL, NULL);
}
