/* helio telemetry stats: how much there is of each measurement. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/session.h"

struct stats_options {
	const char	*url;
	bool		 json;
};

static const struct option_row rows[] = {
	OPTION(struct stats_options, json, "json", OPTION_FLAG, "",
	    "as the API answers"),
	OPTION(struct stats_options, url, "url", OPTION_TEXT, "URL",
	    "the server (default: HELIO_URL, or that of 'helio login')"),
};

enum { NAME_COLUMNS = 20 };

static const struct {
	const char	*name;
	int		 width;
} columns[] = {
	{ "series", 8 }, { "fields", 7 }, { "points", 13 }, { "bytes", 13 },
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void
print_row(const helio_json *json, size_t i)
{
	static const char *const times[] = { "oldest", "newest" };
	char path[64];
	const char *text;
	int64_t n;

	snprintf(path, sizeof(path), "data.%zu.measurement", i);
	text = helio_json_text(json, path);
	printf("%-*s", NAME_COLUMNS, text != NULL ? text : "");
	for (size_t k = 0; k < COLUMNS; k++) {
		snprintf(path, sizeof(path), "data.%zu.%s", i,
		    columns[k].name);
		n = 0;
		(void)helio_json_int(json, path, &n);
		printf(" %*lld", columns[k].width, (long long)n);
	}
	for (size_t k = 0; k < sizeof(times) / sizeof(times[0]); k++) {
		snprintf(path, sizeof(path), "data.%zu.%s", i, times[k]);
		text = helio_json_text(json, path);
		printf("  %s", text != NULL ? text : "-");
	}
	putchar('\n');
}

static void
print_table(const helio_json *json)
{
	printf("%-*s", NAME_COLUMNS, "measurement");
	for (size_t k = 0; k < COLUMNS; k++)
		printf(" %*s", columns[k].width, columns[k].name);
	puts("  oldest  newest");
	for (size_t i = 0; i < helio_json_count(json, "data"); i++)
		print_row(json, i);
}

/* What the server has to say of the room that is left. */
static void
print_warning(const helio_json *json)
{
	const char *text = helio_json_text(json, "message");

	if (text != NULL && *text != '\0')
		say_error("delete samples, keep them for a shorter time, or "
		    "raise telemetry_max", "%s", text);
}

static int
print(const helio_reply *reply, bool as_json)
{
	helio_json *json = NULL;
	helio_error error;
	helio_code code = helio_reply_check(reply, &error);
	char *data;

	if (code == HELIO_DONE)
		code = helio_json_of(reply, &json, &error);
	if (code != HELIO_DONE) {
		say_error(NULL, "%s", error.text);
	} else if (as_json) {
		data = helio_json_dump(json, "data");
		puts(data != NULL ? data : "[]");
		free(data);
		print_warning(json);
	} else {
		print_table(json);
		print_warning(json);
	}
	helio_json_free(json);
	if (code != HELIO_DONE)
		return session_exit(code, reply);
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct stats_options *given = arg;
	helio_client *client = session_open(given->url);
	helio_call *call = helio_call_new("GET", "/v1/telemetry/stats");
	helio_reply *reply = NULL;
	helio_error error;
	helio_code code;
	int exit_code = EXIT_USAGE;

	if (client != NULL) {
		if (n_args > 0)
			helio_call_query(call, "measurement", args[0]);
		code = helio_http_send(helio_client_http(client), call,
		    &reply, &error);
		if (code != HELIO_DONE)
			say_error(NULL, "%s", error.text);
		exit_code = code == HELIO_DONE ? print(reply, given->json) :
		    session_exit(code, NULL);
	}
	helio_reply_free(reply);
	helio_call_free(call);
	helio_client_free(client);
	return exit_code;
}

const struct command command_telemetry_stats = {
	.name = "telemetry stats", .args = "[MEASUREMENT]", .args_max = 1,
	.run = run,
	.summary = "how much there is of each measurement, and since when",
	.example = "  helio telemetry stats\n"
	    "  Points are rows of a series; bytes those of its chunks, "
	    "compressed.",
	COMMAND_OPTIONS(rows, struct stats_options),
};
