/*
 * fuzz_refurb.c - a line of input is a pair or refused with a reason; what a
 * journal's line gives is written as a line that gives the same
 *
 * Sources: src/base src/cmd/refurb_list.c src/connector/field/number.c
 * Sources: src/connector/field/client.c src/client
 * Libraries: libsodium jansson libcurl
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/refurb_list.h"

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
check_line(const char *text, size_t n)
{
	char imei[REFURB_NUMBER_SIZE], iccid[REFURB_NUMBER_SIZE];

	if (refurb_read_line(text, n, imei, iccid) != NULL)
		return;
	require(helio_imei_valid(imei, strlen(imei)), "an IMEI");
	require(helio_iccid_valid(iccid, strlen(iccid)), "an ICCID");
}

static void
check_entry(const char *text, size_t n)
{
	struct refurb_list list = { .n = 0 }, again = { .n = 0 };
	struct buf out = BUF_INIT, second = BUF_INIT;

	if (refurb_read_entry(&list, text, n)) {
		require(list.n == 1, "one pair");
		refurb_write_entry(list.pair[0], &out);
		require(memchr(out.data, '\n', out.len) == NULL, "one line");
		require(refurb_read_entry(&again, out.data, out.len),
		    "its own line is read");
		refurb_write_entry(again.pair[0], &second);
		require(strcmp(out.data, second.data) == 0, "the same");
	}
	for (int i = REFURB_TEXT; i <= REFURB_JSON; i++) {
		buf_reset(&out);
		refurb_report(&list, (enum refurb_format)i, &out);
	}
	buf_free(&out);
	buf_free(&second);
	refurb_list_free(&list);
	refurb_list_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size > 0 ? size : 1);

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	check_line(text, size);
	check_entry(text, size);
	free(text);
	return 0;
}
