/* helio xiq push: counts of Wi-Fi clients as telemetry of a product. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/times.h"
#include "cmd/command.h"
#include "cmd/session.h"
#include "cmd/xiq.h"

static const char MEASUREMENT[] = "wifi_clients";

enum { POINTS_MAX = 50000 };		/* in one request */

struct xiq_push {
	helio_client	*client;
	struct buf	 path;
	json_t		*tags;
};

/* ---- set-up ---- */

/* "site=north,floor=2" */
static json_t *
read_tags(const char *text)
{
	json_t *tags = json_object();

	while (text != NULL && *text != '\0') {
		size_t n = strcspn(text, ","), name_n = strcspn(text, "=");

		if (name_n == 0 || name_n >= n) {
			json_decref(tags);
			say_error(NULL, "--tags wants name=value,..");
			return NULL;
		}
		json_object_setn_new(tags, text, name_n, json_stringn(
		    text + name_n + 1, n - name_n - 1));
		text += n + (text[n] == ',');
	}
	return tags;
}

struct xiq_push *
xiq_push_new(const char *url, const char *imei, const char *tags)
{
	struct xiq_push *push = calloc(1, sizeof(*push));

	if (push == NULL) {
		say_error(NULL, "out of memory");
		return NULL;
	}
	buf_addf(&push->path, "/v1/products/%s/data", imei);
	push->tags = read_tags(tags);
	if (push->tags != NULL && !push->path.failed)
		push->client = session_open(url);
	if (push->client != NULL)
		return push;
	xiq_push_free(push);
	return NULL;
}

void
xiq_push_free(struct xiq_push *push)
{
	if (push == NULL)
		return;
	helio_client_free(push->client);
	json_decref(push->tags);
	buf_free(&push->path);
	free(push);
}

/* ---- sending ---- */

struct upload {
	struct xiq_push	*push;
	const char	*only;		/* a window, or NULL: all */
	json_t		*fields;	/* {ssid: [[ms, clients], ..]} */
	size_t		 points;
	helio_code	 code;
	helio_error	*error;
};

static helio_code
post(struct upload *upload, char *body)
{
	helio_reply *reply = NULL;
	helio_code code = helio_request(upload->push->client, "POST",
	    upload->push->path.data, body, strlen(body), &reply,
	    upload->error);

	if (code == HELIO_DONE)
		code = helio_reply_check(reply, upload->error);
	helio_reply_free(reply);
	return code;
}

/* Send what has come together. */
static void
flush_points(struct upload *upload)
{
	json_t *root;
	char *body;

	if (upload->points == 0 || upload->code != HELIO_DONE)
		return;
	root = json_pack("{s:s, s:O, s:O}", "measurement", MEASUREMENT,
	    "tags", upload->push->tags, "fields", upload->fields);
	body = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	upload->code = body != NULL ? post(upload, body) :
	    helio_error_set(upload->error, HELIO_LOCAL, "no memory");
	free(body);
	json_object_clear(upload->fields);
	upload->points = 0;
}

static void
add_point(void *arg, const char *start, const char *ssid, int64_t clients)
{
	struct upload *upload = arg;
	json_t *points;
	int64_t at_us;

	if (ssid == NULL || upload->code != HELIO_DONE ||
	    (upload->only != NULL && strcmp(upload->only, start) != 0) ||
	    !time_parse(start, strlen(start), &at_us, NULL,
	    &(const char *){ NULL }))
		return;
	points = json_object_get(upload->fields, ssid);
	if (points == NULL) {
		points = json_array();
		json_object_set_new(upload->fields, ssid, points);
	}
	json_array_append_new(points, json_pack("[I, I]",
	    (json_int_t)(at_us / 1000), (json_int_t)clients));
	if (++upload->points == POINTS_MAX)
		flush_points(upload);
}

helio_code
xiq_push_send(struct xiq_push *push, const helio_xiq_counts *counts,
    const char *start, helio_error *error)
{
	struct upload upload = { .push = push, .only = start,
	    .fields = json_object(), .error = error };

	helio_xiq_counts_each(counts, add_point, &upload);
	flush_points(&upload);
	json_decref(upload.fields);
	return upload.code;
}

/* ---- the command ---- */

struct xiq_push_options {
	const char	*imei, *tags, *url;
};

static const struct option_row rows[] = {
	OPTION_REQUIRED(struct xiq_push_options, imei, "imei", OPTION_TEXT,
	    "IMEI", "the product whose data they are"),
	OPTION(struct xiq_push_options, tags, "tags", OPTION_TEXT,
	    "NAME=VALUE,..", "tags of every sample"),
	OPTION(struct xiq_push_options, url, "url", OPTION_TEXT, "URL",
	    "the server (default: HELIO_URL, or that of 'helio login')"),
};

static int
send_file(struct xiq_push *push, const char *file)
{
	helio_xiq_counts *counts = NULL;
	helio_error error;
	helio_code code = helio_xiq_counts_open(file, &counts, &error);

	if (code == HELIO_DONE)
		code = xiq_push_send(push, counts, NULL, &error);
	helio_xiq_counts_free(counts);
	if (code == HELIO_DONE)
		return EXIT_OK;
	say_error(NULL, "%s", error.text);
	return session_exit(code, NULL);
}

static int
run(void *options, char **args, int n_args)
{
	const struct xiq_push_options *given = options;
	struct xiq_push *push = xiq_push_new(given->url, given->imei,
	    given->tags);
	int code = EXIT_USAGE;

	if (push != NULL)
		code = send_file(push, n_args > 0 ? args[0] : "data.json");
	xiq_push_free(push);
	return code;
}

const struct command command_xiq_push = {
	.name = "xiq push", .args = "[FILE]", .args_max = 1, .run = run,
	.summary = "send counts of Wi-Fi clients to Heliograph",
	.example = "  helio xiq push data.json --imei 350000000000017 "
	    "--tags site=north\n"
	    "  Measurement wifi_clients, a field for each SSID; sending twice "
	    "changes nothing.",
	COMMAND_OPTIONS(rows, struct xiq_push_options),
};
