/* helio telemetry retention list|set|remove: how long samples are kept. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "cmd/command.h"
#include "cmd/session.h"

#define PATH	"/v1/retention_policies"

struct retention_options {
	const char	*url, *name;
	bool		 json;
};

#define URL_ROW \
	OPTION(struct retention_options, url, "url", OPTION_TEXT, "URL", \
	    "the server (default: HELIO_URL, or that of 'helio login')")

static const struct option_row list_rows[] = {
	OPTION(struct retention_options, json, "json", OPTION_FLAG, "",
	    "one JSON object per policy, as the API has it"),
	URL_ROW,
};

static const struct option_row set_rows[] = {
	OPTION(struct retention_options, name, "name", OPTION_TEXT, "NAME",
	    "of the policy (default: as it is, or MEASUREMENT_rp)"),
	URL_ROW,
};

static const struct option_row remove_rows[] = { URL_ROW };

/* ---- durations ---- */

static const struct unit {
	char		 name;
	int64_t		 seconds;
} units[] = {
	{ 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 },
	{ 's', 1 },
};

enum { UNITS = sizeof(units) / sizeof(units[0]), DIGITS_MAX = 10 };

#define KEPT_MAX_S	INT64_C(10000000000)	/* the server takes more for ever */

/* Seconds of "90d"; 0 of "forever", -1: it is no duration. */
static int64_t
read_duration(const char *text)
{
	size_t n = strspn(text, "0123456789");
	int64_t number = strtoll(text, NULL, 10);

	if (strcmp(text, "forever") == 0)
		return 0;
	if (n == 0 || n > DIGITS_MAX || number == 0 ||
	    text[n] == '\0' || text[n + 1] != '\0')
		return -1;
	for (size_t i = 0; i < UNITS; i++)
		if (units[i].name == text[n] &&
		    number <= KEPT_MAX_S / units[i].seconds)
			return number * units[i].seconds;
	return -1;
}

/* In the largest unit that it is a multiple of; nothing: for ever. */
static void
print_duration(const helio_json *row)
{
	size_t i = 0;
	double seconds = 0;
	int64_t whole;

	if (!helio_json_real(row, "duration", &seconds) || seconds <= 0) {
		puts("forever");
		return;
	}
	whole = (int64_t)seconds;
	while (i + 1 < UNITS && whole % units[i].seconds != 0)
		i++;
	if ((double)whole == seconds)
		printf("%lld%c\n", (long long)(whole / units[i].seconds),
		    units[i].name);
	else
		printf("%gs\n", seconds);
}

/* ---- the policies there are ---- */

/* One request of a command, and what came of it. */
struct retention {
	const struct retention_options *given;
	helio_client	*client;
	const char	*measurement;
	/* of the policy that the measurement has; 0: none */
	int64_t		 id;
};

static int
tell(helio_code code, const helio_error *error)
{
	say_error(NULL, "%s", error->text);
	return session_exit(code, NULL);
}

/* Call `each` for every policy; EXIT_OK, or what has been told. */
static int
each_policy(struct retention *r,
    void (*each)(struct retention *, const helio_json *))
{
	const helio_json *row = NULL;
	helio_pager *pager = NULL;
	helio_error error;
	helio_code code = helio_list(r->client, PATH, NULL, &pager, &error);

	while (code == HELIO_DONE) {
		code = helio_pager_next(pager, &row, &error);
		if (code != HELIO_DONE || row == NULL)
			break;
		each(r, row);
	}
	helio_pager_free(pager);
	return code == HELIO_DONE ? EXIT_OK : tell(code, &error);
}

static void
print_policy(struct retention *r, const helio_json *row)
{
	const char *measurement = helio_json_text(row, "measurement");
	const char *name = helio_json_text(row, "name");
	char *whole;

	if (!r->given->json) {
		printf("%-20s %-20s ", measurement != NULL ? measurement : "",
		    name != NULL ? name : "");
		print_duration(row);
		return;
	}
	whole = helio_json_dump(row, "");
	puts(whole != NULL ? whole : "{}");
	free(whole);
}

static void
note_policy(struct retention *r, const helio_json *row)
{
	const char *measurement = helio_json_text(row, "measurement");

	if (measurement != NULL && strcmp(measurement, r->measurement) == 0)
		(void)helio_json_int(row, "retention_policy_id", &r->id);
}

/* ---- changing one ---- */

