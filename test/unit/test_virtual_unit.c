/* test_virtual_unit.c - what a simulated device decides */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim/virtual_unit.h"

#define START_S INT64_C(1700000000)

static struct virtual_unit
new_unit(void)
{
	struct virtual_unit unit;

	virtual_unit_init(&unit, 7, 3, 30, START_S);
	return unit;
}

/* Let it hear an answer of GET /v1/rc_data, given as its "data". */
static bool
hear(struct virtual_unit *unit, const char *data)
{
	json_t *json = json_loads(data, 0, NULL);
	bool news;

	assert_non_null(json);
	news = virtual_unit_obey(unit, json);
	json_decref(json);
	return news;
}

static bool
hear_payments(struct virtual_unit *unit, const char *list)
{
	char data[1024];

	snprintf(data, sizeof(data), "{\"payment_commands\":[%s]}", list);
	return hear(unit, data);
}

#define PAYMENT(id, value) \
	"{\"id\":" #id ",\"category\":\"payment\",\"value\":" #value "}"
#define COMMAND(id, category, value) \
	"{\"id\":" #id ",\"category\":\"" category "\",\"value\":" #value "}"

/* The report as JSON; the caller gives it up with json_decref(). */
static json_t *
report(const struct virtual_unit *unit)
{
	struct buf out = BUF_INIT;
	json_t *json;

	virtual_unit_report(unit, &out);
	json = json_loadb(out.data, out.len, 0, NULL);
	buf_free(&out);
	assert_non_null(json);
	return json;
}

/* The ids that the report acknowledges: "5,6". */
static void
assert_applied(const struct virtual_unit *unit, const char *wanted)
{
	json_t *json = report(unit), *id;
	json_t *ids = json_object_get(json_object_get(json, "applied"),
	    "payment_commands");
	struct buf text = BUF_INIT;
	size_t i;

	buf_adds(&text, "");
	json_array_foreach(ids, i, id)
		buf_addf(&text, "%s%lld", i > 0 ? "," : "",
		    (long long)json_integer_value(id));
	assert_string_equal(text.data != NULL ? text.data : "", wanted);
	buf_free(&text);
	json_decref(json);
}

static char *
samples(const struct virtual_unit *unit)
{
	struct buf out = BUF_INIT;

	if (!virtual_unit_samples(unit, &out))
		return NULL;
	return buf_take(&out, NULL);
}

/* ---- seed ---- */

static void
same_seed_is_the_same_unit(void **state)
{
	struct virtual_unit a = new_unit(), b = new_unit();
	char *of_a, *of_b;

	(void)state;
	assert_string_equal(a.imei, b.imei);
	assert_string_equal(a.device_key, b.device_key);
	for (int64_t s = 0; s < 100000; s += 600) {
		assert_int_equal(virtual_unit_advance(&a, START_S + s),
		    virtual_unit_advance(&b, START_S + s));
		assert_int_equal(virtual_unit_unheard(&a),
		    virtual_unit_unheard(&b));
	}
	of_a = samples(&a);
	of_b = samples(&b);
	assert_string_equal(of_a, of_b);
	free(of_a);
	free(of_b);
}

static void
others_are_others(void **state)
{
	struct virtual_unit unit = new_unit(), other;

	(void)state;
	virtual_unit_init(&other, 7, 4, 30, START_S);
	assert_string_not_equal(unit.imei, other.imei);
	assert_string_not_equal(unit.device_key, other.device_key);
	virtual_unit_init(&other, 8, 3, 30, START_S);
	assert_string_not_equal(unit.imei, other.imei);
	assert_int_equal(strlen(unit.imei), 15);
	assert_int_equal(strlen(unit.device_key), 24);
}

static void
signal_is_bad_now_and_then(void **state)
{
	struct virtual_unit unit = new_unit();
	int unheard = 0;

	(void)state;
	for (int i = 0; i < 10000; i++)
		unheard += virtual_unit_unheard(&unit);
	assert_in_range(unheard, 400, 600);
}

/* ---- orders ---- */

