/* JSON lines into the store and out again. */
#include "store_fixture.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY(i) value_int(i)

static struct fixture *
of(void **state)
{
	return *state;
}

/* Lines of a text in memory. */
struct lines {
	const char	*text, *at;
	unsigned long	 no, told;
};

static bool
next_line(void *arg, const char **ret, size_t *ret_n, unsigned long *ret_no)
{
	struct lines *l = arg;
	const char *end = strchr(l->at, '\n');

	if (*l->at == '\0')
		return false;
	if (end == NULL)
		end = l->at + strlen(l->at);
	*ret = l->at;
	*ret_n = (size_t)(end - l->at);
	*ret_no = ++l->no;
	l->at = *end == '\n' ? end + 1 : end;
	return true;
}

static bool
first_line(void *arg)
{
	struct lines *l = arg;

	l->at = l->text;
	l->no = 0;
	return true;
}

static void
on_progress(void *arg, unsigned long lines)
{
	((struct lines *)arg)->told = lines;
}

static enum helio_rc
import(struct fixture *f, const char *text)
{
	struct lines l = { text, text, 0, 0 };
	struct store_import in = { .line = next_line, .rewind = first_line,
	    .progress = on_progress, .arg = &l };

	err_clear(&f->err);
	return store_import(f->store, &in, &f->err);
}

static bool
collect(void *arg, const char *s, size_t n)
{
	buf_add(arg, s, n);
	return true;
}

static char *
export(struct fixture *f)
{
	struct buf out = BUF_INIT;

	assert_int_equal(store_export(f->store, collect, &out, &f->err),
	    HELIO_OK);
	return buf_take(&out, NULL);
}

/* The import fails, names this, and keeps nothing. */
static void
refused(struct fixture *f, const char *text, const char *names)
{
	char *before = export(f), *after;

	assert_int_not_equal(import(f, text), HELIO_OK);
	if (strstr(err_message(&f->err), names) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", names,
		    err_message(&f->err));
	after = export(f);
	assert_string_equal(before, after);
	free(before);
	free(after);
	assert_int_equal(fixture_bad(f), 0);
}

/* ---- what is taken ---- */

static void
children_may_come_before_parents(void **state)
{
	struct fixture *f = of(state);

	assert_int_equal(import(f,
	    "{\"table\":\"shop\",\"row\":{\"shop_id\":5,\"hub_id\":3}}\n"
	    "{\"row\":{\"hub_id\":3,\"name\":\"h\",\"entity_id\":1},"
	    "\"table\":\"hub\"}\n"
	    "\n"
	    "{\"table\":\"entity\",\"row\":{\"entity_id\":1,\"name\":\"e\"}}"),
	    HELIO_OK);
	assert_int_equal(fixture_count(f, NULL, "shop"), 1);
	assert_int_equal(fixture_int(f, "hub", KEY(3), "floor"), 7);
	assert_int_equal(fixture_bad(f), 0);
}

static void
every_type_is_read(void **state)
{
	struct fixture *f = of(state);
	char *out;

	assert_int_equal(import(f, "{\"table\":\"note\",\"row\":{\"note_id\":1,"
	    "\"text\":\"a\\u00e9\\\"b\",\"extra\":{ \"a b\" : [1, 2.50, "
	    "\"x \\\" y\", null] },\"weight\":1e-3,\"done\":true,"
	    "\"day\":\"2016-02-29\",\"at\":\"2016-01-02T03:04:05.000006\","
	    "\"created_at\":\"2015-01-01\",\"created_by\":\"ann\"}}"),
	    HELIO_OK);
	out = export(f);
	assert_non_null(strstr(out, "\"extra\":{\"a b\":[1,2.50,\"x \\\" y\","
	    "null]}"));
	assert_non_null(strstr(out, "\"weight\":0.001"));
	assert_non_null(strstr(out, "\"done\":true"));
	assert_non_null(strstr(out, "\"day\":\"2016-02-29\""));
	assert_non_null(strstr(out, "\"at\":\"2016-01-02T03:04:05.000006\""));
	assert_non_null(strstr(out, "\"created_at\":\"2015-01-01T00:00:00\""));
	assert_non_null(strstr(out, "\"created_by\":\"ann\""));
	assert_non_null(strstr(out, "\"modified_at\":null"));
	free(out);
}

