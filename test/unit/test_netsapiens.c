/* The NetSapiens client: what is refused before anything is sent, and answers
 * that are read.  Requests on the wire: test/api/test_pbx.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "connector/netsapiens/internal.h"

#define SESSION "2d51df1810812ace8d138a2558d0bd79"

static const char *const TO[] = { "12125550100" };

static helio_pbx_message
good_message(void)
{
	return (helio_pbx_message){ .size = sizeof(helio_pbx_message),
	    .text = "Hi", .to = TO, .n_to = 1, .from = "12125550199" };
}

static void
is_refused(helio_code code, helio_call *call, const helio_error *error,
    const char *why)
{
	assert_int_equal(code, HELIO_BAD_INPUT);
	assert_null(call);
	assert_non_null(strstr(error->text, why));
}

/* ---- sessions (fact: section 3) ---- */

static void
the_rule_for_session_ids(void **state)
{
	static const char *const bad[] = { "", "short",
	    "2d51df1810812ace8d138a2558d0bd7",
	    "2d51df1810812ace8d138a2558d0bd7-",
	    "2d51df1810812ace8d138a2558d0bd79 ",
	    "2d51df1810812ace8d138a2558d0bd7\xc3\xa9" };

	assert_true(helio_pbx_session_valid(SESSION));
	assert_true(helio_pbx_session_valid(
	    "valid_session_id_with_32_or_more_characters_1234"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(helio_pbx_session_valid(bad[i]));
}

static void
a_bad_session_is_not_asked_for(void **state)
{
	const helio_pbx_range range = { .size = sizeof(range),
	    .session = "x" };
	helio_pbx_message message = good_message();
	helio_call *call = NULL;
	helio_error error;
	helio_code code;

	message.session = "x";
	code = helio_pbx_send_call(&message, &call, &error);
	is_refused(code, call, &error, "session id");
	code = helio_pbx_messages_call(&range, &call, &error);
	is_refused(code, call, &error, "session id");
}

/* ---- messages ---- */

static void
message_is_refused(const helio_pbx_message *message, const char *why)
{
	helio_call *call = NULL;
	helio_error error;
	helio_code code = helio_pbx_send_call(message, &call, &error);

	is_refused(code, call, &error, why);
}

static void
messages_that_cannot_be(void **state)
{
	static const char *const nobody[] = { "" };
	helio_pbx_message message = good_message();

	message.type = "fax";
	message_is_refused(&message, "fax");
	message = good_message();
	message.from = NULL;
	message_is_refused(&message, "sender");
	message = good_message();
	message.n_to = 0;
	message_is_refused(&message, "recipient");
	message = good_message();
	message.to = nobody;
	message_is_refused(&message, "recipient");
	message = good_message();
	message.media = "x";
	message_is_refused(&message, "media");
	message = good_message();
	message.text = "\xff";
	message_is_refused(&message, "UTF-8");
}

static void
a_message_that_can_be(void **state)
{
	helio_pbx_message message = good_message();
	helio_call *call = NULL;
	helio_error error;

	message.session = SESSION;
	message.media = "\0\xff";
	message.media_n = 2;
	message.mime_type = "image/jpeg";
	assert_int_equal(helio_pbx_send_call(&message, &call, &error),
	    HELIO_DONE);
	helio_call_free(call);
}

/* ---- subscriptions (section 4) ---- */

static void
subscriptions_that_cannot_be(void **state)
{
	static const helio_pbx_subscription bad[] = {
		{ .post_url = "http://x" },
		{ .model = "message" },
		{ .model = "fax", .post_url = "http://x" },
		{ .model = "cdr", .post_url = "http://x",
		    .expires = "2024-12-09T21:27:11" },
		{ .model = "cdr", .post_url = "http://x",
		    .expires = "2024-13-09 21:27:11" },
		{ .model = "cdr", .post_url = "http://x",
		    .expires = "2024-12-09 21:27" },
	};
	helio_call *call = NULL;
	helio_error error;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(helio_pbx_subscribe_call(&bad[i], &call,
		    &error), HELIO_BAD_INPUT);
	for (size_t i = 2; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(helio_pbx_resubscribe_call("id", &bad[i],
		    &call, &error), HELIO_BAD_INPUT);
	assert_null(call);
}

static void
all_models_are_known(void **state)
{
	const char *const *models = helio_pbx_models();
	size_t n = 0;

	for (; models[n] != NULL; n++) {
		const helio_pbx_subscription one = { .size = sizeof(one),
		    .model = models[n], .post_url = "http://x" };
		helio_call *call = NULL;
		helio_error error;

		assert_int_equal(helio_pbx_subscribe_call(&one, &call,
		    &error), HELIO_DONE);
		helio_call_free(call);
	}
	assert_int_equal(n, 11);
}

static void
an_update_need_not_name_a_model(void **state)
{
	const helio_pbx_subscription none = { .size = sizeof(none),
	    .reset_errors = true };
	helio_call *call = NULL;
	helio_error error;

	assert_int_equal(helio_pbx_resubscribe_call("id", &none, &call,
	    &error), HELIO_DONE);
	helio_call_free(call);
	call = NULL;
	assert_int_equal(helio_pbx_resubscribe_call("", &none, &call,
	    &error), HELIO_BAD_INPUT);
	assert_int_equal(helio_pbx_unsubscribe_call(NULL, &call, &error),
	    HELIO_BAD_INPUT);
	assert_int_equal(helio_pbx_subscriptions_call("", &call, &error),
	    HELIO_BAD_INPUT);
}

/* ---- calls (section 5) ---- */

static void
calls_that_cannot_be(void **state)
{
	static const helio_pbx_calls bad[] = {
		{ .count = true, .user = "103" },
		{ .count = true, .id = "x" },
		{ .id = "x" },
	};
	const helio_pbx_dial nobody = { .size = sizeof(nobody),
	    .from = "103@x" };
	helio_call *call = NULL;
	helio_error error;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(helio_pbx_calls_call(&bad[i], &call, &error),
		    HELIO_BAD_INPUT);
	assert_int_equal(helio_pbx_call_call(&nobody, &call, &error),
	    HELIO_BAD_INPUT);
	assert_null(call);
}

/* ---- answers ---- */

static helio_pbx_records *
read_text(const char *body)
{
	helio_pbx_records *records = NULL;
	helio_error error;

	assert_int_equal(pbx_parse(body, strlen(body), &records, &error),
	    HELIO_DONE);
	return records;
}

static void
members_are_texts(void **state)
{
	helio_pbx_records *records = read_text("[{\"a\": \"x\", \"b\": "
	    "12125550100, \"c\": null, \"d\": true, \"e\": [1, 2]}, 5]");
	char *text;

	assert_int_equal(helio_pbx_count(records), 2);
	assert_string_equal(helio_pbx_text(records, 0, "a"), "x");
	assert_string_equal(helio_pbx_text(records, 0, "b"), "12125550100");
	assert_null(helio_pbx_text(records, 0, "c"));
	assert_string_equal(helio_pbx_text(records, 0, "d"), "true");
	assert_string_equal(helio_pbx_text(records, 0, "e"), "[1,2]");
	assert_null(helio_pbx_text(records, 0, "f"));
	assert_null(helio_pbx_text(records, 1, "a"));
	assert_null(helio_pbx_text(records, 2, "a"));
	text = helio_pbx_json(records, 1);
	assert_string_equal(text, "5");
	free(text);
	helio_pbx_records_free(records);
}

static void
one_record_is_a_list_of_one(void **state)
{
	helio_pbx_records *records = read_text("{\"code\": 202}");

	assert_int_equal(helio_pbx_count(records), 1);
	assert_string_equal(helio_pbx_text(records, 0, "code"), "202");
	assert_null(helio_pbx_text(records, 1, "code"));
	helio_pbx_records_free(records);
}

static void
answers_that_are_none(void **state)
{
	static const char *const bodies[] = { "", "5", "\"x\"", "[", "{}}",
	    "null", "[\"\xff\"]" };
	helio_pbx_records *records = NULL;
	helio_error error;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(pbx_parse(bodies[i], strlen(bodies[i]),
		    &records, &error), HELIO_MALFORMED);
	assert_null(records);
}

/* ---- the account ---- */

static void
an_account_is_complete(void **state)
{
	helio_options *options = helio_options_new();
	helio_pbx *pbx = NULL;
	helio_error error;

	assert_int_equal(helio_pbx_new(options, "id", "secret", &pbx,
	    &error), HELIO_BAD_INPUT);
	helio_options_url(options, "api.example.com");
	assert_int_equal(helio_pbx_new(options, "id", "secret", &pbx,
	    &error), HELIO_BAD_INPUT);
	helio_options_user(options, "103@example.com", "pw");
	assert_int_equal(helio_pbx_new(options, NULL, "secret", &pbx,
	    &error), HELIO_BAD_INPUT);
	assert_int_equal(helio_pbx_new(options, "id", "", &pbx, &error),
	    HELIO_BAD_INPUT);
	assert_null(pbx);
	assert_int_equal(helio_pbx_new(options, "id", "secret", &pbx,
	    &error), HELIO_DONE);
	helio_pbx_free(pbx);
	helio_options_free(options);
}

static int
start(void **state)
{
	return crypto_start() ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rule_for_session_ids),
		cmocka_unit_test(a_bad_session_is_not_asked_for),
		cmocka_unit_test(messages_that_cannot_be),
		cmocka_unit_test(a_message_that_can_be),
		cmocka_unit_test(subscriptions_that_cannot_be),
		cmocka_unit_test(all_models_are_known),
		cmocka_unit_test(an_update_need_not_name_a_model),
		cmocka_unit_test(calls_that_cannot_be),
		cmocka_unit_test(members_are_texts),
		cmocka_unit_test(one_record_is_a_list_of_one),
		cmocka_unit_test(answers_that_are_none),
		cmocka_unit_test(an_account_is_complete),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
