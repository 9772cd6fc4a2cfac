/* Readings, kept for some seconds and uploaded together. */
#include "cmd/charge_push.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "cmd/command.h"
#include "cmd/session.h"

enum {
	FLUSH_MS = 5000,
	SAMPLES_MAX = 100000,	/* kept while the server is away */
	PATH_SIZE = 128,
};

struct charge_push {
	helio_client	*client;
	json_t		*map;		/* evse id: imei */
	json_t		*kept;		/* imei: {field: [[ms, value], ..]} */
	size_t		 samples;
	int64_t		 due_ms;	/* monotonic */
	int		 code;		/* of the last upload */
};

/* ---- the map ---- */

static bool
read_map(json_t *map, const char *path)
{
	char line[256], evse_id[64], imei[32];
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		say_error(NULL, "%s: cannot be read", path);
		return false;
	}
	while (fgets(line, sizeof(line), file) != NULL)
		if (*line != '#' && sscanf(line,
		    "%63[^, \t\r\n]%*[, \t]%31[0-9A-Za-z-]", evse_id,
		    imei) == 2)
			json_object_set_new(map, evse_id, json_string(imei));
	fclose(file);
	if (json_object_size(map) == 0)
		say_error("a line is: EVSE_ID PRODUCT_IMEI",
		    "%s: no charge point is in it", path);
	return json_object_size(map) > 0;
}

struct charge_push *
charge_push_new(const char *path, const char *server)
{
	struct charge_push *push = calloc(1, sizeof(*push));

	if (push == NULL) {
		say_error(NULL, "out of memory");
		return NULL;
	}
	push->map = json_object();
	push->kept = json_object();
	if (read_map(push->map, path))
		push->client = session_open(server);
	if (push->client != NULL)
		return push;
	charge_push_free(push);
	return NULL;
}

void
charge_push_free(struct charge_push *push)
{
	if (push == NULL)
		return;
	helio_client_free(push->client);
	json_decref(push->map);
	json_decref(push->kept);
	free(push);
}

/* ---- readings ---- */

static void
keep(struct charge_push *push, const char *imei, const char *field,
    json_t *value, int64_t at_ms)
{
	json_t *fields = json_object_get(push->kept, imei), *samples;

	if (fields == NULL) {
		fields = json_object();
		json_object_set_new(push->kept, imei, fields);
	}
	samples = json_object_get(fields, field);
	if (samples == NULL) {
		samples = json_array();
		json_object_set_new(fields, field, samples);
	}
	json_array_append_new(samples, json_pack("[I, O]", (json_int_t)at_ms,
	    value));
	push->samples++;
}

/* The words that are worth a field; times and ids are not. */
static bool
is_word(const char *name)
{
	return strcmp(name, "activity") == 0 ||
	    strcmp(name, "vehicle_status") == 0;
}

void
charge_push_add(struct charge_push *push, const char *evse_id,
    const json_t *data, int64_t at_ms)
{
	const char *imei = json_string_value(json_object_get(push->map,
	    evse_id));
	const char *name;
	json_t *value;

	if (imei == NULL)
		return;
	if (push->samples > SAMPLES_MAX) {
		say_error(NULL, "%zu readings are given up: the server is "
		    "away too long", push->samples);
		json_object_clear(push->kept);
		push->samples = 0;
	}
	if (push->samples == 0)
		push->due_ms = time_monotonic_ms() + FLUSH_MS;
	json_object_foreach((json_t *)data, name, value)
		if (json_is_number(value) ||
		    (is_word(name) && json_is_string(value)))
			keep(push, imei, name, value, at_ms);
}

/* ---- uploads ---- */

/* Upload one product's fields; an exit code. */
static int
upload(struct charge_push *push, const char *imei, const json_t *fields)
{
	json_t *body = json_pack("{s:s, s:O}", "measurement", "charge_point",
	    "fields", fields);
	char *text = json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(12));
	char path[PATH_SIZE];
	helio_reply *reply = NULL;
	helio_error error;
	helio_code code;
	int exit_code = EXIT_FAILED;

	json_decref(body);
	if (text == NULL)
		return exit_code;
	snprintf(path, sizeof(path), "/v1/products/%s/data", imei);
	code = helio_request(push->client, "POST", path, text, strlen(text),
	    &reply, &error);
	exit_code = session_exit(code, reply);
	if (code != HELIO_DONE)
		say_error(NULL, "%s", error.text);
	else if (exit_code != EXIT_OK)
		say_error(NULL, "POST %s: status %d: %.200s", path,
		    helio_reply_status(reply), helio_reply_body(reply, NULL));
	helio_reply_free(reply);
	free(text);
	return exit_code;
}

/* Would the same upload do no better another time? */
static bool
is_final(int exit_code)
{
	return exit_code == EXIT_OK || exit_code == EXIT_REFUSED;
}

static size_t
count(const json_t *fields)
{
	const char *name;
	json_t *samples;
	size_t n = 0;

	json_object_foreach((json_t *)fields, name, samples)
		n += json_array_size(samples);
	return n;
}

long
charge_push_timeout_ms(const struct charge_push *push)
{
	int64_t now_ms = time_monotonic_ms();

	if (push->samples == 0)
		return -1;
	return push->due_ms > now_ms ? (long)(push->due_ms - now_ms) : 0;
}

int
charge_push_flush(struct charge_push *push, bool all)
{
	const char *imei;
	json_t *fields;
	void *next;

	if (!all && charge_push_timeout_ms(push) != 0)
		return push->code;
	push->code = EXIT_OK;
	json_object_foreach_safe(push->kept, next, imei, fields) {
		int code = upload(push, imei, fields);

		if (code != EXIT_OK)
			push->code = code;
		if (!is_final(code))
			continue;
		push->samples -= count(fields);
		json_object_del(push->kept, imei);
	}
	push->due_ms = time_monotonic_ms() + FLUSH_MS;
	return push->code;
}