static void
row_that_is_there_is_changed(void **state)
{
	struct fixture *f = of(state);

	assert_int_equal(import(f, "{\"table\":\"hub\",\"row\":{\"hub_id\":1,"
	    "\"name\":\"a\",\"slot\":4,\"created_at\":\"2015-01-01\"}}"),
	    HELIO_OK);
	assert_int_equal(import(f, "{\"table\":\"hub\",\"row\":{\"hub_id\":1,"
	    "\"floor\":9}}"), HELIO_OK);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "floor"), 9);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "slot"), 4);
	assert_int_equal(fixture_int(f, "hub", KEY(1), "modified_at"),
	    f->now_us);
	assert_int_not_equal(fixture_int(f, "hub", KEY(1), "created_at"),
	    f->now_us);
	assert_int_equal(fixture_count(f, NULL, "hub"), 1);
}

static void
numbers_go_on_after_the_highest(void **state)
{
	struct fixture *f = of(state);
	int64_t key = 0;

	assert_int_equal(import(f,
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":500,\"name\":\"a\"}}\n"
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":3,\"name\":\"b\"}}"),
	    HELIO_OK);
	assert_int_equal(fixture_insert(f, NULL, "hub", CELLS(TEXT("name",
	    "c")), &key), HELIO_OK);
	assert_int_equal(key, 501);
	assert_int_equal(fixture_count(f, NULL, "hub"), 3);
}

static void
rows_without_key_are_numbered(void **state)
{
	struct fixture *f = of(state);
	int64_t key = 0;

	assert_int_equal(fixture_insert(f, NULL, "hub", CELLS(TEXT("name",
	    "first")), NULL), HELIO_OK);
	assert_int_equal(import(f,
	    "{\"table\":\"hub\",\"row\":{\"name\":\"a\",\"slot\":2}}\n"
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":5,\"name\":\"b\"}}\n"
	    "{\"table\":\"hub\",\"row\":{\"name\":\"c\",\"slot\":6}}"),
	    HELIO_OK);
	assert_int_equal(fixture_int(f, "hub", KEY(2), "slot"), 2);
	assert_int_equal(fixture_int(f, "hub", KEY(6), "slot"), 6);
	assert_int_equal(fixture_insert(f, NULL, "hub", CELLS(TEXT("name",
	    "last")), &key), HELIO_OK);
	assert_int_equal(key, 7);
	assert_int_equal(fixture_bad(f), 0);
}

static void
number_just_given_is_not_taken_by_a_later_line(void **state)
{
	refused(of(state),
	    "{\"table\":\"hub\",\"row\":{\"name\":\"a\"}}\n"
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":1,\"name\":\"b\"}}",
	    "line 2, hub: hub_id is the number of a row without key");
}

static void
numbered_row_that_leads_nowhere_is_named(void **state)
{
	refused(of(state),
	    "{\"table\":\"hub\",\"row\":{\"name\":\"a\"}}\n"
	    "{\"table\":\"shop\",\"row\":{\"shop_id\":4,\"hub_id\":1}}\n"
	    "{\"table\":\"shop\",\"row\":{\"hub_id\":8}}",
	    "line 3, shop: hub_id leads to no hub");
}

static enum helio_rc
next_serial(struct tx *tx, void *arg, struct helio_err *err)
{
	return tx_sequence(tx, "serial", arg, err);
}

static void
running_numbers_are_kept(void **state)
{
	struct fixture *f = of(state);
	int64_t n = 0;

	assert_int_equal(import(f, "{\"table\":\"helio_sequence\",\"row\":"
	    "{\"name\":\"#serial\",\"last_id\":41}}\n"
	    "{\"table\":\"helio_sequence\",\"row\":"
	    "{\"name\":\"hub\",\"last_id\":7}}"), HELIO_OK);
	assert_int_equal(fixture_run(f, next_serial, &n), HELIO_OK);
	assert_int_equal(n, 42);
	assert_int_equal(fixture_insert(f, NULL, "hub", CELLS(TEXT("name",
	    "c")), &n), HELIO_OK);
	assert_int_equal(n, 8);
}

static bool
next_note(void *arg, const char **ret, size_t *ret_n, unsigned long *ret_no)
{
	static char line[120];
	unsigned long *no = arg;

	if (*no == 12000)
		return false;
	*ret_no = ++*no;
	*ret_n = (size_t)snprintf(line, sizeof(line), "{\"table\":\"note\","
	    "\"row\":{\"note_id\":%lu,\"hub_id\":1}}", *no);
	*ret = line;
	return true;
}

