/* test_telemetry_room.c - how much is stored, and the ceiling over it */
#include "plain_store.h"

#include <string.h>

#include "domain/ceiling.h"
#include "telemetry/room.h"
#include "telemetry/telemetry.h"

#define AT_NS	INT64_C(1700000000000000000)

/* A day of minutes from a day on, so different that they take room. */
static enum helio_rc
upload_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct telemetry_point point[1440];
	struct telemetry_series series = { "v", point, 1440 };
	struct telemetry_batch batch = { .measurement = "m",
	    .series = &series, .n_series = 1 };
	uint64_t seed = 88172645463325252u;

	for (int i = 0; i < 1440; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		point[i] = (struct telemetry_point){
			.at_ns = AT_NS + (*(int *)arg * 1440 + i) *
			    INT64_C(60000000000),
			.value = value_int((int64_t)(seed >> 1)),
		};
	}
	return telemetry_write_batch(tx, &batch, TELEMETRY_REFUSE, err);
}

static void
upload(struct plain_store *plain, int day)
{
	plain_store_write(plain, upload_run, &day);
}

static enum helio_rc
delete_run(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct telemetry_doomed all = { .first_ns = INT64_MIN,
	    .last_ns = *(int64_t *)arg };
	int64_t after = 0, rows;

	return telemetry_delete(tx, &all, 10, &after, &rows, err);
}

static struct telemetry_room
room_of(struct plain_store *plain)
{
	struct tx *tx = plain_store_read(plain);
	struct telemetry_room room;

	assert_int_equal(telemetry_room(tx, &room, &plain->err), HELIO_OK);
	store_read_end(tx);
	return room;
}

static void
open_room(struct plain_store *plain, int64_t most)
{
	assert_int_equal(telemetry_room_open(plain->store, most, &plain->err),
	    HELIO_OK);
}

static enum helio_rc
check_run(struct tx *tx, void *arg, struct helio_err *err)
{
	*(enum helio_rc *)arg = telemetry_room_check(tx, err);
	err_clear(err);
	return HELIO_OK;
}

static enum helio_rc
check(struct plain_store *plain)
{
	enum helio_rc rc;

	plain_store_write(plain, check_run, &rc);
	return rc;
}

