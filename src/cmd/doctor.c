/* helio doctor: checks a data folder and says what it found. */
#include <stdio.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "cmd/command.h"
#include "cmd/data.h"
#include "telemetry/telemetry.h"

struct doctor_options {
	const char	*data, *database;
	bool		 json;
};

static const struct option_row rows[] = {
	DATA_OPTIONS(struct doctor_options,
	    "the data folder"),
	OPTION(struct doctor_options, json, "json", OPTION_FLAG, "",
	    "one JSON object per finding"),
};

static void
found_text(void *arg, const struct store_finding *finding)
{
	printf("%-4s %s\n", !finding->ok ? "BAD" :
	    finding->warning ? "WARN" : "ok", finding->text);
}

static void
found_json(void *arg, const struct store_finding *finding)
{
	struct buf out = BUF_INIT;
	struct json_write json;

	jw_start(&json, &out);
	jw_object(&json);
	jw_put_bool(&json, "ok", finding->ok);
	if (finding->warning)
		jw_put_bool(&json, "warning", true);
	jw_put_str(&json, "text", finding->text);
	jw_end(&json);
	if (!out.failed)
		puts(out.data);
	buf_free(&out);
}

static int
run(void *arg, char **args, int n_args)
{
	const struct doctor_options *given = arg;
	struct helio_err err;
	struct store *store;
	unsigned bad = 0, worse = 0;
	enum helio_rc rc;

	err_clear(&err);
	if (!data_open(given->data, given->database, false, &store))
		return EXIT_DATA;
	rc = store_doctor(store, given->json ? found_json : found_text, NULL,
	    &bad, &err);
	if (rc == HELIO_OK)
		rc = telemetry_doctor(store, given->json ? found_json :
		    found_text, NULL, &worse, &err);
	store_close(store);
	bad += worse;
	if (rc != HELIO_OK) {
		say_failure("doctor", &err);
		return EXIT_FAILED;
	}
	if (bad == 0)
		return EXIT_OK;
	say_error("restore a backup, or keep a copy of the folder and ask",
	    "%u finding%s need attention", bad, bad == 1 ? "" : "s");
	return EXIT_FAILED;
}

const struct command command_doctor = {
	.name = "doctor", .args = "", .run = run,
	.summary = "check a data folder, beside a running server or alone",
	.example = "  helio doctor --data /var/lib/helio\n"
	    "  Exit status 0: all is well; 1: something needs attention.",
	COMMAND_OPTIONS(rows, struct doctor_options),
};
