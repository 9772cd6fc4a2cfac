/* The life of short messages, with the clock in hand. */
#include "domain_fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "domain/sms.h"
#include "outbox/outbox.h"
#include "sms/sms.h"

/* ---- rows ---- */

static enum helio_rc
order(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	struct row *row = NULL;

	return sms_wakeup(tx, product, value_null(), &row, err);
}

static void
wake(struct domain *d)
{
	assert_int_equal(domain_run(d, NULL, order, NULL), HELIO_OK);
}

static enum helio_rc
read_draft(struct tx *tx, void *arg, struct helio_err *err)
{
	return sms_draft(tx, 1, arg, err);
}

static struct sms_draft
draft(struct domain *d)
{
	struct sms_draft draft;

	assert_int_equal(domain_write(d, NULL, read_draft, &draft), HELIO_OK);
	return draft;
}

static enum helio_rc
report_job(struct tx *tx, void *arg, struct helio_err *err)
{
	return sms_reported(tx, arg, err);
}

static enum helio_rc
say(struct domain *d, enum sms_outcome outcome, int64_t retries)
{
	const char *key = domain_column(d, "sms_waiting", "report_key");
	char copy[SMS_KEY_SIZE];
	struct sms_report report = {
		.key = copy, .outcome = outcome, .retries = retries,
	};

	snprintf(copy, sizeof(copy), "%s", key);
	return domain_write(d, NULL, report_job, &report);
}

static enum helio_rc
expire_job(struct tx *tx, void *arg, struct helio_err *err)
{
	return sms_expire(tx, 1, err);
}

static const char *
status(struct domain *d)
{
	return domain_column(d, "sms_history", "status");
}

static void
an_order_is_three_rows_and_two_events(void **state)
{
	struct domain *d = *state;

	wake(d);
	assert_int_equal(domain_count(d, "sms_history"), 1);
	assert_int_equal(domain_count(d, "sms_waiting"), 1);
	assert_string_equal(domain_column(d, "outbox", "event"),
	    "sms,sms-expiry");
	assert_string_equal(domain_column(d, "outbox", "payload"), "1,1");
	assert_string_equal(status(d), "-");
}

static void
a_draft_until_it_expires(void **state)
{
	struct domain *d = *state;
	struct sms_draft one;

	wake(d);
	one = draft(d);
	assert_int_equal(one.state, SMS_SEND);
	assert_string_equal(one.to, "213514135171353");
	assert_int_equal(strlen(one.report_key), SMS_KEY_SIZE - 1);
	assert_in_range(one.left_s, SMS_TIMEOUT_S - 10, SMS_TIMEOUT_S);
	d->now_us += (SMS_TIMEOUT_S - 8) * US_PER_S;
	assert_int_equal(draft(d).state, SMS_SEND);
	d->now_us += 10 * US_PER_S;
	assert_int_equal(draft(d).state, SMS_ENDED);
}

static void
taken_is_not_sent_again(void **state)
{
	struct domain *d = *state;

	wake(d);
	assert_int_equal(say(d, SMS_REPORT_TAKEN, 0), HELIO_OK);
	assert_int_equal(draft(d).state, SMS_TAKEN);
	assert_string_equal(status(d), "-");
	assert_int_equal(say(d, SMS_REPORT_DELIVERED, 0), HELIO_OK);
	assert_int_equal(draft(d).state, SMS_ENDED);
	assert_string_equal(status(d), "Delivered");
}

static void
failures_are_bounded(void **state)
{
	struct domain *d = *state;
	int64_t i;

	wake(d);
	for (i = 0; i < SMS_RETRIES + 2; i++) {
		assert_int_equal(say(d, SMS_REPORT_FAILED, i), HELIO_OK);
		/* the same again, late */
		assert_int_equal(say(d, SMS_REPORT_FAILED, i), HELIO_OK);
	}
	assert_string_equal(domain_column(d, "sms_history",
	    "attempted_retries"), "3");
	assert_int_equal(domain_count(d, "outbox"), 2 + SMS_RETRIES);
}

static void
expired_stays_expired(void **state)
{
	struct domain *d = *state;
	struct sms_report report = { .outcome = SMS_REPORT_DELIVERED };
	char key[SMS_KEY_SIZE];

	wake(d);
	snprintf(key, sizeof(key), "%s", domain_column(d, "sms_waiting",
	    "report_key"));
	report.key = key;
	assert_int_equal(domain_write(d, NULL, expire_job, NULL), HELIO_OK);
	assert_string_equal(status(d), "Expired");
	assert_int_equal(domain_count(d, "sms_waiting"), 0);
	assert_int_equal(domain_write(d, NULL, report_job, &report),
	    HELIO_E_NOT_FOUND);
	assert_int_equal(domain_write(d, NULL, expire_job, NULL), HELIO_OK);
	assert_string_equal(status(d), "Expired");
}

static void
delivered_does_not_expire(void **state)
{
	struct domain *d = *state;

	wake(d);
	say(d, SMS_REPORT_DELIVERED, 0);
	assert_int_equal(domain_write(d, NULL, expire_job, NULL), HELIO_OK);
	assert_string_equal(status(d), "Delivered");
}

