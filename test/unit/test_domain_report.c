/* What follows from a unit's report, and what it is offered. */
#include "domain_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "domain/find.h"
#include "domain/offer.h"
#include "domain/report.h"

struct said {
	struct report	 report;
	struct report_ignored ignored;
	char		 first_ignored[80];
};

static enum helio_rc
apply(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	struct said *said = arg;
	enum helio_rc rc = report_apply(tx, product, &said->report,
	    &said->ignored, err);

	if (rc == HELIO_OK && said->ignored.n > 0)
		strncpy(said->first_ignored, said->ignored.name[0],
		    sizeof(said->first_ignored) - 1);
	return rc;
}

static void
say(struct domain *d, struct said *said)
{
	enum helio_rc rc = domain_run(d, &CALLER_UNIT, apply, said);

	if (rc != HELIO_OK)
		fail_msg("%s %s", err_message(&d->err),
		    d->err.n_faults > 0 ? d->err.fault[0].field : "");
}

static enum helio_rc
add(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx,
	    ((const char **)arg)[0]));
	const char **pair = (const char **)arg + 1;

	row_set(row, "product_imei", row_key(product));
	for (; pair[0] != NULL; pair += 2)
		if (strspn(pair[1], "0123456789") == strlen(pair[1]) &&
		    strcmp(pair[0], "value") != 0)
			row_set_int(row, pair[0], atoll(pair[1]));
		else
			row_set_text(row, pair[0], pair[1]);
	return tx_insert(tx, row, err);
}

static void
insert(struct domain *d, const char **row)
{
	if (domain_run(d, NULL, add, row) != HELIO_OK)
		fail_msg("%s", err_message(&d->err));
}

#define INSERT(d, ...) insert(d, (const char *[]){ __VA_ARGS__, NULL })

static void
an_empty_report_is_a_connection(void **state)
{
	struct domain *d = *state;
	struct said said = { { .software = NULL } };

	say(d, &said);
	say(d, &said);
	assert_int_equal(domain_count(d, "connection"), 2);
	assert_int_equal(domain_unit(d, "latest_connection_id"), 2);
	assert_int_equal(domain_unit(d, "latest_connection_location_id"), -1);
	assert_string_equal(domain_column(d, "connection", "created_by"),
	    "unit,unit");
}

static void
a_connection_with_place_and_cells(void **state)
{
	struct domain *d = *state;
	struct said said = { {
		.date_us = value_int(1600000000000000),
		.mcc = value_int(639), .mnc = value_int(2),
		.cell[0] = { .lac = value_int(11), .signal = value_int(-70) },
		.cell[6] = { .cid = value_int(77) },
		.latitude = value_float(-1.25), .longitude = value_float(36.8),
		.ip_address = "10.1.2.3",
	} };

	say(d, &said);
	assert_string_equal(domain_column(d, "connection", "date"),
	    "1600000000000000");
	assert_string_equal(domain_column(d, "connection", "cell_1_lac"),
	    "11");
	assert_string_equal(domain_column(d, "connection", "cell_1_signal"),
	    "-70");
	assert_string_equal(domain_column(d, "connection", "cell_7_cid"),
	    "77");
	assert_string_equal(domain_column(d, "connection", "latitude"),
	    "-1.250000");
	assert_int_equal(domain_unit(d, "latest_connection_location_id"), 1);
	assert_string_equal(domain_column(d, "product", "ip_address"),
	    "10.1.2.3");
}

static void
software_without_an_update(void **state)
{
	struct domain *d = *state;
	struct said said = { { .software = "3.6" } };

	say(d, &said);
	say(d, &said);
	assert_string_equal(domain_column(d, "product_software_linker",
	    "software_version_type_id"), "7");
	said.report.software = "3.5";
	say(d, &said);
	assert_string_equal(domain_column(d, "product_software_linker",
	    "software_version_type_id"), "7,6");
	assert_null(strstr(domain_column(d, "product_software_linker",
	    "date_added"), "-"));
	assert_int_equal(domain_column(d, "product_software_linker",
	    "date_removed")[0], '1');
}

static void
software_by_a_pending_update(void **state)
{
	struct domain *d = *state;
	struct said said = { { .software = "3.6" } };

	INSERT(d, "product_software_linker", "software_version_type_id", "7");
	say(d, &said);
	assert_int_equal(domain_count(d, "product_software_linker"), 1);
	assert_null(strstr(domain_column(d, "product_software_linker",
	    "date_added"), "-"));
}

static void
unknown_software_is_named(void **state)
{
	struct domain *d = *state;
	struct said said = { { .software = "9.9" } };

	say(d, &said);
	assert_string_equal(said.first_ignored, "software");
	assert_int_equal(domain_count(d, "product_software_linker"), 0);
}