/* Send it, and say `done` (printf, with the measurement) when it is done. */
static int
change(struct retention *r, const char *method, const struct buf *body,
    const char *done)
{
	char path[64] = PATH;
	helio_reply *reply = NULL;
	helio_error error;
	helio_code code;
	int exit_code;

	if (r->id != 0)
		snprintf(path, sizeof(path), PATH "/%lld", (long long)r->id);
	code = helio_request(r->client, method, path, body->data, body->len,
	    &reply, &error);
	if (code == HELIO_DONE)
		code = helio_reply_check(reply, &error);
	if (code == HELIO_DONE) {
		printf("%s: %s\n", r->measurement, done);
		exit_code = EXIT_OK;
	} else {
		say_error(NULL, "%s", error.text);
		exit_code = session_exit(code, reply);
	}
	helio_reply_free(reply);
	return exit_code;
}

static void
put_policy(const struct retention *r, int64_t seconds, struct buf *out)
{
	const char *name = r->given->name;
	struct json_write json;
	char usual[160];

	snprintf(usual, sizeof(usual), "%s_rp", r->measurement);
	if (name == NULL && r->id == 0)
		name = usual;
	jw_start(&json, out);
	jw_object(&json);
	if (r->id == 0)
		jw_put_str(&json, "measurement", r->measurement);
	if (name != NULL)
		jw_put_str(&json, "name", name);
	if (seconds > 0)
		jw_put_int(&json, "duration", seconds);
	else
		jw_put_null(&json, "duration");
	jw_end(&json);
}

static int
set(struct retention *r, int64_t seconds, const char *duration)
{
	struct buf body = BUF_INIT;
	char done[64];
	int code = each_policy(r, note_policy);

	if (code != EXIT_OK)
		return code;
	put_policy(r, seconds, &body);
	snprintf(done, sizeof(done), "kept %s%s", seconds > 0 ? "for " : "",
	    duration);
	code = change(r, r->id != 0 ? "PUT" : "POST", &body, done);
	buf_free(&body);
	return code;
}

static int
drop(struct retention *r)
{
	const struct buf none = BUF_INIT;
	int code = each_policy(r, note_policy);

	if (code != EXIT_OK)
		return code;
	if (r->id == 0) {
		say_error("'helio telemetry retention list' has those there "
		    "are", "no policy for measurement '%s'", r->measurement);
		return EXIT_REFUSED;
	}
	return change(r, "DELETE", &none, "kept forever, without a policy");
}

/* ---- the command line ---- */

static int
run_list(void *arg, char **args, int n_args)
{
	struct retention r = { .given = arg };
	int code = EXIT_USAGE;

	(void)args;
	(void)n_args;
	r.client = session_open(r.given->url);
	if (r.client != NULL && !r.given->json)
		printf("%-20s %-20s %s\n", "measurement", "name", "kept");
	if (r.client != NULL)
		code = each_policy(&r, print_policy);
	helio_client_free(r.client);
	return code == EXIT_OK && fflush(stdout) != 0 ? EXIT_FAILED : code;
}

static int
run_set(void *arg, char **args, int n_args)
{
	struct retention r = { .given = arg, .measurement = args[0] };
	int64_t seconds = read_duration(args[1]);
	int code = EXIT_USAGE;

	(void)n_args;
	if (seconds < 0) {
		say_error(NULL, "'%s' is no duration such as 12h, 90d, 52w or "
		    "forever", args[1]);
		return EXIT_USAGE;
	}
	r.client = session_open(r.given->url);
	if (r.client != NULL)
		code = set(&r, seconds, args[1]);
	helio_client_free(r.client);
	return code;
}

static int
run_remove(void *arg, char **args, int n_args)
{
	struct retention r = { .given = arg, .measurement = args[0] };
	int code = EXIT_USAGE;

	(void)n_args;
	r.client = session_open(r.given->url);
	if (r.client != NULL)
		code = drop(&r);
	helio_client_free(r.client);
	return code;
}

const struct command command_telemetry_retention_list = {
	.name = "telemetry retention list", .args = "", .run = run_list,
	.summary = "how long the samples of which measurement are kept",
	.example = "  helio telemetry retention list\n"
	    "  What has no policy is kept for ever.",
	COMMAND_OPTIONS(list_rows, struct retention_options),
};

const struct command command_telemetry_retention_set = {
	.name = "telemetry retention set", .args = "MEASUREMENT DURATION",
	.args_min = 2, .args_max = 2, .run = run_set,
	.summary = "keep the samples of a measurement for a time",
	.example = "  helio telemetry retention set telemetry 104w\n"
	    "  DURATION is a number of s, m, h, d or w, or 'forever'. What is "
	    "older goes\n  within an hour.",
	COMMAND_OPTIONS(set_rows, struct retention_options),
};

const struct command command_telemetry_retention_remove = {
	.name = "telemetry retention remove", .args = "MEASUREMENT",
	.args_min = 1, .args_max = 1, .run = run_remove,
	.summary = "remove a policy: its samples are kept for ever",
	.example = "  helio telemetry retention remove logging",
	COMMAND_OPTIONS(remove_rows, struct retention_options),
};
