/* The nine states: all 81 moves, the rows and the event of one. */
#include "domain_fixture.h"

#include <string.h>

#include "domain/state.h"

/* The seed's table, read again: a row per state, an x per allowed move. */
static const char *const allowed[] = {
	".x.......", "..x.....x", "...xx..xx", "....x..xx", ".....xxxx",
	"......xxx", ".....x.xx", "....x...x", ".........",
};

static void
all_moves(void **state)
{
	int from, to;

	for (from = 1; from <= 9; from++)
		for (to = 1; to <= 9; to++)
			assert_int_equal(state_may_move(from, to),
			    allowed[from - 1][to - 1] == 'x');
}

static void
numbers_that_are_no_state(void **state)
{
	assert_false(state_may_move(0, 2));
	assert_false(state_may_move(5, 10));
	assert_false(state_may_move(-1, 1));
	assert_false(state_may_move(INT64_MAX, INT64_MIN));
}

static void
by_number_or_name(void **state)
{
	enum unit_state s;

	assert_true(state_parse("8", &s));
	assert_int_equal(s, STATE_IN_REPAIR_SYSTEM);
	assert_true(state_parse("terminated", &s));
	assert_int_equal(s, STATE_TERMINATED);
	assert_false(state_parse("0", &s));
	assert_false(state_parse("10", &s));
	assert_false(state_parse("", &s));
	assert_false(state_parse("8 ", &s));
}

static enum helio_rc
move(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	return state_change(tx, product, *(enum unit_state *)arg, err);
}

static void
new_units_are_stored(void **state)
{
	struct domain *d = *state;

	assert_string_equal(domain_column(d, "state", "prev_state_type"), "1");
	assert_string_equal(domain_column(d, "state", "current_state_type"),
	    "2");
	assert_int_equal(domain_count(d, "outbox"), 0);
}

static void
a_move_leaves_a_row_and_an_event(void **state)
{
	struct domain *d = *state;
	struct caller ann = domain_user("ann", LEVEL_ADMIN);
	enum unit_state to = STATE_SHIPPED;

	assert_int_equal(domain_run(d, &ann, move, &to), HELIO_OK);
	assert_string_equal(domain_column(d, "state", "current_state_type"),
	    "2,3");
	assert_string_equal(domain_column(d, "state", "created_by"),
	    "system,ann");
	assert_string_equal(domain_column(d, "outbox", "payload"),
	    "{\"product_imei\":\"" UNIT_IMEI "\",\"state\":3,"
	    "\"enabled_status\":\"disabled\",\"user\":\"ann\"}");
}

static void
a_refused_move_changes_nothing(void **state)
{
	struct domain *d = *state;
	enum unit_state to = STATE_ACTIVATED;

	assert_int_equal(domain_run(d, NULL, move, &to), HELIO_E_INVALID);
	assert_string_equal(d->err.fault[0].field, "state_transition");
	assert_string_equal(d->err.fault[0].text,
	    " A unit may not transition from state '2' to state '5'");
	assert_int_equal(domain_count(d, "state"), 1);
	assert_int_equal(domain_count(d, "outbox"), 0);
}

#define STORE(name) \
	cmocka_unit_test_setup_teardown(name, domain_setup, domain_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_moves),
		cmocka_unit_test(numbers_that_are_no_state),
		cmocka_unit_test(by_number_or_name),
		STORE(new_units_are_stored),
		STORE(a_move_leaves_a_row_and_an_event),
		STORE(a_refused_move_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
