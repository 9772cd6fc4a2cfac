/* The common part of bulk commands. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/batch_run.h"

/* The signal flag; the handler is gone after the first, so that a second
 * SIGINT ends the program at once. */
static volatile sig_atomic_t stop_wanted;

static void
on_signal(int signal)
{
	stop_wanted = 1;
}

static void
catch_signals(void)
{
	/* no SA_RESTART: reading rows from a terminal is to end, too */
	struct sigaction action = {
		.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND,
	};

	stop_wanted = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* results that nobody reads are an error to report, not an end */
	signal(SIGPIPE, SIG_IGN);
}

static void
tell(void *arg, const struct batch_figures *f)
{
	say_progress("%lu rows: %lu done, %lu failed, %lu bad, %lu done "
	    "before", f->read, f->done, f->failed, f->bad, f->skipped);
}

static bool
take_format(const char *name, enum batch_format *ret)
{
	static const char *const names[] = {
		[BATCH_LINES] = "lines", [BATCH_CSV] = "csv",
		[BATCH_JSONL] = "jsonl",
	};

	if (name == NULL)
		return true;
	for (size_t i = BATCH_LINES; i <= BATCH_JSONL; i++) {
		if (strcmp(names[i], name) == 0) {
			*ret = (enum batch_format)i;
			return true;
		}
	}
	say_error(NULL, "--format wants lines, csv or jsonl, not '%s'", name);
	return false;
}

static bool
take_rate(const char *text, double *ret)
{
	char *end;

	if (text == NULL)
		return true;
	*ret = strtod(text, &end);
	if (end != text && *end == '\0' && *ret >= 0.001 && *ret <= 1e6)
		return true;
	say_error(NULL, "--rate wants rows per second, not '%s'", text);
	return false;
}

static void
say_end(enum batch_end end, const struct batch_figures *f,
    const struct batch_options *given, const struct buf *why)
{
	say_progress("%s", "");
	if (why->len > 0)
		say_error(NULL, "%s", why->data);
	fprintf(stderr, "%lu rows: %lu %s, %lu failed, %lu bad, %lu done "
	    "before\n", f->read, f->done, given->dry_run ? "to be done" :
	    "done", f->failed, f->bad, f->skipped);
	if (end != BATCH_END_OK && end != BATCH_END_LOCAL && !given->dry_run)
		fputs(given->resume != NULL ?
		    "the same command goes on with the rows not done\n" :
		    "with --resume FILE the same command can go on\n", stderr);
}

int
batch_command(const struct batch_job *job, const struct batch_options *given)
{
	static const int exits[] = {
		[BATCH_END_OK] = EXIT_OK,
		[BATCH_END_SOME_FAILED] = EXIT_ROWS_FAILED,
		[BATCH_END_TOO_MANY] = EXIT_CUT_SHORT,
		[BATCH_END_STOPPED] = EXIT_STOPPED,
		[BATCH_END_LOCAL] = EXIT_FAILED,
	};
	struct batch_how how = {
		.file = given->file, .out = given->output,
		.out_csv = given->csv, .resume = given->resume,
		.concurrency = (unsigned)(given->concurrency <
		    BATCH_CONCURRENCY_MAX ? given->concurrency :
		    BATCH_CONCURRENCY_MAX),
		.dry_run = given->dry_run, .stop = &stop_wanted,
		.failures_max = (unsigned long)given->stop_after,
		.progress = tell,
	};
	struct batch_figures figures;
	struct buf why = BUF_INIT;
	enum batch_end end;

	if (!take_format(given->format, &how.format) ||
	    !take_rate(given->rate, &how.rate))
		return EXIT_USAGE;
	catch_signals();
	end = batch_run(job, &how, &figures, &why);
	say_end(end, &figures, given, &why);
	buf_free(&why);
	return exits[end];
}
