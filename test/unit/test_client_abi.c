/*
 * The structs and numbers that callers of libhelio are compiled with.  A
 * failure here means that programs built with an older header break: grow a
 * struct at its end (and its number here), or change the soname.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helio/action.h"
#include "helio/netsapiens.h"
#include "helio/xiq.h"

#define AT(type, member, offset) \
	{ #type "." #member, offsetof(type, member), offset }
#define SIZE(type, size) { "sizeof " #type, sizeof(type), size }

static const struct {
	const char	*what;
	size_t		 is, was;
} places[] = {
	AT(helio_error, code, 0),
	AT(helio_error, status, 4),
	AT(helio_error, text, 8),
	AT(helio_error, cause, 520),
	SIZE(helio_error, 524),
	AT(helio_grant, size, 0),
	AT(helio_grant, name, 8),
	AT(helio_grant, header, 16),
	AT(helio_grant, prefix, 24),
	AT(helio_grant, ask, 32),
	AT(helio_grant, take, 40),
	AT(helio_grant, free, 48),
	SIZE(helio_grant, 56),
	AT(helio_oauth, url, 8),
	AT(helio_oauth, client_id, 16),
	AT(helio_oauth, client_secret, 24),
	AT(helio_oauth, username, 32),
	AT(helio_oauth, password, 40),
	AT(helio_oauth, scope, 48),
	AT(helio_oauth, client_in_body, 56),
	AT(helio_oauth, json, 57),
	AT(helio_oauth, life_s, 64),
	SIZE(helio_oauth, 72),
	AT(helio_paging, page, 8),
	AT(helio_paging, first, 16),
	AT(helio_paging, first_unsaid, 24),
	AT(helio_paging, offset, 25),
	AT(helio_paging, limit, 32),
	AT(helio_paging, limit_rows, 40),
	AT(helio_paging, rows, 48),
	AT(helio_paging, pages, 56),
	AT(helio_paging, total, 64),
	AT(helio_paging, next, 72),
	AT(helio_paging, short_ends, 80),
	SIZE(helio_paging, 88),
	AT(helio_pbx_message, type, 8),
	AT(helio_pbx_message, to, 24),
	AT(helio_pbx_message, media, 56),
	SIZE(helio_pbx_message, 80),
	AT(helio_pbx_range, session, 24),
	AT(helio_pbx_range, limit, 36),
	SIZE(helio_pbx_range, 40),
	AT(helio_pbx_subscription, expires, 64),
	AT(helio_pbx_subscription, reset_posts, 73),
	SIZE(helio_pbx_subscription, 80),
	AT(helio_pbx_calls, count, 32),
	AT(helio_pbx_dial, dial_rule, 48),
	AT(helio_pbx_dial, synchronous, 73),
	AT(helio_xiq_event, text, 24),
	AT(helio_xiq_event, of, 40),
	AT(helio_xiq_owner, ask, 24),
	AT(helio_xiq_span, now_us, 8),
	AT(helio_xiq_span, resume, 28),
	AT(helio_xiq_result, stopped, 16),
	AT(helio_arg, value, 8),
	SIZE(helio_arg, 16),
	AT(helio_arg_info, type, 8),
	AT(helio_arg_info, required, 12),
	AT(helio_action_info, method, 8),
	AT(helio_action_info, path, 16),
	AT(helio_action_info, help, 24),
	AT(helio_action_info, args, 32),
};

static void
structs_keep_their_places(void **state)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].is != places[i].was)
			fail_msg("%s: %zu, was %zu", places[i].what,
			    places[i].is, places[i].was);
}

static void
numbers_keep_their_meaning(void **state)
{
	assert_int_equal(HELIO_DONE, 0);
	assert_int_equal(HELIO_UNAVAILABLE, 7);
	assert_int_equal(HELIO_MALFORMED, 9);
	assert_int_equal(HELIO_ERROR_SIZE, 512);
	assert_int_equal(HELIO_XIQ_TOKEN, 3);
	assert_int_equal(HELIO_XIQ_CA_FILE, 8);
	assert_int_equal(HELIO_XIQ_LEFT, 16);
	assert_int_equal(HELIO_XIQ_STOP, 2);
	assert_int_equal(HELIO_ENABLE, 0);
	assert_int_equal(HELIO_CHANGE_STATE, 4);
	assert_int_equal(HELIO_READ_DATA, 22);
	assert_int_equal(HELIO_UPLOAD_TOOL_LOG, 37);
	assert_int_equal(HELIO_ARG_JSON, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structs_keep_their_places),
		cmocka_unit_test(numbers_keep_their_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
