/*
 * test_lineproto.c - many lines in one body give what each of them gives
 * alone: the quick way for lines like the one before changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "influx/lineproto.h"

enum { VALUES_MAX = 20000, KEY_MAX = 200 };

static const struct lineproto_options nanoseconds = { 1, 1700000000 };

/* What was read: one text for each value, of which the last counts. */
struct values {
	struct {
		char	 key[KEY_MAX];	/* measurement, tags, field, type, time */
		char	 value[40];
	} of[VALUES_MAX];
	size_t		 n, bad;
};

static void
put_value(struct values *values, const char *key, const char *value)
{
	size_t i = 0;

	while (i < values->n && strcmp(values->of[i].key, key) != 0)
		i++;
	assert_true(i < VALUES_MAX);
	strcpy(values->of[i].key, key);
	strcpy(values->of[i].value, value);
	values->n += i == values->n;
}

static void
take_column(struct values *values, const struct telemetry_upload *upload,
    const struct frame_column *column)
{
	char key[KEY_MAX], value[40];

	for (size_t row = 0; row < upload->frame.n; row++) {
		if (!telemetry_present(&column->data, row))
			continue;
		assert_true(snprintf(key, sizeof(key), "%s|%s|%s|%d|%" PRId64,
		    upload->measurement, upload->tags, column->name,
		    column->data.type, upload->frame.at_ns[row]) <
		    (int)sizeof(key));
		if (column->data.type == TELEMETRY_TEXT)
			snprintf(value, sizeof(value), "%.*s",
			    (int)column->data.s[row].n, column->data.s[row].s);
		else		/* doubles by their bits */
			snprintf(value, sizeof(value), "%" PRId64,
			    column->data.i[row]);
		put_value(values, key, value);
	}
}

static void
read_body(const char *body, size_t n, struct values *values)
{
	struct arena *arena = arena_new();
	struct lineproto_result result;
	struct helio_err err;

	err_clear(&err);
	assert_int_equal(lineproto_read(arena, body, n, &nanoseconds, &result,
	    &err), HELIO_OK);
	for (size_t i = 0; i < result.n_uploads; i++)
		for (size_t k = 0; k < result.uploads[i].frame.n_columns; k++)
			take_column(values, &result.uploads[i],
			    &result.uploads[i].frame.columns[k]);
	values->bad += result.bad;
	arena_free(arena);
}

static void
read_lines(const char *body, size_t n, struct values *values)
{
	const char *at = body, *end = body + n, *newline;

	for (; at < end; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL)
			newline = end;
		read_body(at, (size_t)(newline - at), values);
	}
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
check_body(const char *body, size_t n)
{
	struct values *whole = calloc(1, sizeof(*whole));
	struct values *single = calloc(1, sizeof(*single));
	char *copy = malloc(n);		/* found when read beyond */

	memcpy(copy, body, n);
	read_body(copy, n, whole);
	read_lines(copy, n, single);
	qsort(whole->of, whole->n, sizeof(whole->of[0]), by_key);
	qsort(single->of, single->n, sizeof(single->of[0]), by_key);
	if (whole->bad != single->bad || whole->n != single->n)
		fail_msg("%zu bad, %zu values; line by line %zu and %zu of\n"
		    "%.*s", whole->bad, whole->n, single->bad, single->n,
		    (int)n, body);
	for (size_t i = 0; i < whole->n; i++) {
		assert_string_equal(whole->of[i].key, single->of[i].key);
		assert_string_equal(whole->of[i].value, single->of[i].value);
	}
	free(copy);
	free(single);
	free(whole);
}

static void
check_text(const char *body)
{
	check_body(body, strlen(body));
}

/* ---- known ones ---- */

static void
lines_alike(void **state)
{
	check_text("m,a=1 x=1,yy=2.5 1\nm,a=1 x=2,yy=-3.5 2\n"
	    "m,a=1 x=3,yy=4e2 3");
	/* shorter, longer, in another order, of another type, twice */
	check_text("m x=1,y=2 1\nm x=1 2\nm x=1,y=2 3\nm x=1,y=2,z=3 4\n"
	    "m y=1,x=2 5\nm x=1i,y=2 6\nm x=1,x=2 7\nm x=1,y=2 8\n");
	/* more fields from line to line, and back */
	check_text("m a=1 1\nm a=1,b=2i 2\nm a=1,b=2i,c=\"x\",d=t 3\n"
	    "m a=1,b=2i 4\nm a=1 5\nm a=1,b=2i,c=\"x\",d=t,e=5 6\n");
	/* bad at every place */
	check_text("m x=1,y=2 1\nm x=,y=2 2\nm x=1,y= 3\nm x=1;y=2 4\n"
	    "m x=1,y=2, 5\nm x=1,y=2 6a\nm x=1,y=2 +7\nm x=1,y=2 \n"
	    "m x=1,y\nm x=1,y=2z 8\nm  x=1,y=2  9 \nm x=1,y=2 99999999999"
	    "999999999\nm x=1,y=2 1");
	/* names that begin like others */
	check_text("m abcdefghij=1 1\nm abcdefghik=1 2\nm abcdefghi=1 3\n"
	    "m abcdefghijk=1 4\nma abcdefghij=1 5\nm,a=1 abcdefghij=1 6\n");
}

