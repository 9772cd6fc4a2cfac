/* Entities and firmware of a unit: rows that follow from orders. */
#include "domain_fixture.h"

#include "domain/entity.h"
#include "domain/find.h"
#include "domain/software.h"

/* ---- entities ---- */

static enum helio_rc
add_entities(struct tx *tx, void *arg, struct helio_err *err)
{
	static const char *const names[] = { "Five", "Six" };
	enum helio_rc rc = HELIO_OK;
	int i;

	for (i = 0; i < 2 && rc == HELIO_OK; i++) {
		struct row *row = row_new(tx_arena(tx), tx_table(tx,
		    "entity"));

		row_set_int(row, "entity_id", 5 + i);
		row_set_text(row, "name", names[i]);
		row_set_int(row, "bboxx_company_flag", 0);
		rc = tx_insert(tx, row, err);
	}
	return rc;
}

struct step {
	char		 verb;		/* '+', '-' or '>' */
	int64_t		 entity, to;
};

static enum helio_rc
take(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	const struct step *s = arg;

	if (s->verb == '+')
		return entity_assign(tx, product, s->entity, err);
	if (s->verb == '-')
		return entity_remove(tx, product, s->entity, err);
	return entity_change(tx, product, s->entity, s->to, err);
}

static enum helio_rc
run(struct domain *d, char verb, int64_t entity, int64_t to)
{
	struct step step = { verb, entity, to };

	return domain_run(d, NULL, take, &step);
}

static enum helio_rc
count_active(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	struct query query = find_query(tx, &(struct find){
		.table = "product_entity_linker", .by = {
			{ "product_imei", row_key(product) },
			{ "date_removed", value_null() },
		},
	});

	return tx_count(tx, &query, arg, err);
}

static int64_t
active(struct domain *d)
{
	int64_t n = -1;

	assert_int_equal(domain_run(d, NULL, count_active, &n), HELIO_OK);
	return n;
}

static void
one_active_linker_for_each_entity(void **state)
{
	struct domain *d = *state;

	assert_int_equal(domain_write(d, NULL, add_entities, NULL), HELIO_OK);
	assert_int_equal(run(d, '+', 5, 0), HELIO_OK);
	assert_int_equal(run(d, '+', 5, 0), HELIO_OK);
	assert_int_equal(active(d), 1);
	assert_int_equal(run(d, '+', 6, 0), HELIO_OK);
	assert_int_equal(run(d, '>', 5, 6), HELIO_OK);
	assert_int_equal(active(d), 1);
	assert_string_equal(domain_column(d, "product_entity_linker",
	    "entity_id"), "1,5,6");
}

static void
a_unit_always_belongs_somewhere(void **state)
{
	struct domain *d = *state;

	assert_int_equal(domain_write(d, NULL, add_entities, NULL), HELIO_OK);
	assert_int_equal(run(d, '-', 1, 0), HELIO_OK);
	assert_int_equal(run(d, '+', 5, 0), HELIO_OK);
	assert_int_equal(run(d, '-', 5, 0), HELIO_OK);
	assert_int_equal(active(d), 1);
	assert_string_equal(domain_column(d, "product_entity_linker",
	    "entity_id"), "1,5,1");
}

static void
a_refused_change_leaves_nothing(void **state)
{
	struct domain *d = *state;

	assert_int_equal(domain_write(d, NULL, add_entities, NULL), HELIO_OK);
	assert_int_equal(run(d, '+', 5, 0), HELIO_OK);
	assert_int_equal(run(d, '>', 6, 5), HELIO_E_INVALID);
	assert_true(domain_fault(d, "old_entity_id"));
	assert_int_equal(run(d, '>', 5, 99), HELIO_E_INVALID);
	assert_true(domain_fault(d, "new_entity_id"));
	assert_int_equal(run(d, '+', 1, 0), HELIO_E_INVALID);
	assert_string_equal(domain_column(d, "product_entity_linker",
	    "entity_id"), "1,5");
}

/* ---- firmware ---- */

static enum helio_rc
order(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	struct row *version = NULL;
	enum helio_rc rc = software_find(tx, value_text(arg), &version, err);

	return rc == HELIO_OK ? software_order(tx, product, version, err) : rc;
}

static enum helio_rc
lock(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	struct row *version = NULL;
	enum helio_rc rc = software_find(tx, value_text(arg), &version, err);

	return rc == HELIO_OK ? software_lock(tx, product, version, err) : rc;
}

static enum helio_rc
report(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	bool known = false;

	return software_report(tx, product, arg, &known, err);
}

static enum helio_rc
expire(struct tx *tx, const struct row *product, void *arg,
    struct helio_err *err)
{
	return software_expire(tx, product, arg, err);
}

static void
a_newer_order_takes_the_place_of_an_older(void **state)
{
	struct domain *d = *state;
	char a[] = "2.15", b[] = "2.16";
	int64_t n = -1;

	assert_int_equal(domain_run(d, NULL, order, a), HELIO_OK);
	assert_int_equal(domain_run(d, NULL, order, b), HELIO_OK);
	assert_string_equal(domain_column(d, "product_software_linker",
	    "software_version_type_id"), "1,2");
	assert_int_equal(domain_run(d, NULL, expire, &n), HELIO_OK);
	assert_int_equal(n, 1);
	assert_int_equal(domain_run(d, NULL, expire, &n), HELIO_OK);
	assert_int_equal(n, 0);
	assert_string_equal(domain_column(d, "product_software_linker",
	    "date_added"), "-,-");
}

static void
a_lock_refuses_orders_but_not_what_the_unit_says(void **state)
{
	struct domain *d = *state;
	char a[] = "2.15", b[] = "2.16";

	assert_int_equal(domain_run(d, NULL, lock, a), HELIO_OK);
	assert_int_equal(domain_unit(d, "software_lock"), 1);
	assert_int_equal(domain_run(d, NULL, order, b), HELIO_E_INVALID);
	assert_true(domain_fault(d, "software"));
	assert_int_equal(domain_run(d, &CALLER_UNIT, report, b), HELIO_OK);
	assert_string_equal(domain_column(d, "product_software_linker",
	    "software_version_type_id"), "1,2");
	assert_int_equal(domain_unit(d, "software_lock"), 1);
}

static void
a_text_may_be_a_number(void **state)
{
	struct domain *d = *state;
	char number[] = "2", none[] = "nothing like it";

	assert_int_equal(domain_run(d, NULL, order, number), HELIO_OK);
	assert_string_equal(domain_column(d, "product_software_linker",
	    "software_version_type_id"), "2");
	assert_int_equal(domain_run(d, NULL, order, none), HELIO_E_INVALID);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, domain_setup, \
	domain_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_active_linker_for_each_entity),
		TEST(a_unit_always_belongs_somewhere),
		TEST(a_refused_change_leaves_nothing),
		TEST(a_newer_order_takes_the_place_of_an_older),
		TEST(a_lock_refuses_orders_but_not_what_the_unit_says),
		TEST(a_text_may_be_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