/* ---- through the outbox ---- */

static int64_t
clock_us(void *arg)
{
	struct domain *d = arg;

	return __atomic_load_n(&d->now_us, __ATOMIC_RELAXED);
}

static uint32_t
no_jitter(uint32_t below, void *arg)
{
	return 0;
}

struct rig {
	struct domain	*d;
	struct sms	*sms;
	struct outbox	*outbox;
};

static void
rig_up(struct rig *rig, struct domain *d, const struct sms_settings *settings)
{
	struct outbox_options options;

	rig->d = d;
	err_clear(&d->err);
	outbox_options_init(&options);
	options.store = d->store;
	options.now_us = clock_us;
	options.now_arg = d;
	options.random = no_jitter;
	assert_int_equal(sms_new(settings, d->store, &rig->sms, &d->err),
	    HELIO_OK);
	assert_int_equal(outbox_new(&options, &rig->outbox, &d->err),
	    HELIO_OK);
	sms_register(rig->sms, rig->outbox);
}

static void
rig_down(struct rig *rig)
{
	outbox_free(rig->outbox);
	sms_free(rig->sms);
}

static unsigned
turn(struct rig *rig)
{
	unsigned tried = 0;

	assert_int_equal(outbox_run_once(rig->outbox, &tried, &rig->d->err),
	    HELIO_OK);
	return tried;
}

static const struct sms_settings into_the_log = {
	.provider = "file", .url = "", .body = "", .user = "", .password = "",
	.from = "", .text = "WAKEUP", .file = "", .report_url = "",
};

static void
sent_and_expired_by_the_outbox(void **state)
{
	struct domain *d = *state;
	struct rig rig;

	rig_up(&rig, d, &into_the_log);
	wake(d);
	d->now_us += US_PER_S;
	assert_int_equal(turn(&rig), 1);
	assert_string_equal(domain_column(d, "outbox", "event"),
	    "sms-expiry");
	d->now_us += (SMS_TIMEOUT_S - 60) * US_PER_S;
	assert_int_equal(turn(&rig), 0);
	assert_string_equal(status(d), "-");
	d->now_us += 60 * US_PER_S;
	assert_int_equal(turn(&rig), 1);
	assert_string_equal(status(d), "Expired");
	assert_int_equal(domain_count(d, "outbox"), 0);
	rig_down(&rig);
}

static void
a_gateway_that_is_down(void **state)
{
	struct domain *d = *state;
	struct sms_settings settings = into_the_log;
	struct rig rig;

	settings.file = "/nonexistent/sms";
	rig_up(&rig, d, &settings);
	wake(d);
	d->now_us += US_PER_S;
	assert_int_equal(turn(&rig), 1);
	assert_string_equal(domain_column(d, "sms_history",
	    "attempted_retries"), "0");
	d->now_us += 60 * US_PER_S;
	assert_int_equal(turn(&rig), 1);
	assert_string_equal(domain_column(d, "sms_history",
	    "attempted_retries"), "1");
	assert_string_equal(domain_column(d, "sms_history", "modified_by"),
	    "system");
	/* when its time is over it is given up, quietly */
	d->now_us += SMS_TIMEOUT_S * US_PER_S;
	assert_int_equal(turn(&rig), 2);
	assert_string_equal(status(d), "Expired");
	assert_int_equal(domain_count(d, "outbox"), 0);
	assert_int_equal(domain_count(d, "outbox_dead"), 0);
	rig_down(&rig);
}

static void
events_of_a_message_that_has_ended(void **state)
{
	static const struct sms_settings *const settings = &into_the_log;
	struct domain *d = *state;
	struct rig rig;

	rig_up(&rig, d, settings);
	wake(d);
	assert_int_equal(domain_write(d, NULL, expire_job, NULL), HELIO_OK);
	d->now_us += (SMS_TIMEOUT_S + 5) * US_PER_S;
	assert_int_equal(turn(&rig), 2);	/* nothing is left to do */
	assert_int_equal(domain_count(d, "outbox"), 0);
	rig_down(&rig);
}

static void
settings_are_checked(void **state)
{
	struct domain *d = *state;
	struct sms_settings settings = into_the_log;
	struct sms *sms = NULL;

	settings.provider = "pigeon";
	err_clear(&d->err);
	assert_int_equal(sms_new(&settings, d->store, &sms, &d->err),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "sms_provider"));
	settings.provider = "kannel";
	err_clear(&d->err);
	assert_int_equal(sms_new(&settings, d->store, &sms, &d->err),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "sms_url"));
	assert_null(sms);
	sms_free(NULL);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, domain_setup, domain_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_order_is_three_rows_and_two_events),
		TEST(a_draft_until_it_expires),
		TEST(taken_is_not_sent_again),
		TEST(failures_are_bounded),
		TEST(expired_stays_expired),
		TEST(delivered_does_not_expire),
		TEST(sent_and_expired_by_the_outbox),
		TEST(a_gateway_that_is_down),
		TEST(events_of_a_message_that_has_ended),
		TEST(settings_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
