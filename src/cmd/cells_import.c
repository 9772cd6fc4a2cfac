/* helio cells import: where radio cells are, from a list of OpenCelliD. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "cmd/command.h"
#include "cmd/data.h"
#include "domain/cell_csv.h"

enum {
	BATCH = 10000,		/* lines in a transaction */
	LINE_SIZE = 4096,
	BAD_NAMED = 20,		/* bad lines that are told one by one */
};

struct cells_options {
	const char	*data, *database;
};

static const struct option_row rows[] = {
	DATA_OPTIONS(struct cells_options,
	    "the data folder; a server may be running on it"),
};

/* One file on its way. */
struct import {
	const char	*name;
	gzFile		 file;
	struct store	*store;
	struct cell_line batch[BATCH];
	size_t		 n;
	unsigned long	 line, cells, other, bad;
	bool		 ended;
};

static enum helio_rc
put_cell(struct tx *tx, const struct cell_line *line, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "cell"));

	row_set_int(row, "cell_id", line->key);
	row_set_int(row, "mcc", line->id.mcc);
	row_set_int(row, "mnc", line->id.mnc);
	row_set_int(row, "lac", line->id.lac);
	row_set_int(row, "cid", line->id.cid);
	row_set(row, "latitude", value_float(line->latitude));
	row_set(row, "longitude", value_float(line->longitude));
	row_set_int(row, "range_m", line->range_m);
	return tx_upsert(tx, row, NULL, err);
}

static enum helio_rc
put_batch(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct import *in = arg;
	enum helio_rc rc = HELIO_OK;
	size_t i;

	for (i = 0; i < in->n && rc == HELIO_OK; i++)
		rc = put_cell(tx, &in->batch[i], err);
	return rc;
}

static void
tell_bad(struct import *in, const char *why)
{
	in->bad++;
	if (in->bad > BAD_NAMED)
		return;
	say_progress("%s", "");
	say_error(NULL, "%s: line %lu %s", in->name, in->line, why);
}

/* The rest of a line that is too long for us. */
static void
skip_line(struct import *in)
{
	char rest[LINE_SIZE];

	while (gzgets(in->file, rest, sizeof(rest)) != NULL &&
	    strchr(rest, '\n') == NULL)
		;
}

static void
take_line(struct import *in, const char *text)
{
	size_t n = strlen(text);
	const char *why = "is too long";
	enum cell_csv what;

	in->line++;
	if (n == LINE_SIZE - 1 && text[n - 1] != '\n') {
		skip_line(in);
		tell_bad(in, why);
		return;
	}
	what = cell_csv_read(text, n, &in->batch[in->n], &why);
	if (what == CELL_CSV_BAD)
		tell_bad(in, why);
	else if (what == CELL_CSV_OTHER)
		in->other++;
	else
		in->n++;
}

/* The lines of one transaction; false: the file cannot be read. */
static bool
read_batch(struct import *in)
{
	char text[LINE_SIZE];
	const char *message;
	int code;

	in->n = 0;
	while (in->n < BATCH) {
		if (gzgets(in->file, text, sizeof(text)) == NULL) {
			in->ended = true;
			break;
		}
		take_line(in, text);
	}
	message = gzerror(in->file, &code);
	if (code == Z_OK || code == Z_STREAM_END)
		return true;
	say_error(NULL, "%s: line %lu: %s", in->name, in->line + 1,
	    code == Z_ERRNO ? strerror(errno) : message);
	return false;
}

static bool
import_lines(struct import *in)
{
	struct helio_err err;

	while (!in->ended) {
		if (!read_batch(in))
			return false;
		err_clear(&err);
		if (store_write(in->store, &CALLER_SYSTEM, put_batch, in,
		    &err) != HELIO_OK) {
			say_failure(in->name, &err);
			return false;
		}
		in->cells += in->n;
		say_progress("%s: %lu cells", in->name, in->cells);
	}
	return true;
}

static bool
open_file(struct import *in)
{
	int fd = strcmp(in->name, "-") == 0 ? dup(STDIN_FILENO) :
	    open(in->name, O_RDONLY | O_CLOEXEC);

	in->file = fd >= 0 ? gzdopen(fd, "rb") : NULL;
	if (in->file != NULL) {
		gzbuffer(in->file, 1 << 17);
		return true;
	}
	say_error(NULL, "%s: %s", in->name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return false;
}

static void
tell_end(const struct import *in)
{
	if (in->bad > BAD_NAMED)
		say_error(NULL, "%s: %lu more lines are bad", in->name,
		    in->bad - BAD_NAMED);
	printf("%s: %lu cells imported, %lu lines left out, %lu bad\n",
	    in->name, in->cells, in->other, in->bad);
}

/* False when not every line of the file is in the table now. */
static bool
import_file(struct store *store, const char *name)
{
	struct import *in = calloc(1, sizeof(*in));
	bool ok = false;

	if (in == NULL) {
		say_error(NULL, "no memory");
		return false;
	}
	in->name = name;
	in->store = store;
	if (open_file(in)) {
		ok = import_lines(in);
		say_progress("%s", "");
		gzclose(in->file);
		tell_end(in);
	}
	ok = ok && in->bad == 0;
	free(in);
	return ok;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct cells_options *given = arg;
	struct store *store;
	bool ok = true;
	int i;

	if (!data_open(given->data, given->database, false, &store))
		return EXIT_DATA;
	for (i = 0; i < n_args; i++)
		ok = import_file(store, args[i]) && ok;
	store_close(store);
	return ok ? EXIT_OK : EXIT_FAILED;
}

const struct command command_cells_import = {
	.name = "cells import", .args = "FILE...", .run = run,
	.args_min = 1, .args_max = -1,
	.summary = "learn where radio cells are, from OpenCelliD's CSV",
	.example = "  helio cells import 635.csv.gz --data /var/lib/helio\n"
	    "  Units that hear such cells have a place from now on. Plain or "
	    "gzip;\n  '-' reads standard input; again replaces; bad lines are "
	    "told and left out.",
	COMMAND_OPTIONS(rows, struct cells_options),
};
