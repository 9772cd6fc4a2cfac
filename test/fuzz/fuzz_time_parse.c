/*
 * fuzz_time_parse.c - what the time reader accepts, it must read again from
 * every form that we write; what it refuses, it must not touch
 *
 * Sources: src/base
 * Libraries: libsodium
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"

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
reads_back(size_t (*format)(int64_t, char *), int64_t at_us, int64_t unit)
{
	char text[TIME_TEXT_MAX];
	const char *why = NULL;
	int64_t us = 0, rest = at_us % unit;
	size_t n;

	n = format(at_us, text);
	require(n == strlen(text) && n < sizeof(text), "length of the text");
	require(time_parse(text, n, &us, NULL, &why), "our text is read");
	if (rest < 0)
		rest += unit;
	require(us == at_us - rest, "our text means the same");
}

static void
check_ns(const char *s, size_t n, int64_t us)
{
	char text[TIME_TEXT_MAX];
	const char *why = NULL;
	int64_t ns = 77, again = 0;

	if (!time_parse(s, n, NULL, &ns, &why)) {
		require(ns == 77 && why != NULL, "range refused cleanly");
		require(us < -INT64_C(9223372036854775) ||
		    us >= INT64_C(9223372036854775), "only out of range");
		return;
	}
	require(ns / 1000 - (ns % 1000 < 0) == us, "us and ns agree");
	require(time_parse(text, time_format_ns(ns, text), NULL, &again,
	    &why) && again == ns, "ns read back");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *s = (const char *)data, *why = NULL;
	int64_t us = 77, ns = 77;

	if (!time_parse(s, n, &us, NULL, &why)) {
		require(us == 77, "outputs untouched");
		require(why != NULL && *why != '\0', "a reason is given");
		require(!time_parse(s, n, NULL, &ns, &why) && ns == 77,
		    "refused both ways");
		return 0;
	}
	require(why == NULL, "no reason on success");
	reads_back(time_format_iso, us, 1);
	reads_back(time_format_blank, us, 1);
	reads_back(time_format_http, us, US_PER_S);
	check_ns(s, n, us);
	return 0;
}
