/* The life of a connection, with ports that write down what is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "connector/bluecurrent/machine.h"

#define MINUTE	INT64_C(60000)
#define VALID	"{\"object\":\"STATUS_API_TOKEN\",\"success\":true," \
		"\"token\":\"T\",\"customer_id\":\"C1\"}"
#define HELLO	"{\"command\":\"HELLO\",\"header\":\"homeassistant\"," \
		"\"Authorization\":\"Token T\"}"

static struct bc_machine machine;
static struct buf said;		/* what the ports were asked, one a line */
static struct bc_now now;
static int64_t waits_ms;	/* of the last state told */
static uint32_t random_is;	/* in 1/1000 of its bound */

static void
on_open(void *arg)
{
	buf_adds(&said, "open\n");
}

static void
on_send(void *arg, const char *text, size_t n)
{
	buf_adds(&said, "send ");
	buf_add(&said, text, n);
	buf_addc(&said, '\n');
}

static void
on_close(void *arg)
{
	buf_adds(&said, "close\n");
}

static void
on_received(void *arg, const struct bc_received *got)
{
}

static void
on_deliver(void *arg, json_t *message, const char *evse_id)
{
	buf_addf(&said, "deliver %s %s\n", json_string_value(
	    json_object_get(message, "object")), evse_id);
}

static void
on_state(void *arg, helio_bc_state state, helio_bc_fault fault,
    const helio_error *why, int64_t wait_ms)
{
	static const char *const names[] = {
		"closed", "validating", "connecting", "open", "waiting",
	};

	waits_ms = wait_ms;
	buf_addf(&said, "%s", names[state]);
	if (why != NULL)
		buf_addf(&said, " %s: %s", helio_bc_fault_name(fault),
		    why->text);
	buf_addc(&said, '\n');
}

static uint32_t
on_random(void *arg, uint32_t below)
{
	return (uint32_t)((uint64_t)below * random_is / 1000);
}

static int
set_up(void **state)
{
	static const struct bc_ports ports = {
		.open = on_open, .send = on_send, .close = on_close,
		.received = on_received, .deliver = on_deliver,
		.state = on_state, .random = on_random,
	};
	helio_error error;

	now = (struct bc_now){ INT64_C(1667554200000000), 1000 };
	random_is = 500;
	return bc_machine_init(&machine, &ports, "api-token", &error) !=
	    HELIO_DONE;
}

static int
tear_down(void **state)
{
	bc_machine_clear(&machine);
	buf_free(&said);
	return 0;
}

/* What the ports were asked since the last time. */
static void
says(const char *wanted)
{
	assert_string_equal(said.data != NULL ? said.data : "", wanted);
	buf_reset(&said);
}

static void
pass_ms(int64_t ms)
{
	now.ms += ms;
	now.us += ms * 1000;
}

static void
message(const char *text)
{
	bc_machine_message(&machine, text, strlen(text), now);
}

static void
closed(unsigned close_code, unsigned status, const char *reason)
{
	struct bc_loss loss = {
		.close_code = close_code, .status = status,
		.handshake = status != 0,
	};

	snprintf(loss.reason, sizeof(loss.reason), "%s", reason);
	bc_machine_closed(&machine, &loss, now);
}

static void
start(void)
{
	helio_error error;

	assert_int_equal(bc_machine_start(&machine, false, &error),
	    HELIO_DONE);
}

/* Up to the open connection. */
static void
open_up(void)
{
	start();
	bc_machine_opened(&machine, now);
	message(VALID);
	closed(0, 0, "");
	bc_machine_opened(&machine, now);
	buf_reset(&said);
	assert_int_equal(bc_machine_state(&machine), HELIO_BC_OPEN);
}