/* Indexes that are dropped for speed come back. */
static void
large_import_keeps_the_indexes(void **state)
{
	struct fixture *f = of(state);
	const char *indexes = f->database != NULL ?
	    "SELECT count(*) FROM pg_indexes WHERE "
	    "schemaname = current_schema()" :
	    "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND "
	    "sql IS NOT NULL";
	unsigned long no = 0;
	struct store_import in = { .line = next_note, .arg = &no };
	int64_t before = fixture_sql(f, indexes);

	assert_int_equal(fixture_open(f), HELIO_OK);
	assert_int_equal(import(f, "{\"table\":\"hub\",\"row\":"
	    "{\"hub_id\":1,\"name\":\"a\"}}"), HELIO_OK);
	assert_int_equal(store_import(f->store, &in, &f->err), HELIO_OK);
	assert_int_equal(in.rows, 12000);
	assert_int_equal(fixture_count(f, NULL, "note"), 12000);
	assert_int_equal(fixture_bad(f), 0);
	assert_int_equal(fixture_sql(f, indexes), before);
}

/* ---- what is refused ---- */

static void
bad_lines_are_named(void **state)
{
	static const struct {
		const char *line, *names;
	} bad[] = {
		{ "no JSON", "line 2: not a JSON object" },
		{ "{\"table\":\"hub\"}", "line 2: not a JSON object" },
		{ "{\"table\":\"hub\",\"row\":{}} x", "line 2: not a JSON" },
		{ "{\"table\":\"hub\",\"row\":[]}", "\"row\" is no object" },
		{ "{\"table\":\"nub\",\"row\":{}}", "no table \"nub\"" },
		{ "{\"table\":\"helio_count\",\"row\":{}}", "no table" },
		{ "{\"table\":\"network\",\"row\":{\"name\":\"x\"}}",
		    "mccmnc the key is missing" },
		{ "{\"table\":\"hub\",\"row\":{\"hub_id\":0,\"name\":\"x\"}}",
		    "hub_id is no possible key" },
		{ "{\"table\":\"hub\",\"row\":{\"hub_id\":"
		    "9223372036854775807,\"name\":\"x\"}}",
		    "hub_id is no possible key" },
		{ "{\"table\":\"hub\",\"row\":{\"hub_id\":1,\"nam\":\"x\"}}",
		    "nam there is no such field" },
		{ "{\"table\":\"hub\",\"row\":{\"hub_id\":1,\"name\":4}}",
		    "name must be a text" },
		{ "{\"table\":\"hub\",\"row\":{\"hub_id\":1,\"name\":null}}",
		    "name is required" },
		{ "{\"table\":\"hub\",\"row\":{\"hub_id\":1,\"name\":\"01234"
		    "56789012345678901234567890123456789x\"}}",
		    "at most 40 characters" },
		{ "{\"table\":\"hub\",\"row\":{\"hub_id\":1,\"name\":"
		    "\"a\\u0000b\"}}", "NUL" },
		{ "{\"table\":\"note\",\"row\":{\"note_id\":1,\"done\":1}}",
		    "done must be true or false" },
		{ "{\"table\":\"note\",\"row\":{\"note_id\":1,\"at\":\"x\"}}",
		    "line 2: at " },
		{ "{\"table\":\"note\",\"row\":{\"note_id\":1.5}}",
		    "note_id must be a whole number" },
		{ "{\"table\":\"note\",\"row\":{\"note_id\":1,\"weight\":{}}}",
		    "weight must be a number" },
		{ "{\"table\":\"user\",\"row\":{\"user_id\":1,\"username\":"
		    "\"a\",\"user_product_visibility\":\"ALL\"}}",
		    "none of the options" },
		{ "{\"table\":\"helio_sequence\",\"row\":{\"name\":\"nub\","
		    "\"last_id\":1}}", "no such table" },
	};
	struct fixture *f = of(state);
	char text[600];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{\"table\":\"entity\",\"row\":"
		    "{\"entity_id\":1,\"name\":\"good\"}}\n%s", bad[i].line);
		refused(f, text, bad[i].names);
	}
	assert_int_equal(fixture_count(f, NULL, "entity"), 0);
}

/* Entities 1 to n, one to a line; from line 1 on, so line i is entity i. */
static void
add_entities(struct buf *out, int n)
{
	for (int i = 1; i <= n; i++)
		buf_addf(out, "{\"table\":\"entity\",\"row\":{\"entity_id\":"
		    "%d,\"name\":\"e%d\"}}\n", i, i);
}