static void
flags_are_obeyed_and_reported(void **state)
{
	struct virtual_unit unit = new_unit();
	json_t *json;

	(void)state;
	assert_true(hear(&unit, "{\"enabled\":true,\"tamper_enabled\":true}"));
	assert_false(hear(&unit, "{\"enabled\":true}"));
	assert_false(hear(&unit, "{\"enabled\":null}"));
	json = report(&unit);
	assert_true(json_is_true(json_object_get(json, "enabled")));
	assert_true(json_is_true(json_object_get(json, "tamper_enabled")));
	json_decref(json);
	assert_true(hear(&unit, "{\"enabled\":false}"));
}

static void
nonsense_is_not_obeyed(void **state)
{
	static const char *const answers[] = {
		"{}", "[]", "{\"enabled\":\"yes\",\"parameters\":7,"
		"\"software\":[],\"payment_commands\":{}}",
		"{\"payment_commands\":[1,null,{},{\"id\":5}],"
		"\"parameters\":[1,{\"id\":4},{\"kind\":5}]}",
	};
	struct virtual_unit unit = new_unit();

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		assert_false(hear(&unit, answers[i]));
	assert_false(virtual_unit_obey(&unit, NULL));
	assert_int_equal(unit.applied_id, 0);
	assert_applied(&unit, "");
}

static void
software_and_parameters_are_taken_over(void **state)
{
	static const char offer[] = "{\"parameters\":[{\"kind\":\"part\","
	    "\"id\":4},{\"kind\":\"product\",\"id\":4}],\"software\":"
	    "{\"name\":\"hub-stc-7\",\"link\":\"x\"}}";
	struct virtual_unit unit = new_unit();
	json_t *json, *list;

	(void)state;
	assert_true(hear(&unit, offer));
	/* the report was lost: the same again is told once */
	assert_true(hear(&unit, offer));
	json = report(&unit);
	assert_string_equal(json_string_value(json_object_get(json,
	    "software")), "hub-stc-7");
	list = json_object_get(json_object_get(json, "applied"),
	    "parameters");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_object_get(
	    json_array_get(list, 0), "kind")), "part");
	json_decref(json);
	virtual_unit_reported(&unit);
	json = report(&unit);
	list = json_object_get(json_object_get(json, "applied"),
	    "parameters");
	assert_int_equal(json_array_size(list), 0);
	json_decref(json);
}

/* ---- credit ---- */

static void
payment_is_applied_once(void **state)
{
	struct virtual_unit unit = new_unit();

	(void)state;
	assert_true(hear_payments(&unit, PAYMENT(5, 100) "," PAYMENT(6, 20)));
	assert_int_equal(unit.balance_s, 120);
	assert_applied(&unit, "5,6");
	/* the acknowledgement was lost */
	assert_true(hear_payments(&unit, PAYMENT(5, 100) "," PAYMENT(6, 20)));
	assert_int_equal(unit.balance_s, 120);
	assert_applied(&unit, "5,6");
	virtual_unit_reported(&unit);
	assert_applied(&unit, "");
	/* and once more after all: told again, not applied */
	assert_true(hear_payments(&unit, PAYMENT(5, 100)));
	assert_int_equal(unit.balance_s, 120);
	assert_applied(&unit, "5");
}

static void
bad_payment_takes_away(void **state)
{
	struct virtual_unit unit = new_unit();

	(void)state;
	hear_payments(&unit, PAYMENT(5, 100) ","
	    COMMAND(6, "bad-payment", -30));
	assert_int_equal(unit.balance_s, 70);
	assert_int_equal(unit.added_s, 70);
}

static void
zero_command_reports_what_was_left(void **state)
{
	struct virtual_unit unit = new_unit();
	json_t *json, *last;

	(void)state;
	assert_true(hear_payments(&unit, PAYMENT(5, 100) ","
	    COMMAND(6, "zero-command", 0)));
	assert_int_equal(unit.balance_s, 0);
	/* only the final balance acknowledges it */
	assert_applied(&unit, "5");
	for (int i = 0; i < 2; i++) {	/* until a 200 */
		assert_false(hear_payments(&unit,
		    COMMAND(6, "zero-command", 0)));
		json = report(&unit);
		last = json_object_get(json, "final_balance");
		assert_int_equal(json_integer_value(json_object_get(last,
		    "zero_command_id")), 6);
		assert_int_equal(json_integer_value(json_object_get(last,
		    "final_balance")), 100);
		assert_int_equal(json_integer_value(json_object_get(last,
		    "total_added")), 100);
		json_decref(json);
	}
	virtual_unit_reported(&unit);
	json = report(&unit);
	assert_null(json_object_get(json, "final_balance"));
	json_decref(json);
	hear_payments(&unit, PAYMENT(7, 50));
	assert_int_equal(unit.balance_s, 50);
	assert_int_equal(unit.added_s, 50);
}

