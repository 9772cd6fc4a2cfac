/*
 * fuzz_field.c - numbers are found as the definition says, however the text
 * is cut; codes, models, messages and log lines stay within their text
 *
 * Sources: src/base src/connector/field/scan.c src/connector/field/number.c
 * Sources: src/connector/field/message.c src/connector/field/model.c
 * Sources: src/connector/field/log_line.c src/client/error.c
 * Libraries: libsodium
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helio/field.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "not so: %s\n", what);
	abort();
}

static void
require_inside(helio_span span, const char *text, size_t n)
{
	require(span.n == 0 || (span.s >= text && span.s + span.n <= text + n),
	    "a span lies in its text");
}

/* ---- numbers ---- */

/* A sum over what is found, in order. */
static uint64_t
mix(uint64_t sum, const char *digits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (uint8_t)digits[i]) * UINT64_C(1099511628211);
	return sum * 31 + n;
}

static uint64_t
scan_plainly(const char *text, size_t n)
{
	uint64_t sum = 0;
	size_t start = 0;

	for (size_t i = 0; i <= n; i++) {
		if (i < n && text[i] >= '0' && text[i] <= '9')
			continue;
		if (i - start == 15 || i - start == 19 || i - start == 20)
			sum = mix(sum, text + start, i - start);
		start = i + 1;
	}
	return sum;
}

static uint64_t
scan(const char *text, size_t n, size_t step)
{
	helio_scan state = { .n_kept = 0 };
	helio_number found[HELIO_SCAN_MIN];
	uint64_t sum = 0;
	size_t got;

	for (size_t at = 0; at < n; at += step) {
		const char *s = text + at;
		size_t left = n - at < step ? n - at : step;

		while (left > 0) {
			got = helio_scan_next(&state, &s, &left, found,
			    HELIO_SCAN_MIN);
			for (size_t i = 0; i < got; i++)
				sum = mix(sum, found[i].digits, found[i].n);
		}
	}
	got = helio_scan_end(&state, found);
	for (size_t i = 0; i < got; i++)
		sum = mix(sum, found[i].digits, found[i].n);
	return sum;
}

/* ---- tables, messages, lines ---- */

static void
check_models(const char *text, size_t n)
{
	helio_models *models;
	helio_error error;
	size_t pos = 0;

	if (helio_models_new(text, n, &models, &error) != HELIO_DONE)
		return;
	while (helio_models_of_imei(models, "350000000000006", 15, &pos) !=
	    NULL)
		;
	helio_models_of_type(models, "A8");
	helio_models_free(models);
}

static void
check_message(const char *text, size_t n)
{
	helio_message message;
	helio_device_code code;
	const char *why = NULL;
	int64_t at_s;
	unsigned count;

	if (!helio_message_read(text, n, &message, &why)) {
		require(why != NULL, "a reason");
		return;
	}
	require_inside(message.head, text, n);
	require_inside(message.type, text, n);
	for (size_t i = 0; i < message.n; i++)
		require_inside(message.field[i], text, n);
	helio_message_code(&message, &code);
	helio_message_locked(&message, &at_s);
	helio_message_sent(&message, &at_s);
	helio_message_count(&message, &count);
}

static void
check_line(const char *text, size_t n)
{
	helio_log_line line;

	if (!helio_log_line_read(text, n, &line))
		return;
	require_inside(line.message, text, n);
	require(*line.message.s == '+' &&
	    line.message.s[line.message.n - 1] == '$', "a whole message");
	check_message(line.message.s, line.message.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* the exact size, so that reading beyond it is seen */
	char *text = malloc(size > 0 ? size : 1);
	uint64_t wanted;

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	wanted = scan_plainly(text, size);
	require(scan(text, size, size + 1) == wanted, "all at once");
	require(scan(text, size, 1 + (size > 0 ? data[0] : 0)) == wanted,
	    "in pieces");
	check_models(text, size);
	check_message(text, size);
	check_line(text, size);
	free(text);
	return 0;
}