/* Whether they are written one by one or many at once: the last line about a
 * row counts, and rows of other tables come between. */
static void
many_rows_keep_their_order(void **state)
{
	struct fixture *f = of(state);
	struct buf text = BUF_INIT;

	for (int i = 1; i <= 1000; i++) {
		buf_addf(&text, "{\"table\":\"entity\",\"row\":{"
		    "\"entity_id\":%d,\"name\":\"e%d\"}}\n", i, i);
		buf_addf(&text, "{\"table\":\"hub\",\"row\":{\"hub_id\":%d,"
		    "\"name\":\"h\",\"entity_id\":%d}}\n", i, 1001 - i);
		if (i % 3 == 0)		/* soon again, and later again */
			buf_addf(&text, "{\"table\":\"hub\",\"row\":{"
			    "\"hub_id\":%d,\"slot\":%d}}\n"
			    "{\"table\":\"hub\",\"row\":{\"hub_id\":%d,"
			    "\"name\":\"again\",\"floor\":%d}}\n", i, i,
			    i / 2, i);
	}
	assert_int_equal(import(f, text.data), HELIO_OK);
	assert_int_equal(fixture_count(f, NULL, "entity"), 1000);
	assert_int_equal(fixture_count(f, NULL, "hub"), 1000);
	for (int i = 1; i <= 1000; i++) {
		assert_int_equal(fixture_int(f, "hub", KEY(i), "entity_id"),
		    1001 - i);
		assert_int_equal(fixture_int(f, "hub", KEY(i), "slot"),
		    i % 3 == 0 ? i : 0);
	}
	assert_int_equal(fixture_int(f, "hub", KEY(1), "floor"), 3);
	assert_int_equal(fixture_int(f, "hub", KEY(3), "floor"), 6);
	assert_int_equal(fixture_int(f, "hub", KEY(499), "floor"), 999);
	assert_int_equal(fixture_bad(f), 0);
	/* and all of it once more, with what is there already */
	assert_int_equal(import(f, text.data), HELIO_OK);
	assert_int_equal(fixture_count(f, NULL, "hub"), 1000);
	assert_int_equal(fixture_int(f, "hub", KEY(499), "floor"), 999);
	buf_free(&text);
}

static void
one_of_many_rows_is_named(void **state)
{
	struct fixture *f = of(state);
	struct buf text = BUF_INIT;

	add_entities(&text, 500);
	buf_adds(&text, "{\"table\":\"entity\",\"row\":{\"entity_id\":777,"
	    "\"name\":\"e123\"}}\n");
	add_entities(&text, 300);
	refused(f, text.data, "line 501, entity: name is taken");
	buf_reset(&text);
	add_entities(&text, 100);
	buf_adds(&text, "{\"table\":\"entity\",\"row\":{\"entity_id\":777"
	    "}}\n");
	add_entities(&text, 100);
	refused(f, text.data, "line 101, entity: name is required");
	buf_free(&text);
}

static void
taken_value_is_named(void **state)
{
	refused(of(state),
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":1,\"name\":\"a\","
	    "\"serial\":\"S\"}}\n"
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":2,\"name\":\"a\","
	    "\"serial\":\"S\"}}", "line 2, hub: serial is taken");
}

static void
taken_value_of_a_change_is_named(void **state)
{
	refused(of(state),
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":1,\"name\":\"a\","
	    "\"serial\":\"S\"}}\n"
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":2,\"name\":\"a\"}}\n"
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":2,\"serial\":\"S\"}}",
	    "line 3, hub: serial is taken");
}

static void
keys_that_lead_nowhere_are_named(void **state)
{
	struct fixture *f = of(state);

	refused(f,
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":1,\"name\":\"a\"}}\n"
	    "{\"table\":\"shop\",\"row\":{\"shop_id\":1,\"hub_id\":1}}\n"
	    "{\"table\":\"shop\",\"row\":{\"shop_id\":2,\"hub_id\":2}}\n"
	    "{\"table\":\"shop\",\"row\":{\"shop_id\":3,\"hub_id\":9}}\n",
	    "line 3, shop: hub_id leads to no hub");
	assert_int_equal(f->err.n_faults, 2);
	assert_true(fixture_fault(f, "line 3"));
	assert_true(fixture_fault(f, "line 4"));
}

