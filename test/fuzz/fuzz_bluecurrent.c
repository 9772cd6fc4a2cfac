/*
 * fuzz_bluecurrent.c - whatever the service sends, in every generation: a
 * message has a stage, what is delivered is an object that can be written
 * as JSON and read again, and a timestamp that is read can be written
 *
 * Sources: src/base src/connector/bluecurrent/receive.c src/connector/bluecurrent/request.c src/connector/bluecurrent/figures.c src/connector/bluecurrent/amsterdam.c src/client/error.c
 * Libraries: jansson libsodium
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connector/bluecurrent/amsterdam.h"
#include "connector/bluecurrent/receive.h"
#include "connector/bluecurrent/request.h"

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
check_message(const json_t *message)
{
	struct buf text = BUF_INIT;
	json_t *again;

	bc_json_text(message, &text);
	again = json_loadb(text.data, text.len, 0, NULL);
	require(json_is_object(again), "an object again");
	json_decref(again);
	buf_free(&text);
}

static void
check_received(const struct bc_received *got)
{
	require(!got->deliver || json_is_object(got->message), "an object");
	require(got->stage != BC_BAD || got->failed, "bad is failed");
	require(!got->failed || *got->text != '\0', "a reason");
	if (got->stage != BC_BAD)
		check_message(got->message);
	if (got->second != NULL)
		check_message(got->second);
}

static void
check_time(const char *text, size_t n)
{
	char out[BC_ISO_TIME_SIZE];
	int64_t at_s;
	int offset;

	if (!bc_time_read(text, n, &at_s, &offset))
		return;
	bc_time_iso(at_s, offset, out);
	require(memcmp(out, text, 4) == 0, "the year");
	require(memcmp(out + 11, text + 9, 8) == 0, "the time of day");
	require(bc_reset_delta_us(at_s * 1000000) > 0, "the next reset");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct bc_memory memory = { .smart = json_object() };
	struct bc_received got;

	for (size_t i = 0; i < bc_n_generations; i++) {
		memory.generation = &bc_generations[i];
		bc_receive(&memory, text, size, INT64_C(1667554200000000),
		    &got);
		check_received(&got);
		bc_received_clear(&got);
	}
	check_time(text, size);
	json_decref(memory.smart);
	return 0;
}
