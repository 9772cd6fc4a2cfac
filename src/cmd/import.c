/* helio import: JSON lines into a data folder, all or nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/data.h"

struct import_options {
	const char	*data, *database;
};

static const struct option_row rows[] = {
	DATA_OPTIONS(struct import_options,
	    "the data folder; no server may be running on it"),
};

/* The files of one import, read one after the other. */
struct files {
	char		**names;
	int		 n, at;		/* at: the file being read */
	FILE		*now;
	char		*line;
	size_t		 line_cap;
	unsigned long	 no;		/* line in the present file */
	struct store_import *import;	/* is told of failures */
};

/* The rest cannot be read: nothing at all is to be imported then. */
static void
read_failed(struct files *files)
{
	say_error(NULL, "%s: %s", files->names[files->at], strerror(errno));
	files->import->failed = HELIO_E_IO;
}

static bool
open_next(struct files *files)
{
	const char *name = files->names[files->at];

	files->no = 0;
	files->now = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	if (files->now == NULL)
		read_failed(files);
	return files->now != NULL;
}

static void
close_now(struct files *files)
{
	if (files->now != NULL && files->now != stdin)
		fclose(files->now);
	files->now = NULL;
}

static bool
next_line(void *arg, const char **ret, size_t *ret_n, unsigned long *ret_no)
{
	struct files *files = arg;
	ssize_t n;

	while (files->at < files->n) {
		if (files->now == NULL && !open_next(files))
			return false;
		n = getline(&files->line, &files->line_cap, files->now);
		if (n >= 0) {
			*ret = files->line;
			*ret_n = (size_t)n;
			*ret_no = ++files->no;
			return true;
		}
		if (!feof(files->now)) {
			read_failed(files);
			return false;
		}
		close_now(files);
		files->at++;
	}
	return false;
}

static bool
rewind_files(void *arg)
{
	struct files *files = arg;

	for (int i = 0; i < files->n; i++)
		if (strcmp(files->names[i], "-") == 0)
			return false;
	close_now(files);
	files->at = 0;
	return true;
}

static void
progress(void *arg, unsigned long lines)
{
	say_progress("%lu lines", lines);
}

static int
run(void *arg, char **args, int n_args)
{
	const struct import_options *given = arg;
	struct files files = { .names = args, .n = n_args };
	struct store_import import = {
		.line = next_line, .rewind = rewind_files, .arg = &files,
		.progress = progress,
	};
	struct helio_err err;
	struct store *store;
	enum helio_rc rc;

	files.import = &import;
	err_clear(&err);
	if (!data_open(given->data, given->database, true, &store))
		return EXIT_FAILED;
	rc = store_import(store, &import, &err);
	say_progress("%s", "");
	store_close(store);
	if (rc == HELIO_OK)
		printf("%lu rows imported\n", import.rows);
	else if (files.at < files.n)
		say_failure(files.names[files.at], &err);
	else
		say_failure("import", &err);
	close_now(&files);
	free(files.line);
	return rc == HELIO_OK ? EXIT_OK : EXIT_FAILED;
}

const struct command command_import = {
	.name = "import", .args = "FILE...", .run = run,
	.args_min = 1, .args_max = -1,
	.summary = "add or replace rows from JSON lines, all or nothing",
	.example = "  helio import fleet.jsonl --data /var/lib/helio\n"
	    "  Each line is {\"table\": \"hub\", \"row\": {..}}; '-' reads "
	    "standard input.",
	COMMAND_OPTIONS(rows, struct import_options),
};
