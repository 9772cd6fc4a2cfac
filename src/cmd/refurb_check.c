/*
 * helio refurb check: sorts returned devices into those that can be
 * refurbished, those that are a customer's, and those to look into (seed:
 * refurb_check), and suspends the SIMs of the second kind when asked to.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/field_session.h"
#include "cmd/refurb_list.h"

struct refurb_options {
	struct field_where where;
	const char	*journal;
	int		 format;	/* enum refurb_format */
	bool		 suspend, dry_run, yes;
};

static const struct option_row rows[] = {
	OPTION(struct refurb_options, journal, "journal", OPTION_TEXT, "FILE",
	    "keeps every answer; the same file goes on where a run ended"),
	FIELD_WHERE_OPTIONS(struct refurb_options),
	OPTION_OF_CHOICE(struct refurb_options, format, REFURB_CSV, '\0',
	    "csv", "the report as CSV"),
	OPTION_OF_CHOICE(struct refurb_options, format, REFURB_JSON, '\0',
	    "json", "the report as JSON"),
	OPTION(struct refurb_options, suspend, "suspend", OPTION_FLAG, "",
	    "then suspend the SIMs of the devices that are taken"),
	OPTION(struct refurb_options, dry_run, "dry-run", OPTION_FLAG, "",
	    "ask about devices, but only tell which SIMs would be suspended"),
	OPTION(struct refurb_options, yes, "yes", OPTION_FLAG, "",
	    "suspend without asking"),
};

struct refurb {
	const struct refurb_options *given;
	struct refurb_list list;
	helio_field	*field;
	FILE		*journal;
	unsigned long	 bad, unanswered;
	int		 code;		/* EXIT_OK, or why the run ended */
};

static bool
fail(struct refurb *refurb, int code)
{
	refurb->code = code;
	return false;
}

static bool
no_memory(struct refurb *refurb)
{
	say_error(NULL, "out of memory");
	return fail(refurb, EXIT_FAILED);
}

/* ---- journal ---- */

/* A last line that was cut by a stop is written anew: what it says is asked
 * again. */
static bool
read_journal(struct refurb *refurb)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	long whole = 0;
	unsigned long no = 0;
	bool ok = true;

	while (ok && (n = getline(&line, &cap, refurb->journal)) > 0) {
		no++;
		if (line[n - 1] != '\n')
			break;
		ok = refurb_read_entry(&refurb->list, line, (size_t)n);
		whole = ftell(refurb->journal);
	}
	free(line);
	if (!ok) {
		say_error("name the journal of an earlier run, or a new file",
		    "%s: line %lu is no entry of a journal",
		    refurb->given->journal, no);
		return fail(refurb, EXIT_USAGE);
	}
	if (fseek(refurb->journal, whole, SEEK_SET) == 0 &&
	    ftruncate(fileno(refurb->journal), whole) == 0)
		return true;
	say_error(NULL, "%s: %s", refurb->given->journal, strerror(errno));
	return fail(refurb, EXIT_FAILED);
}