static void
failed_import_gives_no_numbers_away(void **state)
{
	struct fixture *f = of(state);
	int64_t key = 0;

	refused(f,
	    "{\"table\":\"hub\",\"row\":{\"hub_id\":900,\"name\":\"a\"}}\n"
	    "{\"table\":\"hub\",\"row\":{\"name\":\"b\"}}\n"
	    "{\"table\":\"hub\",\"row\":{}}", "line 3");
	assert_int_equal(fixture_insert(f, NULL, "hub", CELLS(TEXT("name",
	    "c")), &key), HELIO_OK);
	assert_int_equal(key, 1);
	assert_int_equal(fixture_insert(f, NULL, "shop", CELLS(INT("hub_id",
	    99)), NULL), HELIO_E_INVALID);
}

/* ---- round trip ---- */

static void
fill(struct fixture *f)
{
	assert_int_equal(fixture_insert(f, NULL, "entity",
	    CELLS(TEXT("name", "Acme \"Ltd\"")), NULL), HELIO_OK);
	assert_int_equal(fixture_insert(f, NULL, "hub", CELLS(INT("entity_id",
	    1), TEXT("name", "h\xc3\xa9"), TEXT("serial", "S1")), NULL),
	    HELIO_OK);
	assert_int_equal(fixture_insert(f, NULL, "note", CELLS(INT("hub_id", 1),
	    TEXT("extra", "{\"a\":0.10000000000000001}"),
	    { "weight", { .type = VALUE_FLOAT, .f = 0.1 } },
	    INT("done", 0), INT("day", -1), INT("at", -1)), NULL), HELIO_OK);
	assert_int_equal(fixture_insert(f, NULL, "network",
	    CELLS(TEXT("mccmnc", "23430"), TEXT("name", "n")), NULL),
	    HELIO_OK);
	assert_int_equal(fixture_insert(f, NULL, "session",
	    CELLS(TEXT("token", "secret"), INT("hub_id", 1)), NULL), HELIO_OK);
	assert_int_equal(fixture_delete(f, NULL, "note", KEY(1)), HELIO_OK);
	assert_int_equal(fixture_insert(f, NULL, "note", CELLS(INT("hub_id",
	    1)), NULL), HELIO_OK);
}

static void
export_makes_the_same_folder(void **state)
{
	struct fixture *f = of(state), *g;
	void *other = NULL;
	char *first, *second;
	int64_t n = 0;

	fill(f);
	assert_int_equal(fixture_run(f, next_serial, &n), HELIO_OK);
	first = export(f);
	assert_non_null(strstr(first, "\"token\":\"secret\""));
	assert_int_equal(fixture_setup(&other), 0);
	g = other;
	assert_int_equal(import(g, first), HELIO_OK);
	second = export(g);
	assert_string_equal(first, second);
	assert_int_equal(fixture_bad(g), 0);
	assert_int_equal(fixture_run(g, next_serial, &n), HELIO_OK);
	assert_int_equal(n, 2);
	free(second);
	/* once more over what is there */
	assert_int_equal(import(f, first), HELIO_OK);
	second = export(f);
	assert_string_equal(first, second);
	free(first);
	free(second);
	fixture_teardown(&other);
}

static bool
refuse(void *arg, const char *s, size_t n)
{
	(void)arg;
	(void)s;
	(void)n;
	return false;
}

static void
export_ends_when_not_taken(void **state)
{
	struct fixture *f = of(state);

	fill(f);
	assert_int_equal(store_export(f->store, refuse, NULL, &f->err),
	    HELIO_E_IO);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, \
    fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(children_may_come_before_parents),
		TEST(every_type_is_read),
		TEST(row_that_is_there_is_changed),
		TEST(numbers_go_on_after_the_highest),
		TEST(running_numbers_are_kept),
		TEST(rows_without_key_are_numbered),
		TEST(number_just_given_is_not_taken_by_a_later_line),
		TEST(numbered_row_that_leads_nowhere_is_named),
		TEST(large_import_keeps_the_indexes),
		TEST(bad_lines_are_named),
		TEST(many_rows_keep_their_order),
		TEST(one_of_many_rows_is_named),
		TEST(taken_value_is_named),
		TEST(taken_value_of_a_change_is_named),
		TEST(keys_that_lead_nowhere_are_named),
		TEST(failed_import_gives_no_numbers_away),
		TEST(export_makes_the_same_folder),
		TEST(export_ends_when_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