static void
keys_that_end_in_a_backslash(void **state)
{
	check_text("m\\\nm\\ x=1 y=2 1\nm\\ x=1 y=3 2\nm\\\nm x=1 3\n");
	check_text("m,a=b\\\nm,a=b\\ x=1 y=2 1\nm,a=b\\ x=1 y=2 2\n");
}

static void
texts_and_flags(void **state)
{
	check_text("m s=\"a\",f=t 1\nm s=\"b, \\\" c\",f=false 2\n"
	    "m s=\"\",f=TRUE 3\nm s=\"d\",f=maybe 4\nm s=\"e\",f=F 5");
}

static void
series_in_turn(void **state)
{
	check_text("a,t=1 x=1 1\nb,t=1 y=1 1\nc,t=1 z=1 1\na,t=1 x=2 2\n"
	    "b,t=1 y=2 2\nc,t=1 z=2 2\na,t=1 x=3 3\nc,t=1 z=3 3\n"
	    "b,t=1 y=3 3\nd,t=1 x=1 1\na,t=1 x=4 2\nb,t=1 y=4 4\n");
}

/* ---- random ones ---- */

static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void
add_value(struct buf *out, uint64_t *seed, unsigned field, bool strange)
{
	unsigned kind = strange ? (unsigned)(next_random(seed) % 4) :
	    field % 4;
	int64_t n = (int64_t)(next_random(seed) % 2000000) - 1000000;

	if (kind == 0)
		buf_addf(out, "%.*f", (int)(next_random(seed) % 12),
		    (double)n / 1000);
	else if (kind == 1)
		buf_addf(out, "%" PRId64 "i", n);
	else if (kind == 2)
		buf_adds(out, n > 0 ? "true" : "f");
	else
		buf_addf(out, "%" PRId64 "e-%u", n,
		    (unsigned)(next_random(seed) % 9));
}

static void
add_line(struct buf *out, uint64_t *seed)
{
	static const char *const keys[] = { "cpu,host=a", "cpu,host=b",
	    "mem\\ x,host=a\\,b", "d,host=a\\" };
	static const char *const fields[] = { "usage", "n", "ok",
	    "a_long_name_of_a_field", "with\\ blank", "usage_too" };
	bool strange = next_random(seed) % 8 == 0;
	unsigned n_fields = strange ? next_random(seed) % 7 : 6;
	bool holes = strange && next_random(seed) % 2 == 0;
	size_t start = out->len, n = 0;

	buf_addf(out, "%s ", keys[next_random(seed) % 4]);
	for (unsigned i = 0; i < n_fields; i++) {
		if (holes && next_random(seed) % 3 == 0)
			continue;
		buf_addf(out, "%s%s=", n++ > 0 ? "," : "", fields[i]);
		add_value(out, seed, i, holes);
	}
	buf_addf(out, " %u", 1000 + (unsigned)(next_random(seed) % 500));
	if (strange && next_random(seed) % 2 == 0)
		out->data[start + next_random(seed) % (out->len - start)] =
		    ",= x1.-e\\i"[next_random(seed) % 10];
	buf_addc(out, '\n');
}

static void
any_lines(void **state)
{
	struct buf body = BUF_INIT;
	uint64_t seed = 3;

	for (int i = 0; i < 60; i++) {
		size_t lines = 1 + next_random(&seed) % 80;

		buf_reset(&body);
		while (lines-- > 0)
			add_line(&body, &seed);
		check_body(body.data, body.len - next_random(&seed) % 3);
	}
	buf_free(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_alike),
		cmocka_unit_test(keys_that_end_in_a_backslash),
		cmocka_unit_test(texts_and_flags),
		cmocka_unit_test(series_in_turn),
		cmocka_unit_test(any_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