static bool
open_journal(struct refurb *refurb)
{
	int fd;

	if (refurb->given->journal == NULL)
		return true;
	fd = open(refurb->given->journal, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	refurb->journal = fd >= 0 ? fdopen(fd, "r+") : NULL;
	if (refurb->journal != NULL)
		return read_journal(refurb);
	if (fd >= 0)
		close(fd);
	say_error(NULL, "%s: %s", refurb->given->journal, strerror(errno));
	return fail(refurb, EXIT_FAILED);
}

/* On disk before the next device is asked about. */
static bool
write_journal(struct refurb *refurb, const struct refurb_pair *pair)
{
	struct buf entry = BUF_INIT;
	bool ok;

	if (refurb->journal == NULL)
		return true;
	refurb_write_entry(pair, &entry);
	buf_addc(&entry, '\n');
	ok = !entry.failed && fwrite(entry.data, 1, entry.len,
	    refurb->journal) == entry.len && fflush(refurb->journal) == 0;
	buf_free(&entry);
	if (ok)
		return true;
	say_error(NULL, "%s: %s", refurb->given->journal, strerror(errno));
	return fail(refurb, EXIT_FAILED);
}

/* ---- asking ---- */

static bool
ask(struct refurb *refurb, struct refurb_pair *pair)
{
	helio_field_answer answer = { .body = NULL };
	helio_error error;
	helio_code code;
	bool ok;

	code = helio_field_info(refurb->field, pair->imei, &answer, &error);
	if (code == HELIO_DENIED || code == HELIO_LOCAL) {
		say_error(NULL, "%s: %s", pair->imei, error.text);
		return fail(refurb, field_exit(code));
	}
	if (code == HELIO_DONE)
		ok = refurb_set_answer(pair, &answer);
	else
		ok = refurb_set_failure(pair, error.text);
	refurb->unanswered += code != HELIO_DONE;
	helio_field_answer_clear(&answer);
	return ok ? write_journal(refurb, pair) : no_memory(refurb);
}

static bool
take_pair(struct refurb *refurb, unsigned long line, const char *imei,
    const char *iccid)
{
	struct refurb_pair *pair = refurb_list_add(&refurb->list, imei, iccid);

	if (pair == NULL)
		return no_memory(refurb);
	if (strcmp(pair->iccid, iccid) != 0) {
		fprintf(stderr, "helio: line %lu: %s came with the ICCID %s "
		    "before\n", line, imei, pair->iccid);
		refurb->bad++;
		return true;
	}
	if (pair->asked && !pair->again)
		return true;
	say_progress("%lu: %s", line, imei);
	return ask(refurb, pair);
}

static bool
take_line(struct refurb *refurb, unsigned long line, const char *text,
    size_t n)
{
	char imei[REFURB_NUMBER_SIZE], iccid[REFURB_NUMBER_SIZE];
	const char *why;

	if (strspn(text, " \t\r\n") >= n)
		return true;
	why = refurb_read_line(text, n, imei, iccid);
	if (why == NULL)
		return take_pair(refurb, line, imei, iccid);
	fprintf(stderr, "helio: line %lu: %s\n", line, why);
	refurb->bad++;
	return true;
}

static bool
take_lines(struct refurb *refurb, FILE *file, const char *name)
{
	char *text = NULL;
	size_t cap = 0;
	ssize_t n;
	bool ok = true;

	for (unsigned long line = 1; ok &&
	    (n = getline(&text, &cap, file)) > 0; line++)
		ok = take_line(refurb, line, text, (size_t)n -
		    (text[n - 1] == '\n'));
	say_progress("%s", "");
	free(text);
	if (ok && ferror(file)) {
		say_error(NULL, "%s: %s", name, strerror(errno));
		return fail(refurb, EXIT_FAILED);
	}
	return ok;
}

static bool
take_input(struct refurb *refurb, char **args, int n)
{
	FILE *file = stdin;
	bool ok;

	if (n == 0 || strcmp(args[0], "-") == 0) {
		if (isatty(STDIN_FILENO))
			fputs("Enter input, press CTRL+D to finish > \n",
			    stderr);
		return take_lines(refurb, stdin, "standard input");
	}
	file = fopen(args[0], "re");
	if (file == NULL) {
		say_error(NULL, "%s: %s", args[0], strerror(errno));
		return fail(refurb, EXIT_FAILED);
	}
	ok = take_lines(refurb, file, args[0]);
	fclose(file);
	return ok;
}

/* ---- suspending ---- */

/* Only where the answer was a device's record: a text that is no JSON may be
 * a gateway's that is down. */
static bool
is_due(const struct refurb_pair *pair)
{
	return pair->asked && pair->list == HELIO_REFURB_TAKEN &&
	    pair->record && !pair->suspended;
}

static size_t
count_due(const struct refurb *refurb)
{
	size_t n = 0;

	for (size_t i = 0; i < refurb->list.n; i++)
		n += is_due(refurb->list.pair[i]);
	return n;
}

/* On the terminal, which standard input may not be. */
static bool
confirm(size_t n)
{
	FILE *terminal = fopen("/dev/tty", "r+e");
	char answer[16] = "";

	if (terminal == NULL) {
		say_error("--yes suspends without asking", "there is no "
		    "terminal to ask on, nothing is suspended");
		return false;
	}
	fprintf(terminal, "suspend %zu SIMs? (y/n) ", n);
	fflush(terminal);
	if (fgets(answer, sizeof(answer), terminal) == NULL)
		*answer = '\0';
	fclose(terminal);
	return *answer == 'y' || *answer == 'Y';
}

/* That endpoint is the operator's own: it may know no statusCode. */
static bool
is_suspended(const helio_field_answer *answer)
{
	return answer->has_code ? helio_field_is_yes(answer) :
	    answer->status >= 200 && answer->status < 300;
}

static bool
suspend(struct refurb *refurb, struct refurb_pair *pair)
{
	helio_field_answer answer = { .body = NULL };
	helio_error error;
	helio_code code = helio_field_suspend(refurb->field, pair->iccid,
	    &answer, &error);
	bool ok = true;

	if (code == HELIO_DONE && is_suspended(&answer)) {
		pair->suspended = true;
		ok = write_journal(refurb, pair);
		fprintf(stderr, "%s suspended\n", pair->iccid);
	} else {
		say_error(NULL, "%s is not suspended: %s", pair->iccid,
		    code == HELIO_DONE ? answer.body : error.text);
		refurb->code = EXIT_FAILED;
		ok = code != HELIO_DENIED;
	}
	helio_field_answer_clear(&answer);
	return ok;
}

static bool
suspend_all(struct refurb *refurb)
{
	const struct refurb_options *given = refurb->given;
	size_t n = count_due(refurb);

	if (!given->dry_run && n > 0 && !given->yes && !confirm(n))
		return fail(refurb, EXIT_FAILED);
	for (size_t i = 0; i < refurb->list.n; i++) {
		struct refurb_pair *pair = refurb->list.pair[i];

		if (!is_due(pair))
			continue;
		if (given->dry_run)
			fprintf(stderr, "%s would be suspended\n",
			    pair->iccid);
		else if (!suspend(refurb, pair))
			return false;
	}
	return true;
}

/* ---- all of it ---- */

static void
print_report(struct refurb *refurb)
{
	struct buf out = BUF_INIT;

	refurb_report(&refurb->list, (enum refurb_format)refurb->given->format,
	    &out);
	if (out.failed)
		no_memory(refurb);
	else
		fwrite(out.data, 1, out.len, stdout);
	if (fflush(stdout) != 0) {
		say_error(NULL, "standard output: %s", strerror(errno));
		refurb->code = EXIT_FAILED;
	}
	buf_free(&out);
}

/* The report is printed whatever happened: it is what is known. */
static void
check(struct refurb *refurb, char **args, int n)
{
	bool ok = take_input(refurb, args, n);

	if (ok && refurb->given->suspend)
		suspend_all(refurb);
	print_report(refurb);
	if (refurb->unanswered > 0)
		say_error("the same command asks about them again",
		    "%lu devices could not be asked about",
		    refurb->unanswered);
	if (refurb->code == EXIT_OK && refurb->bad + refurb->unanswered > 0)
		refurb->code = EXIT_FAILED;
}

static int
run(void *arg, char **args, int n_args)
{
	struct refurb refurb = { .given = arg, .code = EXIT_OK };
	struct field_session *session =
	    field_session_open(&refurb.given->where);

	if (session == NULL)
		return EXIT_USAGE;
	refurb.field = field_session_client(session);
	if (refurb.field == NULL)
		refurb.code = EXIT_FAILED;
	else if (open_journal(&refurb))
		check(&refurb, args, n_args);
	if (refurb.journal != NULL && fclose(refurb.journal) != 0 &&
	    refurb.code == EXIT_OK)
		refurb.code = EXIT_FAILED;
	refurb_list_free(&refurb.list);
	helio_field_free(refurb.field);
	field_session_free(session);
	return refurb.code;
}

const struct command command_refurb_check = {
	.name = "refurb check", .args = "[FILE]", .args_max = 1, .run = run,
	.summary = "sort returned devices: successful, taken, failed",
	.example = "  helio refurb check returned.txt --journal batch7.jsonl "
	    "--env field.env\n"
	    "  A line is an IMEI and an ICCID, in either order. Later, "
	    "'--suspend' on the same\n  journal suspends the SIMs of those "
	    "that are taken, after a question.",
	COMMAND_OPTIONS(rows, struct refurb_options),
};