static void
two_connections_one_after_the_other(void **state)
{
	start();
	says("validating\nopen\n");
	bc_machine_opened(&machine, now);
	says("send {\"command\":\"VALIDATE_API_TOKEN\","
	    "\"token\":\"api-token\"}\n");
	message(VALID);
	says("close\n");
	closed(0, 0, "");
	says("connecting\nopen\n");
	bc_machine_opened(&machine, now);
	says("send " HELLO "\nopen\n");
	assert_string_equal(machine.customer_id, "C1");
	message("{\"object\":\"HELLO\"}");
	says("");
	message("{\"object\":\"CHARGE_POINTS\",\"data\":[]}");
	says("deliver CHARGE_POINTS \n");
}

static void
hello_of_2022_has_no_header(void **state)
{
	machine.memory.generation = &bc_generations[HELIO_BC_2022];
	start();
	bc_machine_opened(&machine, now);
	message("{\"object\":\"STATUS_API_TOKEN\",\"success\":true,"
	    "\"token\":\"T\"}");
	closed(0, 0, "");
	buf_reset(&said);
	bc_machine_opened(&machine, now);
	says("send {\"command\":\"HELLO\",\"Authorization\":\"Token T\"}\n"
	    "open\n");
}

static void
validation_alone(void **state)
{
	helio_error error;

	bc_machine_start(&machine, true, &error);
	bc_machine_opened(&machine, now);
	message(VALID);
	buf_reset(&said);
	closed(0, 0, "");
	says("closed\n");
	assert_int_equal(machine.fault, HELIO_BC_NO_FAULT);
	/* the next start asks again */
	bc_machine_start(&machine, true, &error);
	says("validating\nopen\n");
}

static void
a_wrong_token_ends_it(void **state)
{
	machine.reconnect = true;
	start();
	bc_machine_opened(&machine, now);
	buf_reset(&said);
	message("{\"object\":\"STATUS_API_TOKEN\",\"success\":false,"
	    "\"error\":\"\"}");
	says("close\n");
	closed(0, 0, "");
	says("closed token: Invalid API token\n");
	assert_int_equal(bc_machine_timeout_ms(&machine, now), -1);
}

static void
a_silent_validation_is_given_up(void **state)
{
	start();
	bc_machine_opened(&machine, now);
	buf_reset(&said);
	assert_int_equal(bc_machine_timeout_ms(&machine, now), 5000);
	pass_ms(4999);
	bc_machine_tick(&machine, now);
	says("");
	pass_ms(1);
	bc_machine_tick(&machine, now);
	says("close\n");
	closed(0, 0, "");
	says("closed lost: no answer to VALIDATE_API_TOKEN in time\n");
}

static void
an_odd_answer_to_the_validation(void **state)
{
	start();
	bc_machine_opened(&machine, now);
	message("{\"object\":\"CH_STATUS\",\"data\":{}}");
	buf_reset(&said);
	closed(0, 0, "");
	says("closed service: the reply is no STATUS_API_TOKEN\n");
}

static void
losses_without_reconnect(void **state)
{
	open_up();
	closed(1006, 0, "");
	says("closed lost: connection was closed. (close code 1006)\n");
	start();
	says("connecting\nopen\n");
	closed(0, 500, "");
	says("closed lost: Cannot connect to the websocket. (HTTP 500)\n");
}

/* The auth token is kept, so a lost connection costs two requests only. */
static void
reconnect_keeps_the_token(void **state)
{
	machine.reconnect = true;
	open_up();
	closed(0, 0, "timed out");
	says("waiting lost: connection was closed. (timed out)\n");
	assert_int_equal(waits_ms, 1000);
	pass_ms(999);
	bc_machine_tick(&machine, now);
	says("");
	pass_ms(1);
	bc_machine_tick(&machine, now);
	says("connecting\nopen\n");
	bc_machine_opened(&machine, now);
	says("send " HELLO "\nopen\n");
}

static void
back_off_doubles_to_its_most(void **state)
{
	static const int64_t wanted[] = {
		1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000,
		300000, 300000,
	};

	machine.reconnect = true;
	start();
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		closed(0, 0, "no route");
		assert_int_equal(waits_ms, wanted[i]);
		pass_ms(waits_ms);
		bc_machine_tick(&machine, now);
	}
}

