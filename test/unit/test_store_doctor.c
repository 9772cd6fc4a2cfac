/* What helio doctor finds in a folder that does not agree with itself. */
#include "store_fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/times.h"

static const char text[] =
    "version 1\n"
    "table product\n"
    "	path products\n"
    "	key product_imei text(16) natural\n"
    "	field latest_state_id int -> state\n"
    "	field latest_connection_id int ~> connection\n"
    "	many product_entity_linker product_entity_linker.product_imei\n"
    "	methods GET OVERVIEW\n"
    "	scope product\n"
    "table entity\n"
    "	key entity_id int\n"
    "	scope own entity_id\n"
    "table product_entity_linker\n"
    "	key product_entity_linker_id int\n"
    "	field product_imei text(16) required -> product\n"
    "	field entity_id int required -> entity\n"
    "	field date_removed datetime\n"
    "	scope all\n"
    "table state\n"
    "	key state_id int\n"
    "	field product_imei text(16) required -> product\n"
    "	scope all\n"
    "table connection\n"
    "	key connection_id int\n"
    "	field product_imei text(16) required -> product\n"
    "	scope all\n"
    "table outbox internal\n"
    "	key outbox_id int\n"
    "	field lease_until datetime\n";

static int
setup(void **state)
{
	struct fixture *f;

	fixture_setup_closed(state);
	f = *state;
	schema_free(f->schema);
	f->schema = fixture_schema(text);
	f->options.schema = f->schema;
	f->options.create = true;
	assert_int_equal(fixture_open(f), HELIO_OK);
	f->options.create = false;
	assert_int_equal(fixture_insert(f, NULL, "entity", NULL, NULL),
	    HELIO_OK);
	for (int i = 0; i < 2; i++) {
		const struct cell *imei = i == 0 ?
		    CELLS(TEXT("product_imei", "1")) :
		    CELLS(TEXT("product_imei", "2"));

		assert_int_equal(fixture_insert(f, NULL, "product", imei,
		    NULL), HELIO_OK);
		assert_int_equal(fixture_insert(f, NULL, "state", imei, NULL),
		    HELIO_OK);
	}
	assert_int_equal(fixture_insert(f, NULL, "product_entity_linker",
	    CELLS(TEXT("product_imei", "1"), INT("entity_id", 1)), NULL),
	    HELIO_OK);
	assert_int_equal(fixture_insert(f, NULL, "product_entity_linker",
	    CELLS(TEXT("product_imei", "2"), INT("entity_id", 1)), NULL),
	    HELIO_OK);
	return 0;
}

struct findings {
	char		 text[4096];
	size_t		 len;
};

static void
note(void *arg, const struct store_finding *finding)
{
	struct findings *f = arg;

	f->len += (size_t)snprintf(f->text + f->len, sizeof(f->text) - f->len,
	    "%s: %s\n", finding->ok ? "ok" : "bad", finding->text);
	assert_true(f->len < sizeof(f->text));
}

/* So many bad findings, among them this line. */
static void
expect(struct fixture *f, unsigned bad, const char *line)
{
	struct findings found = { "", 0 };
	unsigned n = 99;

	assert_int_equal(store_doctor(f->store, note, &found, &n, &f->err),
	    HELIO_OK);
	if (n != bad || strstr(found.text, line) == NULL)
		fail_msg("%u bad, no \"%s\" in:\n%s", n, line, found.text);
}

static void
update(struct fixture *f, const char *imei, const struct cell *cells)
{
	assert_int_equal(fixture_update(f, NULL, "product", value_text(imei),
	    cells), HELIO_OK);
}

static void
sound_folder_says_what_was_checked(void **state)
{
	struct fixture *f = *state;

	update(f, "2", CELLS(INT("latest_state_id", 2)));
	expect(f, 0, f->database != NULL ? "ok: the database is sound" :
	    "ok: the database file is sound");
	expect(f, 0, "ok: every product belongs to an entity");
	expect(f, 0, "ok: the latest_ columns");
}

static void
latest_of_another_product_is_bad(void **state)
{
	struct fixture *f = *state;

	update(f, "1", CELLS(INT("latest_state_id", 2)));
	expect(f, 1, "bad: latest_state_id of 1 products");
}

static void
loose_key_is_told_but_not_bad(void **state)
{
	struct fixture *f = *state;

	update(f, "1", CELLS(INT("latest_connection_id", 77)));
	expect(f, 0, "ok: 1 rows of product point at no connection");
}

static void
product_without_an_entity_is_bad(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_update(f, NULL, "product_entity_linker",
	    value_int(2), CELLS(INT("date_removed", 5))), HELIO_OK);
	expect(f, 1, "bad: 1 products belong to no entity");
}

static void
old_lease_is_bad(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_insert(f, NULL, "outbox",
	    CELLS(INT("lease_until", f->now_us - US_PER_DAY / 2)), NULL),
	    HELIO_OK);
	expect(f, 0, "ok: 0 events are held");
	f->now_us += US_PER_DAY;
	expect(f, 1, "bad: 1 events are held");
}

static void
wrong_counter_is_bad(void **state)
{
	struct fixture *f = *state;

	(void)fixture_sql(f, "UPDATE helio_count SET row_count = 9 "
	    "WHERE name = 'state'");
	assert_int_equal(fixture_open(f), HELIO_OK);
	expect(f, 1, "bad: state has 2 rows, its counter says 9");
}

static void
used_number_ahead_is_bad(void **state)
{
	struct fixture *f = *state;

	(void)fixture_sql(f, "UPDATE helio_sequence SET last_id = 1 "
	    "WHERE name = 'state'");
	assert_int_equal(fixture_open(f), HELIO_OK);
	expect(f, 1, "bad: state has key 2, beyond the last number given, 1");
}

static void
dangling_key_is_bad(void **state)
{
	struct fixture *f = *state;

	(void)fixture_sql(f, "UPDATE state SET product_imei = 'x' "
	    "WHERE state_id = 1");
	assert_int_equal(fixture_open(f), HELIO_OK);
	expect(f, 1, "bad: 1 rows of state point at no product");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sound_folder_says_what_was_checked),
		TEST(latest_of_another_product_is_bad),
		TEST(loose_key_is_told_but_not_bad),
		TEST(product_without_an_entity_is_bad),
		TEST(old_lease_is_bad),
		TEST(wrong_counter_is_bad),
		TEST(used_number_ahead_is_bad),
		TEST(dangling_key_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
