/* helio export: every row as a JSON line on standard output. */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/data.h"

struct export_options {
	const char	*data, *database;
};

static const struct option_row rows[] = {
	DATA_OPTIONS(struct export_options,
	    "the data folder"),
};

static bool
write_out(void *arg, const char *bytes, size_t n)
{
	return fwrite(bytes, 1, n, arg) == n;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct export_options *given = arg;
	struct helio_err err;
	struct store *store;
	enum helio_rc rc;

	err_clear(&err);
	if (!data_open(given->data, given->database, false, &store))
		return EXIT_DATA;
	rc = store_export(store, write_out, stdout, &err);
	store_close(store);
	if (rc == HELIO_OK && fflush(stdout) == 0)
		return EXIT_OK;
	if (rc != HELIO_OK)
		say_failure("export", &err);
	else
		say_error(NULL, "standard output could not be written");
	return EXIT_FAILED;
}

const struct command command_export = {
	.name = "export", .args = "> FILE", .run = run,
	.summary = "write every row, secrets included, as JSON lines",
	.example = "  helio export --data /var/lib/helio > fleet.jsonl\n"
	    "  Telemetry is not part of it. 'helio import' reads it back.",
	COMMAND_OPTIONS(rows, struct export_options),
};
