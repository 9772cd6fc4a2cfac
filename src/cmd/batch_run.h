/*
 * What all bulk commands have in common: their options, the progress line,
 * signals, the summary and the exit codes.  A bulk command is a batch_job and
 *
 *	struct my_options { ..; struct batch_options batch; };
 *	static const struct option_row rows[] = {
 *		OPTION(struct my_options, ..),
 *		BATCH_OPTIONS(struct my_options, batch),
 *	};
 *	return batch_command(&job, &given->batch);
 */
#ifndef HELIO_CMD_BATCH_RUN_H
#define HELIO_CMD_BATCH_RUN_H

#include "batch/batch.h"
#include "cmd/command.h"

struct batch_options {
	const char	*file, *format, *output, *resume, *rate;
	long		 concurrency, stop_after;
	bool		 csv, dry_run;
};

#define BATCH_OPTIONS(struct_, member_) \
	OPTION(struct_, member_.file, "file", OPTION_TEXT, "FILE", \
	    "the rows (default: standard input)"), \
	OPTION(struct_, member_.format, "format", OPTION_TEXT, "NAME", \
	    "lines, csv or jsonl (default: as it looks)"), \
	OPTION(struct_, member_.output, "output", OPTION_TEXT, "FILE", \
	    "where results go (default: standard output)"), \
	OPTION(struct_, member_.csv, "csv", OPTION_FLAG, "", \
	    "results as CSV, not as JSON lines"), \
	OPTION(struct_, member_.resume, "resume", OPTION_TEXT, "FILE", \
	    "skip the rows that it lists, and list those done"), \
	OPTION(struct_, member_.concurrency, "concurrency", OPTION_NUMBER, \
	    "N", "rows worked on at once (default 1, at most 64)"), \
	OPTION(struct_, member_.rate, "rate", OPTION_TEXT, "N", \
	    "rows begun in a second, at most"), \
	OPTION(struct_, member_.stop_after, "stop_after", OPTION_NUMBER, \
	    "N", "give up after so many failed rows"), \
	OPTION(struct_, member_.dry_run, "dry_run", OPTION_FLAG, "", \
	    "check the rows and do nothing")

/* Run the job; prints what there is to say and returns the exit code. */
int	batch_command(const struct batch_job *, const struct batch_options *);

#endif
