/*
 * fuzz_sample_text.c - records of any bytes are split, whatever CSV is read
 * gives whole lines, series keys come back as they were, replies of /query are
 * read or refused
 *
 * Sources: src/base src/cmd/sample_text.c src/cmd/sample_csv.c
 * Sources: src/cmd/sample_rows.c
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/sample_rows.h"
#include "cmd/sample_text.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

/* One record that CSV gave is one or more whole lines, each with a time. */
static void
check_lines(const struct buf *lines)
{
	struct sample_split split = { .csv = false };

	for (size_t i = 0; i < lines->len; i++) {
		if (!sample_split_byte(&split, lines->data[i]))
			continue;
		require(split.has_time, "a line has a time");
		split = (struct sample_split){ .csv = false };
	}
	require(split.before == '\0', "the last line ends");
}

static void
check_csv(const char *text, size_t n)
{
	struct sample_split split = { .csv = true };
	struct sample_csv *csv = sample_csv_new();
	struct buf lines = BUF_INIT;
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		if (!sample_split_byte(&split, text[i]) && i + 1 < n)
			continue;
		buf_reset(&lines);
		if (sample_csv_read(csv, text + from, i + 1 - from, &lines) ==
		    NULL)
			check_lines(&lines);
		split = (struct sample_split){ .csv = true };
		from = i + 1;
	}
	buf_free(&lines);
	sample_csv_free(csv);
}

static void
check_key(const char *text)
{
	struct sample_key key, again;
	struct buf line = BUF_INIT;
	bool is_key = sample_key_read(&key, text);

	if (is_key && strchr(text, '\\') == NULL) {
		sample_key_line(&key, &line);
		require(sample_key_read(&again, line.data), "its line is one");
		require(again.n_tags == key.n_tags, "as many tags");
		require(strcmp(again.measurement, key.measurement) == 0,
		    "the same measurement");
		sample_key_free(&again);
	}
	sample_key_free(&key);
	buf_free(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sample_rows rows = { .row = NULL };
	struct buf out = BUF_INIT;
	char *text = malloc(n + 1);

	if (text == NULL)
		abort();
	memcpy(text, data, n);
	text[n] = '\0';
	check_csv(text, n);
	check_key(text);
	(void)sample_rows_read(text, n, &rows, &out);
	buf_free(&out);
	free(text);
	return 0;
}