static void
force_reset_starts_anew(void **state)
{
	struct virtual_unit unit = new_unit();

	(void)state;
	hear_payments(&unit, PAYMENT(5, 100));
	virtual_unit_reported(&unit);
	assert_true(hear_payments(&unit, COMMAND(6, "force-reset", 0) ","
	    PAYMENT(7, 40)));
	assert_int_equal(unit.balance_s, 40);
	assert_int_equal(unit.added_s, 40);
	assert_applied(&unit, "6,7");
	assert_true(hear_payments(&unit, COMMAND(6, "force-reset", 0)));
	assert_int_equal(unit.balance_s, 40);
}

static void
sums_do_not_wrap(void **state)
{
	struct virtual_unit unit = new_unit();

	(void)state;
	hear_payments(&unit, PAYMENT(1, 9223372036854775807));
	hear_payments(&unit, PAYMENT(2, 9223372036854775807));
	assert_int_equal(unit.balance_s, INT64_MAX);
}

static void
more_than_it_can_tell_waits(void **state)
{
	struct virtual_unit unit = new_unit();
	char one[80];

	(void)state;
	for (int id = 1; id <= VIRTUAL_ACKS_MAX + 3; id++) {
		snprintf(one, sizeof(one), "{\"id\":%d,\"category\":"
		    "\"payment\",\"value\":1}", id);
		assert_int_equal(hear_payments(&unit, one),
		    id <= VIRTUAL_ACKS_MAX);
	}
	assert_int_equal(unit.balance_s, VIRTUAL_ACKS_MAX);
	virtual_unit_reported(&unit);
	assert_true(hear_payments(&unit, PAYMENT(65, 1)));
	assert_int_equal(unit.balance_s, VIRTUAL_ACKS_MAX + 1);
}

static void
balance_runs_down_while_enabled(void **state)
{
	struct virtual_unit unit = new_unit();

	(void)state;
	hear_payments(&unit, PAYMENT(1, 100));
	virtual_unit_advance(&unit, START_S + 10);
	assert_int_equal(unit.balance_s, 100);
	hear(&unit, "{\"enabled\":true}");
	virtual_unit_advance(&unit, START_S + 40);
	assert_int_equal(unit.balance_s, 70);
	virtual_unit_advance(&unit, START_S + 40);
	virtual_unit_advance(&unit, START_S + 20);	/* a clock set back */
	assert_int_equal(unit.balance_s, 70);
	virtual_unit_advance(&unit, START_S + 4000);
	assert_int_equal(unit.balance_s, 0);
}

static void
reboot_keeps_what_flash_keeps(void **state)
{
	struct virtual_unit unit = new_unit();
	int64_t now_s = START_S;

	(void)state;
	hear_payments(&unit, PAYMENT(5, 100) ","
	    COMMAND(6, "zero-command", 0) "," PAYMENT(7, 60));
	while (!virtual_unit_advance(&unit, ++now_s))
		assert_true(now_s < START_S + 100000);
	assert_int_equal(unit.reboots, 1);
	assert_int_equal(unit.balance_s, 60);
	assert_int_equal(unit.applied_id, 7);
	assert_int_equal(unit.zero_id, 6);
	assert_int_equal(unit.final_balance_s, 100);
	hear_payments(&unit, PAYMENT(7, 60));
	assert_int_equal(unit.balance_s, 60);
}

/* ---- samples ---- */

static void
samples_are_regular(void **state)
{
	struct virtual_unit unit = new_unit();
	char *text;
	json_t *json;

	(void)state;
	assert_null(samples(&unit));
	virtual_unit_advance(&unit, START_S + 95);
	text = samples(&unit);
	json = json_loads(text, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(json, "start")),
	    START_S * 1000);
	assert_int_equal(json_integer_value(json_object_get(json,
	    "interval")), 30000);
	assert_int_equal(json_array_size(json_object_get(json_object_get(json,
	    "fields"), "voltage")), 3);
	json_decref(json);
	free(text);
	virtual_unit_uploaded(&unit);
	assert_null(samples(&unit));
	virtual_unit_advance(&unit, START_S + 121);
	assert_int_equal(unit.n_samples, 1);
	assert_int_equal(unit.first_sample_s, START_S + 90);
}