static void
levels_begin_where_they_say(void **state)
{
	static const struct {
		int64_t		 bytes, most;
		enum telemetry_level level;
		int64_t		 percent;
	} rows[] = {
		{ 0, 0, TELEMETRY_AMPLE, 0 },
		{ INT64_MAX, 0, TELEMETRY_AMPLE, 0 },
		{ 0, 1000, TELEMETRY_AMPLE, 0 },
		{ 899, 1000, TELEMETRY_AMPLE, 89 },
		{ 900, 1000, TELEMETRY_NEAR, 90 },
		{ 999, 1000, TELEMETRY_NEAR, 99 },
		{ 1000, 1000, TELEMETRY_FULL, 100 },
		{ 2500, 1000, TELEMETRY_FULL, 250 },
		{ 0, 1, TELEMETRY_AMPLE, 0 },
		{ 1, 1, TELEMETRY_FULL, 100 },
		{ INT64_C(1) << 49, INT64_C(1) << 50, TELEMETRY_AMPLE, 50 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct telemetry_room room = {
			.held = { .bytes = rows[i].bytes },
			.most = rows[i].most,
		};

		assert_int_equal(telemetry_level(&room), rows[i].level);
		assert_int_equal(telemetry_percent(&room), rows[i].percent);
	}
}

static void
what_was_there_before_is_counted_once(void **state)
{
	struct plain_store *plain = *state;
	struct telemetry_held held;
	struct tx *tx;

	upload(plain, 0);
	assert_false(room_of(plain).known);
	assert_int_equal(room_of(plain).held.bytes, 0);
	open_room(plain, 0);
	assert_true(room_of(plain).known);
	assert_int_equal(room_of(plain).held.series, 1);
	assert_int_equal(room_of(plain).held.rows, 1440);
	assert_true(room_of(plain).held.bytes > 1440 * 7);
	upload(plain, 1);
	plain_store_reopen(plain);
	open_room(plain, 5);
	assert_int_equal(room_of(plain).held.rows, 2880);
	assert_int_equal(room_of(plain).most, 5);
	tx = plain_store_read(plain);
	assert_int_equal(telemetry_count_held(tx, &held, &plain->err),
	    HELIO_OK);
	store_read_end(tx);
	assert_int_equal(held.bytes, room_of(plain).held.bytes);
}

static void
deleting_makes_room_again(void **state)
{
	struct plain_store *plain = *state;
	int64_t until = AT_NS + INT64_C(86400000000000) / 2;

	open_room(plain, 10000);
	assert_int_equal(check(plain), HELIO_OK);
	upload(plain, 0);
	assert_int_equal(check(plain), HELIO_E_FULL);
	/* a part of a chunk, then all of it */
	plain_store_write(plain, delete_run, &until);
	assert_int_equal(room_of(plain).held.rows, 719);
	assert_int_equal(check(plain), HELIO_OK);
	until = INT64_MAX;
	plain_store_write(plain, delete_run, &until);
	assert_int_equal(room_of(plain).held.bytes, 0);
	assert_int_equal(room_of(plain).held.series, 0);
	/* without a ceiling there is always room */
	open_room(plain, 0);
	upload(plain, 1);
	assert_int_equal(check(plain), HELIO_OK);
}

/* ---- the doctor ---- */

struct findings {
	unsigned	 bad, warnings;
	char		 text[400];	/* of the last of those */
};

static void
take_finding(void *arg, const struct store_finding *finding)
{
	struct findings *f = arg;

	f->bad += !finding->ok;
	f->warnings += finding->warning;
	if (!finding->ok || finding->warning)
		strcpy(f->text, finding->text);
}

static struct findings
findings_of(struct plain_store *plain)
{
	struct findings f = { 0 };
	unsigned bad = 0;

	assert_int_equal(telemetry_doctor(plain->store, take_finding, &f,
	    &bad, &plain->err), HELIO_OK);
	assert_int_equal(bad, f.bad);
	return f;
}

static enum helio_rc
miscount(struct tx *tx, void *arg, struct helio_err *err)
{
	(void)arg;
	(void)err;
	telemetry_room_add(tx, &(struct telemetry_held){ .rows = 1 });
	return HELIO_OK;
}

static void
doctor_tells_of_the_ceiling_and_of_wrong_counts(void **state)
{
	struct plain_store *plain = *state;
	struct findings f;

	upload(plain, 0);
	assert_int_equal(findings_of(plain).bad, 0);
	open_room(plain, 0);
	f = findings_of(plain);
	assert_int_equal(f.bad + f.warnings, 0);
	open_room(plain, room_of(plain).held.bytes + 100);
	f = findings_of(plain);
	assert_int_equal(f.bad, 0);
	assert_int_equal(f.warnings, 1);
	assert_non_null(strstr(f.text, "telemetry takes 99 % of"));
	assert_null(strstr(f.text, "refused"));
	open_room(plain, room_of(plain).held.bytes);
	f = findings_of(plain);
	assert_int_equal(f.warnings, 1);
	assert_non_null(strstr(f.text, "100 %"));
	assert_non_null(strstr(f.text, "refused"));
	open_room(plain, 0);
	plain_store_write(plain, miscount, NULL);
	f = findings_of(plain);
	assert_int_equal(f.bad, 1);
	assert_non_null(strstr(f.text, "1440 rows"));
	assert_non_null(strstr(f.text, "1441"));
}

/* Two that watch one store: as two servers, and as a start with a ceiling that
 * is reached already. */
static void
watching_ends_well(void **state)
{
	struct plain_store *plain = *state;
	struct ceiling *one = NULL, *two = NULL;

	assert_int_equal(ceiling_watch(plain->store, 10000, &one,
	    &plain->err), HELIO_OK);
	upload(plain, 0);
	assert_int_equal(ceiling_watch(plain->store, 10000, &two,
	    &plain->err), HELIO_OK);
	upload(plain, 1);
	plain_store_reopen(plain);
	assert_int_equal(room_of(plain).held.rows, 2880);
	ceiling_free(one);
	ceiling_free(two);
	ceiling_free(NULL);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, plain_store_setup, \
	    plain_store_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_begin_where_they_say),
		TEST(what_was_there_before_is_counted_once),
		TEST(deleting_makes_room_again),
		TEST(doctor_tells_of_the_ceiling_and_of_wrong_counts),
		TEST(watching_ends_well),
	};

	return cmocka_run_group_tests_name("telemetry_room", tests, NULL,
	    NULL);
}