static void
jitter_is_half_either_way(void **state)
{
	machine.reconnect = true;
	random_is = 0;
	start();
	closed(0, 0, "");
	assert_int_equal(waits_ms, 500);
	pass_ms(waits_ms);
	bc_machine_tick(&machine, now);
	random_is = 999;
	closed(0, 0, "");
	assert_int_equal(waits_ms, 1000 + 1998);
}

/* Short lives do not begin the back-off anew, a long one does. */
static void
only_a_stable_connection_is_trusted(void **state)
{
	machine.reconnect = true;
	open_up();
	for (int64_t wanted = 1000; wanted <= 8000; wanted *= 2) {
		pass_ms(MINUTE - 1);
		closed(0, 0, "");
		assert_int_equal(waits_ms, wanted);
		pass_ms(waits_ms);
		bc_machine_tick(&machine, now);
		bc_machine_opened(&machine, now);
	}
	pass_ms(MINUTE);
	closed(0, 0, "");
	assert_int_equal(waits_ms, 1000);
}

/* At 10:30 in Amsterdam the limit's reset is 13:30:30 away. */
static void
waits_for_the_reset(void)
{
	const int64_t delta = (13 * 3600 + 30 * 60 + 30) * 1000;

	assert_int_equal(waits_ms, delta + 30000);
	pass_ms(waits_ms - 1);
	bc_machine_tick(&machine, now);
	says("");
	pass_ms(1);
	bc_machine_tick(&machine, now);
	says("connecting\nopen\n");
}

static void
the_limit_by_its_close_code(void **state)
{
	machine.reconnect = true;
	open_up();
	closed(4001, 0, "");
	says("waiting limit: Request limit reached (close code 4001)\n");
	waits_for_the_reset();
}

static void
the_limit_by_a_refused_handshake(void **state)
{
	machine.reconnect = true;
	open_up();
	closed(0, 0, "");
	pass_ms(waits_ms);
	bc_machine_tick(&machine, now);
	now.us = INT64_C(1667554200000000);
	buf_reset(&said);
	closed(0, 403, "Request limit reached");
	says("waiting limit: Request limit reached (HTTP 403)\n");
	waits_for_the_reset();
}

static void
the_limit_by_error_42(void **state)
{
	machine.reconnect = true;
	open_up();
	message("{\"object\":\"ERROR\",\"error\":42,\"message\":\"x\"}");
	says("close\n");
	closed(0, 0, "");
	says("waiting limit: Request limit reached\n");
	waits_for_the_reset();
}

static void
another_connection_is_waited_for(void **state)
{
	machine.reconnect = true;
	random_is = 0;
	start();
	buf_reset(&said);
	closed(0, 403, "Already connected");
	says("waiting already_connected: Already connected (HTTP 403)\n");
	assert_int_equal(waits_ms, 20500);
}

static void
a_refused_auth_token_is_renewed(void **state)
{
	machine.reconnect = true;
	open_up();
	message("{\"object\":\"ERROR\",\"error\":1,\"message\":\"x\"}");
	closed(0, 0, "");
	says("close\nwaiting service: Invalid Auth Token\n");
	pass_ms(waits_ms);
	bc_machine_tick(&machine, now);
	says("validating\nopen\n");
}

static void
other_errors_cost_a_request_only(void **state)
{
	open_up();
	message("{\"object\":\"ERROR\",\"error\":0,\"message\":\"x\"}");
	message("{\"object\":\"ERROR\",\"error\":2,\"message\":\"x\"}");
	message("{\"object\":\"ERROR\",\"error\":9,\"message\":\"x\"}");
	message("nonsense");
	says("");
	assert_int_equal(bc_machine_state(&machine), HELIO_BC_OPEN);
}

static void
stopping_is_quiet(void **state)
{
	machine.reconnect = true;
	open_up();
	bc_machine_stop(&machine);
	says("closed\nclose\n");
	message("{\"object\":\"CHARGE_POINTS\",\"data\":[]}");
	closed(1000, 0, "");
	says("");
	bc_machine_stop(&machine);
	says("");
	start();
	says("connecting\nopen\n");
	closed(0, 0, "");
	buf_reset(&said);
	bc_machine_stop(&machine);
	says("closed\n");
	assert_int_equal(bc_machine_timeout_ms(&machine, now), -1);
}