static void
resent_samples_are_the_same_bytes(void **state)
{
	struct virtual_unit unit = new_unit();
	char *first, *second;
	size_t same;

	(void)state;
	virtual_unit_advance(&unit, START_S + 300);
	first = samples(&unit);
	/* orders, payments, reports between */
	hear(&unit, "{\"enabled\":true}");
	hear_payments(&unit, PAYMENT(1, 1000));
	virtual_unit_reported(&unit);
	second = samples(&unit);
	assert_string_equal(first, second);
	free(second);
	/* later there are more, and those before are as they were */
	virtual_unit_advance(&unit, START_S + 600);
	second = samples(&unit);
	same = (size_t)(strchr(first, ']') - first);
	assert_memory_equal(first, second, same);
	assert_true(strlen(second) > strlen(first));
	free(first);
	free(second);
}

static void
current_follows_the_switch(void **state)
{
	struct virtual_unit unit = new_unit();
	json_t *json, *list;
	char *text;

	(void)state;
	virtual_unit_advance(&unit, START_S + 30);
	hear(&unit, "{\"enabled\":true}");
	virtual_unit_advance(&unit, START_S + 60);
	text = samples(&unit);
	json = json_loads(text, 0, NULL);
	list = json_object_get(json_object_get(json, "fields"), "current");
	assert_true(json_real_value(json_array_get(list, 0)) < 0.5);
	assert_true(json_real_value(json_array_get(list, 1)) > 1.0);
	json_decref(json);
	free(text);
}

static void
only_so_many_samples_are_kept(void **state)
{
	struct virtual_unit unit = new_unit();
	const int64_t more_s = 30 * (VIRTUAL_SAMPLES_MAX + 10);
	char *before, *after;
	json_t *a, *b;

	(void)state;
	virtual_unit_advance(&unit, START_S + more_s - 300);
	hear(&unit, "{\"enabled\":true}");
	assert_int_equal(unit.n_samples, VIRTUAL_SAMPLES_MAX);
	before = samples(&unit);
	virtual_unit_advance(&unit, START_S + more_s);
	assert_int_equal(unit.n_samples, VIRTUAL_SAMPLES_MAX);
	assert_int_equal(unit.first_sample_s, START_S + 300);
	after = samples(&unit);
	a = json_loads(before, 0, NULL);
	b = json_loads(after, 0, NULL);
	/* what is still there is what it was */
	assert_true(json_equal(json_array_get(json_object_get(json_object_get(
	    a, "fields"), "current"), 10), json_array_get(json_object_get(
	    json_object_get(b, "fields"), "current"), 0)));
	json_decref(a);
	json_decref(b);
	free(before);
	free(after);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_is_the_same_unit),
		cmocka_unit_test(others_are_others),
		cmocka_unit_test(signal_is_bad_now_and_then),
		cmocka_unit_test(flags_are_obeyed_and_reported),
		cmocka_unit_test(nonsense_is_not_obeyed),
		cmocka_unit_test(software_and_parameters_are_taken_over),
		cmocka_unit_test(payment_is_applied_once),
		cmocka_unit_test(bad_payment_takes_away),
		cmocka_unit_test(zero_command_reports_what_was_left),
		cmocka_unit_test(force_reset_starts_anew),
		cmocka_unit_test(sums_do_not_wrap),
		cmocka_unit_test(more_than_it_can_tell_waits),
		cmocka_unit_test(balance_runs_down_while_enabled),
		cmocka_unit_test(reboot_keeps_what_flash_keeps),
		cmocka_unit_test(samples_are_regular),
		cmocka_unit_test(resent_samples_are_the_same_bytes),
		cmocka_unit_test(current_follows_the_switch),
		cmocka_unit_test(only_so_many_samples_are_kept),
	};

	return cmocka_run_group_tests_name("virtual_unit", tests, NULL, NULL);
}