static void
one_balance_per_unit(void **state)
{
	struct domain *d = *state;
	struct said said = { { .balance_s = value_int(60) } };

	say(d, &said);
	said.report.balance_s = value_int(0);
	say(d, &said);
	assert_string_equal(domain_column(d, "balance", "balance"), "0");
}

static void
applied_parameters(void **state)
{
	struct domain *d = *state;
	struct said said = { {
		.parameter = { { false, 2 } }, .n_parameters = 1,
	} };

	INSERT(d, "product_parameter", "parameter_type_id", "1", "status",
	    "active", "value", "5");
	INSERT(d, "product_parameter", "parameter_type_id", "1", "status",
	    "pending", "value", "7");
	say(d, &said);
	assert_int_equal(said.ignored.n, 0);
	assert_string_equal(domain_column(d, "product_parameter", "status"),
	    "removed,active");
	say(d, &said);		/* repeated: the same */
	assert_string_equal(domain_column(d, "product_parameter", "status"),
	    "removed,active");
}

static void
unknown_ids_are_named(void **state)
{
	struct domain *d = *state;
	struct said said = { {
		.parameter = { { false, 9 }, { true, 1 } }, .n_parameters = 2,
		.payment_command = { 5 }, .n_payment_commands = 1,
	} };

	say(d, &said);
	assert_int_equal(said.ignored.n, 3);
	assert_string_equal(said.first_ignored, "applied.parameters.product.9");
}

static void
switches_and_samples(void **state)
{
	struct domain *d = *state;
	struct said said = { {
		.enabled = value_int(1), .tamper_enabled = value_int(1),
		.tamper_open = value_int(1), .balance_s = value_int(5),
	} };

	say(d, &said);
	assert_int_equal(domain_unit(d, "current_enable_flag"), 1);
	assert_int_equal(domain_count(d, "tamper_enable_history"), 1);
	assert_int_equal(domain_count(d, "telemetry_column"), 2);
}

/* ---- offers ---- */

struct asked {
	bool		 full;
	struct arena	*arena;
	struct offer	 offer;
};

static enum helio_rc
ask_job(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	struct asked *a = arg;

	return offer_read(tx, product, a->full, a->arena, &a->offer, err);
}

static enum helio_rc
attempt(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	return offer_count_attempt(tx, arg, err);
}

static void
ask(struct domain *d, struct asked *a, bool full)
{
	a->full = full;
	if (a->arena == NULL)
		a->arena = arena_new();
	assert_int_equal(domain_run(d, NULL, ask_job, a), HELIO_OK);
}

static void
an_offer_of_nothing(void **state)
{
	struct asked a = { .arena = NULL };

	ask(*state, &a, true);
	assert_false(a.offer.enabled);
	assert_int_equal(a.offer.n_parameters, 0);
	assert_null(a.offer.software_name);
	arena_free(a.arena);
}

static void
pending_parameters_are_offered(void **state)
{
	struct domain *d = *state;
	struct asked a = { .arena = NULL };

	INSERT(d, "product_parameter", "parameter_type_id", "1", "status",
	    "active", "value", "5");
	INSERT(d, "product_parameter", "parameter_type_id", "4", "status",
	    "pending", "value", "7");
	INSERT(d, "product_parameter", "parameter_type_id", "4", "status",
	    "expired", "value", "8");
	/* a fact about the unit, no setting */
	INSERT(d, "product_parameter", "parameter_type_id", "5", "status",
	    "active", "value", "100");
	ask(d, &a, false);
	assert_int_equal(a.offer.n_parameters, 1);
	assert_string_equal(a.offer.parameter[0].name, "capacity_limit");
	assert_string_equal(a.offer.parameter[0].value, "7");
	ask(d, &a, true);
	assert_int_equal(a.offer.n_parameters, 2);
	arena_free(a.arena);
}

static void
pending_software_is_offered(void **state)
{
	struct domain *d = *state;
	struct asked a = { .arena = NULL };

	INSERT(d, "product_software_linker", "software_version_type_id", "7");
	ask(d, &a, false);
	assert_string_equal(a.offer.software_name, "3.6");
	assert_int_equal(domain_run(d, NULL, attempt, &a.offer), HELIO_OK);
	assert_int_equal(domain_run(d, NULL, attempt, &a.offer), HELIO_OK);
	assert_string_equal(domain_column(d, "product_software_linker",
	    "update_attempts"), "2");
	arena_free(a.arena);
}

#define STORE(name) \
	cmocka_unit_test_setup_teardown(name, domain_setup, domain_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE(an_empty_report_is_a_connection),
		STORE(a_connection_with_place_and_cells),
		STORE(software_without_an_update),
		STORE(software_by_a_pending_update),
		STORE(unknown_software_is_named), STORE(one_balance_per_unit),
		STORE(applied_parameters), STORE(unknown_ids_are_named),
		STORE(switches_and_samples), STORE(an_offer_of_nothing),
		STORE(pending_parameters_are_offered),
		STORE(pending_software_is_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