static helio_code
request(const char *command, const char *members, helio_error *error)
{
	json_t *given = members != NULL ? json_loads(members, 0, NULL) : NULL;
	helio_code code = bc_machine_send(&machine, bc_request_find(command),
	    given, error);

	json_decref(given);
	return code;
}

/* Frames that differ between the generations. */
static void
frames_of_the_generations(void **state)
{
	static const char *const frames[] = {
		[HELIO_BC_TODAY] =
		    "send {\"command\":\"GET_CHARGE_CARDS\",\"limit\":100,"
		    "\"Authorization\":\"Token T\"}\n"
		    "send {\"command\":\"STOP_SESSION\",\"evse_id\":\"B\","
		    "\"evseid\":\"B\",\"Authorization\":\"Token T\"}\n",
		[HELIO_BC_2022] =
		    "send {\"command\":\"GET_CHARGE_CARDS\","
		    "\"Authorization\":\"Token T\"}\n"
		    "send {\"command\":\"STOP_SESSION\",\"evseid\":\"B\","
		    "\"Authorization\":\"Token T\"}\n",
		[HELIO_BC_2025] =
		    "send {\"command\":\"GET_CHARGE_CARDS\",\"limit\":100,"
		    "\"Authorization\":\"Token T\"}\n"
		    "send {\"command\":\"STOP_SESSION\",\"evse_id\":\"B\","
		    "\"Authorization\":\"Token T\"}\n",
	};
	helio_error error;

	open_up();
	for (int i = HELIO_BC_TODAY; i <= HELIO_BC_2025; i++) {
		machine.memory.generation = &bc_generations[i];
		assert_int_equal(request("GET_CHARGE_CARDS", NULL, &error),
		    HELIO_DONE);
		assert_int_equal(request("STOP_SESSION",
		    "{\"evse_id\": \"B\"}", &error), HELIO_DONE);
		says(frames[i]);
	}
}

static void
requests_need_a_connection(void **state)
{
	helio_error error;

	assert_int_equal(request("GET_CHARGE_POINTS", NULL, &error),
	    HELIO_UNREACHABLE);
	assert_string_equal(error.text, "No connection with the api.");
	start();
	assert_int_equal(bc_machine_start(&machine, false, &error),
	    HELIO_BAD_INPUT);
	assert_string_equal(error.text, "Connection already started.");
}

static void
a_started_session_is_delivered_twice(void **state)
{
	open_up();
	message("{\"object\":\"STATUS_START_SESSION\",\"success\":true,"
	    "\"evse_id\":\"BCU101\",\"error\":\"\"}");
	says("deliver START_SESSION BCU101\ndeliver CH_STATUS BCU101\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(two_connections_one_after_the_other),
		TEST(hello_of_2022_has_no_header),
		TEST(validation_alone),
		TEST(a_wrong_token_ends_it),
		TEST(a_silent_validation_is_given_up),
		TEST(an_odd_answer_to_the_validation),
		TEST(losses_without_reconnect),
		TEST(reconnect_keeps_the_token),
		TEST(back_off_doubles_to_its_most),
		TEST(jitter_is_half_either_way),
		TEST(only_a_stable_connection_is_trusted),
		TEST(the_limit_by_its_close_code),
		TEST(the_limit_by_a_refused_handshake),
		TEST(the_limit_by_error_42),
		TEST(another_connection_is_waited_for),
		TEST(a_refused_auth_token_is_renewed),
		TEST(other_errors_cost_a_request_only),
		TEST(stopping_is_quiet),
		TEST(frames_of_the_generations),
		TEST(requests_need_a_connection),
		TEST(a_started_session_is_delivered_twice),
#undef TEST
	};

	return cmocka_run_group_tests_name("bc_machine", tests, NULL, NULL);
}
