/* Enable and disable: who wins, and what the history tells of it. */
#include "domain_fixture.h"

#include <string.h>

#include "domain/enable.h"

/* ---- the rules alone ---- */

static void
orders(void **state)
{
	static const struct {
		struct enable_view view;
		bool		 on;
		enum enable_step step;
	} cases[] = {
		{ { "init", false, false, false }, false, STEP_NONE },
		{ { "init", false, false, false }, true, STEP_PENDING },
		{ { "enabled", false, true, true }, true, STEP_NONE },
		{ { "enabled", false, true, true }, false, STEP_PENDING },
		{ { "pending_enabled", true, false, true }, true, STEP_NONE },
		{ { "pending_enabled", true, false, true }, false, STEP_PENDING },
		/* drifted: asked again, it waits again */
		{ { "disabled", false, false, true }, true, STEP_PENDING },
		/* drifted to what is asked now: it may hear the old order yet */
		{ { "disabled", false, false, true }, false, STEP_PENDING },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(enable_on_order(&cases[i].view, cases[i].on),
		    cases[i].step);
}

static void
reports(void **state)
{
	static const struct {
		struct enable_view view;
		bool		 on;
		enum enable_step step;
	} cases[] = {
		{ { "init", false, false, false }, false, STEP_NONE },
		{ { "init", false, false, false }, true, STEP_FOLLOW },
		{ { "enabled", false, true, true }, true, STEP_NONE },
		{ { "enabled", false, true, true }, false, STEP_FOLLOW },
		{ { "pending_enabled", true, false, true }, true, STEP_CONFIRM },
		{ { "pending_enabled", true, false, true }, false, STEP_NONE },
		{ { "pending_disabled", true, false, false }, false,
		    STEP_CONFIRM },
		{ { "pending_disabled", true, false, false }, true, STEP_NOTE },
		{ { "disabled", false, false, true }, false, STEP_NONE },
		{ { "disabled", false, false, true }, true, STEP_CONFIRM },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(enable_on_report(&cases[i].view, cases[i].on),
		    cases[i].step);
}

/* ---- rows ---- */

struct step {
	enum enable_switch which;
	bool		 on;
};

static enum helio_rc
order(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	const struct step *s = arg;

	return enable_order(tx, s->which, product, s->on, err);
}

static enum helio_rc
report(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	const struct step *s = arg;
	struct row *changes = row_new(tx_arena(tx), product->table);
	enum helio_rc rc = enable_report(tx, s->which, product, s->on, changes,
	    err);

	if (rc != HELIO_OK)
		return rc;
	return tx_update(tx, product->table, row_key(product), changes, NULL,
	    err);
}

static void
do_order(struct domain *d, enum enable_switch which, bool on)
{
	struct caller ann = domain_user("ann", LEVEL_TECHNICAL);
	struct step step = { which, on };

	assert_int_equal(domain_run(d, &ann, order, &step), HELIO_OK);
}

static void
do_report(struct domain *d, enum enable_switch which, bool on)
{
	struct step step = { which, on };

	assert_int_equal(domain_run(d, &CALLER_UNIT, report, &step), HELIO_OK);
}

static void
assert_history(struct domain *d, const char *states, const char *users)
{
	assert_string_equal(domain_column(d, "enable_history",
	    "current_enable_state"), states);
	assert_string_equal(domain_column(d, "enable_history", "user"), users);
}

static void
ordered_and_confirmed(void **state)
{
	struct domain *d = *state;

	do_order(d, SWITCH_UNIT, true);
	assert_int_equal(domain_unit(d, "desired_enable_flag"), 1);
	assert_int_equal(domain_unit(d, "current_enable_flag"), 0);
	do_report(d, SWITCH_UNIT, true);
	assert_int_equal(domain_unit(d, "current_enable_flag"), 1);
	assert_history(d, "pending_enabled,enabled", "ann,ann");
	assert_string_equal(domain_column(d, "enable_history",
	    "prev_enable_state"), "init,pending_enabled");
	assert_int_equal(domain_unit(d, "latest_enable_history_id"), 2);
	assert_int_equal(domain_count(d, "outbox"), 2);
}

static void
ordered_twice_is_ordered_once(void **state)
{
	struct domain *d = *state;

	do_order(d, SWITCH_UNIT, true);
	do_order(d, SWITCH_UNIT, true);
	assert_int_equal(domain_count(d, "enable_history"), 1);
	do_report(d, SWITCH_UNIT, true);
	do_order(d, SWITCH_UNIT, true);
	assert_int_equal(domain_count(d, "enable_history"), 2);
}

static void
a_fresh_unit_is_disabled_already(void **state)
{
	struct domain *d = *state;

	do_order(d, SWITCH_UNIT, false);
	do_report(d, SWITCH_UNIT, false);
	assert_int_equal(domain_count(d, "enable_history"), 0);
	assert_int_equal(domain_count(d, "outbox"), 0);
}

static void
not_heard_yet_stays_pending(void **state)
{
	struct domain *d = *state;

	do_order(d, SWITCH_UNIT, true);
	do_report(d, SWITCH_UNIT, false);
	do_report(d, SWITCH_UNIT, false);
	assert_history(d, "pending_enabled", "ann");
}

static void
a_newer_order_expires_the_older(void **state)
{
	struct domain *d = *state;

	do_order(d, SWITCH_UNIT, true);
	do_order(d, SWITCH_UNIT, false);
	assert_string_equal(domain_column(d, "enable_history",
	    "prev_enable_state"), "init,pending_enabled");
	/* It heard the first one only. */
	do_report(d, SWITCH_UNIT, true);
	assert_int_equal(domain_unit(d, "current_enable_flag"), 1);
	assert_history(d, "pending_enabled,pending_disabled", "ann,ann");
	do_report(d, SWITCH_UNIT, false);
	assert_int_equal(domain_unit(d, "current_enable_flag"), 0);
	assert_history(d, "pending_enabled,pending_disabled,disabled",
	    "ann,ann,ann");
}

static void
a_unit_that_moves_by_itself(void **state)
{
	struct domain *d = *state;

	do_order(d, SWITCH_UNIT, true);
	do_report(d, SWITCH_UNIT, true);
	do_report(d, SWITCH_UNIT, false);
	assert_int_equal(domain_unit(d, "current_enable_flag"), 0);
	assert_int_equal(domain_unit(d, "desired_enable_flag"), 1);
	assert_true(domain_unit(d, "disable_date") > 0);
	do_report(d, SWITCH_UNIT, true);
	assert_history(d, "pending_enabled,enabled,disabled,enabled",
	    "ann,ann,unit,ann");
}

static void
the_first_report_may_be_on(void **state)
{
	struct domain *d = *state;

	do_report(d, SWITCH_UNIT, true);
	assert_history(d, "enabled", "unit");
	assert_int_equal(domain_unit(d, "desired_enable_flag"), 0);
}

/* ---- the tamper switch, which has no columns ---- */

static enum helio_rc
see_tamper(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	return enable_view(tx, SWITCH_TAMPER, product, arg, err);
}

static struct enable_view
tamper(struct domain *d)
{
	struct enable_view view;

	assert_int_equal(domain_run(d, NULL, see_tamper, &view), HELIO_OK);
	return view;
}

static void
tamper_follows_the_unit(void **state)
{
	struct domain *d = *state;

	assert_false(tamper(d).desired);
	do_report(d, SWITCH_TAMPER, true);
	assert_true(tamper(d).current);
	assert_true(tamper(d).desired);
	do_report(d, SWITCH_TAMPER, false);
	assert_false(tamper(d).desired);
	assert_string_equal(domain_column(d, "tamper_enable_history", "user"),
	    "unit,unit");
	assert_int_equal(domain_count(d, "outbox"), 0);
}

static void
tamper_order_stands(void **state)
{
	struct domain *d = *state;

	do_order(d, SWITCH_TAMPER, true);
	assert_true(tamper(d).pending);
	assert_true(tamper(d).desired);
	assert_false(tamper(d).current);
	do_report(d, SWITCH_TAMPER, true);
	assert_false(tamper(d).pending);
	do_report(d, SWITCH_TAMPER, false);
	assert_true(tamper(d).desired);
	assert_false(tamper(d).current);
	do_report(d, SWITCH_TAMPER, true);
	assert_string_equal(domain_column(d, "tamper_enable_history", "user"),
	    "ann,ann,unit,ann");
	assert_int_equal(domain_count(d, "enable_history"), 0);
}

#define STORE(name) \
	cmocka_unit_test_setup_teardown(name, domain_setup, domain_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders), cmocka_unit_test(reports),
		STORE(ordered_and_confirmed),
		STORE(ordered_twice_is_ordered_once),
		STORE(a_fresh_unit_is_disabled_already),
		STORE(not_heard_yet_stays_pending),
		STORE(a_newer_order_expires_the_older),
		STORE(a_unit_that_moves_by_itself),
		STORE(the_first_report_may_be_on),
		STORE(tamper_follows_the_unit),
		STORE(tamper_order_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
