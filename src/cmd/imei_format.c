/*
 * helio imei format: the IMEIs in texts of any kind, written as other tools
 * want them (seed: format_imeis).  Bytes are read, scanned and written in
 * large pieces; memory is constant unless repeats have to be known.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/command.h"
#include "cmd/number_set.h"
#include "helio/field.h"

enum {
	PIECE = 256 << 10,	/* bytes read or written at once */
	NUMBERS = 512,		/* found at once */
	MARK_MAX = 4,		/* bytes before or behind a number */
	ITEM_MAX = 128,		/* bytes that one number takes at most */
	PLAIN_MAX = 32,		/* the same without a table */
	ROOM = PIECE / PLAIN_MAX,
};

/* How a list is written.  A number is `before`, itself, `behind`; between two
 * of them stands `between`. */
struct form {
	const char	*name;
	const char	*start, *before, *behind, *between, *end;
	bool		 table;		/* with line and check digit, see put_row() */
};

enum { FORM_QUOTED, FORM_BARE, FORM_BLANKS, FORM_COMMAS, FORM_LIST, FORM_CSV,
	FORM_JSON };

static const struct form forms[] = {
	[FORM_QUOTED] = { "quoted", "", "\"", "\"\n", "", "" },
	[FORM_BARE] = { "bare", "", "", "\n", "", "" },
	[FORM_BLANKS] = { "blanks", "", "", "", " ", "\n" },
	[FORM_COMMAS] = { "commas", "", "", "", ", ", "\n" },
	[FORM_LIST] = { "list", "", "\"", "\"", ", ", "\n" },
	[FORM_CSV] = { "csv", "imei,line,luhn\n", "", "\n", "", "",
	    .table = true },
	[FORM_JSON] = { "json", "[", "{\"imei\": \"", "}", ",\n ", "]\n",
	    .table = true },
};

struct format_options {
	int		 form;
	bool		 luhn, unique, duplicates, iccids, summary;
	const char	*output;
};

static const struct option_row rows[] = {
	OPTION_OF_CHOICE(struct format_options, form, FORM_QUOTED, 'q',
	    "quoted", "in double quotes, one a line (default)"),
	OPTION_OF_CHOICE(struct format_options, form, FORM_BARE, 'b', "bare",
	    "bare, one a line"),
	OPTION_OF_CHOICE(struct format_options, form, FORM_BLANKS, 's',
	    "blanks", "in one line, blanks between"),
	OPTION_OF_CHOICE(struct format_options, form, FORM_COMMAS, 'c',
	    "commas", "in one line, ', ' between"),
	OPTION_OF_CHOICE(struct format_options, form, FORM_LIST, 'j', "list",
	    "in one line, quoted, ', ' between (inside of a JSON list)"),
	OPTION_OF_CHOICE(struct format_options, form, FORM_CSV, '\0', "csv",
	    "CSV: imei, line, luhn"),
	OPTION_OF_CHOICE(struct format_options, form, FORM_JSON, '\0', "json",
	    "a JSON list of objects with imei, line, luhn"),
	OPTION(struct format_options, luhn, "luhn", OPTION_FLAG, "",
	    "leave out those whose check digit is wrong"),
	OPTION(struct format_options, unique, "unique", OPTION_FLAG, "",
	    "each one once"),
	OPTION(struct format_options, duplicates, "duplicates", OPTION_FLAG,
	    "", "only those that come more than once, each once"),
	OPTION(struct format_options, iccids, "iccids", OPTION_FLAG, "",
	    "the ICCIDs (19 or 20 digits) instead"),
	OPTION(struct format_options, summary, "summary", OPTION_FLAG, "",
	    "tell on standard error what was found"),
};

struct figures {
	uint64_t	 imeis, iccids, wrong, repeated, written;
};

struct format {
	const struct format_options *given;
	const struct form *form;
	helio_scan	 scan;
	helio_number	 number[NUMBERS];
	struct number_set *seen;	/* NULL: repeats do not matter */
	struct figures	 figures;
	uint64_t	 line;
	const char	*counted;	/* line is that of this byte */
	size_t		 n;		/* bytes in out */
	size_t		 before_n, behind_n;
	char		 before[MARK_MAX], behind[MARK_MAX];
	char		 in[PIECE];
	char		 out[PIECE];
};

/* ---- writing ---- */

static bool
flush(struct format *format)
{
	size_t done = 0;

	while (done < format->n) {
		ssize_t put = write(STDOUT_FILENO, format->out + done,
		    format->n - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			say_error(NULL, "standard output: %s",
			    strerror(errno));
			return false;
		}
		done += (size_t)put;
	}
	format->n = 0;
	return true;
}

static void
put_text(struct format *format, const char *text)
{
	size_t n = strlen(text);

	memcpy(format->out + format->n, text, n);
	format->n += n;
}

/* What stands around the next number; `between` joins `before`. */
static void
set_marks(struct format *format, const char *between)
{
	const struct form *form = format->form;

	memset(format->before, 0, MARK_MAX);
	memset(format->behind, 0, MARK_MAX);
	snprintf(format->before, MARK_MAX, "%s%s", between, form->before);
	snprintf(format->behind, MARK_MAX, "%s", form->behind);
	format->before_n = strlen(format->before);
	format->behind_n = strlen(format->behind);
}

/*
 * IMEIs with the marks around them, in copies of fixed size: a few
 * instructions each.  There is room for all n.
 */
static void
put_imeis(struct format *format, const helio_number *number, size_t n)
{
	char *to = format->out + format->n;
	uint32_t before, behind;
	const size_t before_n = format->before_n;
	const size_t step = HELIO_IMEI_DIGITS + format->behind_n;

	memcpy(&before, format->before, MARK_MAX);
	memcpy(&behind, format->behind, MARK_MAX);
	for (size_t i = 0; i < n; i++) {
		memcpy(to, &before, MARK_MAX);
		to += before_n;
		memcpy(to, number[i].digits, HELIO_IMEI_DIGITS + 1);
		memcpy(to + HELIO_IMEI_DIGITS, &behind, MARK_MAX);
		to += step;
	}
	format->n = (size_t)(to - format->out);
}

/* A number of any length. */
static void
put_plain(struct format *format, const helio_number *number)
{
	char *to = format->out + format->n;

	memcpy(to, format->before, format->before_n);
	to += format->before_n;
	memcpy(to, number->digits, number->n);
	to += number->n;
	memcpy(to, format->behind, format->behind_n);
	format->n = (size_t)(to + format->behind_n - format->out);
}

/* The line of a number: line feeds since the last one asked for. */
static void
count_lines(struct format *format, const char *to)
{
	const char *at = format->counted;

	while (at < to && (at = memchr(at, '\n', (size_t)(to - at))) != NULL) {
		format->line++;
		at++;
	}
	format->counted = to;
}

static void
put_row(struct format *format, const helio_number *number)
{
	bool json = format->given->form == FORM_JSON;
	bool luhn = helio_luhn_valid(number->digits, number->n);
	const struct form *form = format->form;

	if (number->digits >= format->in &&
	    number->digits < format->in + PIECE)
		count_lines(format, number->digits);
	if (format->figures.written > 0)
		put_text(format, form->between);
	format->n += (size_t)snprintf(format->out + format->n, ITEM_MAX,
	    json ? "%s%.*s\", \"line\": %llu, \"luhn\": %s%s" :
	    "%s%.*s,%llu,%s%s", form->before, (int)number->n, number->digits,
	    (unsigned long long)format->line, luhn ? "true" : "false",
	    form->behind);
}

static bool
put_number(struct format *format, const helio_number *number)
{
	if (format->n > PIECE - ITEM_MAX - 2 * MARK_MAX && !flush(format))
		return false;
	if (format->form->table) {
		put_row(format, number);
	} else {
		put_plain(format, number);
		if (format->figures.written == 0)
			set_marks(format, format->form->between);
	}
	format->figures.written++;
	return true;
}

/* ---- choosing ---- */

/* Is it to be written, going by how often it was seen? */
static enum number_seen
look_up(struct format *format, const helio_number *number)
{
	enum number_seen seen = number_set_add(format->seen, number->digits,
	    number->n);

	if (seen == NUMBER_TWICE || seen == NUMBER_OFTEN)
		format->figures.repeated++;
	return seen;
}

static bool
is_wanted(struct format *format, const helio_number *number, bool *failed)
{
	enum number_seen seen;

	if (format->given->luhn &&
	    !helio_luhn_valid(number->digits, number->n)) {
		format->figures.wrong++;
		return false;
	}
	if (format->seen == NULL)
		return true;
	seen = look_up(format, number);
	*failed = seen == NUMBER_NO_MEMORY;
	return seen == (format->given->duplicates ? NUMBER_TWICE :
	    NUMBER_NEW);
}

/* Numbers of the kind that was not asked for are only counted. */
static bool
is_kind(struct format *format, const helio_number *number)
{
	bool imei = number->n == HELIO_IMEI_DIGITS;

	format->figures.imeis += imei;
	format->figures.iccids += !imei;
	return imei != format->given->iccids;
}

/* How many of the next numbers are IMEIs. */
static size_t
count_imeis(const helio_number *number, size_t n)
{
	size_t i = 0;

	while (i < n && number[i].n == HELIO_IMEI_DIGITS)
		i++;
	return i;
}

/* Write the first `some` numbers, which are IMEIs. */
static bool
take_imeis(struct format *format, const helio_number *number, size_t some)
{
	if (format->n + some * PLAIN_MAX > PIECE && !flush(format))
		return false;
	put_imeis(format, number, some);
	/* the first one has nothing between it and one before */
	if (format->figures.written == 0)
		set_marks(format, format->form->between);
	format->figures.written += some;
	format->figures.imeis += some;
	return true;
}

/* All of them, as fast as they come: no choice, no table, IMEIs. */
static bool
take_all(struct format *format, size_t n)
{
	for (size_t i = 0, some; i < n; i += some) {
		const helio_number *number = &format->number[i];
		size_t most = format->figures.written == 0 ? 1 : ROOM;

		some = count_imeis(number, n - i < most ? n - i : most);
		if (some == 0) {
			format->figures.iccids++;
			some = 1;
		} else if (!take_imeis(format, number, some)) {
			return false;
		}
	}
	return true;
}

static bool
take(struct format *format, size_t n)
{
	bool choosy = format->given->luhn || format->seen != NULL;
	bool failed = false;

	if (!choosy && !format->form->table && !format->given->iccids)
		return take_all(format, n);
	for (size_t i = 0; i < n; i++) {
		const helio_number *number = &format->number[i];

		if (!is_kind(format, number))
			continue;
		if (choosy && !is_wanted(format, number, &failed)) {
			if (!failed)
				continue;
			say_error(NULL, "out of memory");
			return false;
		}
		if (!put_number(format, number))
			return false;
	}
	return true;
}

/* ---- reading ---- */

static bool
take_piece(struct format *format, size_t n)
{
	const char *at = format->in;

	format->counted = format->in;
	while (n > 0) {
		if (!take(format, helio_scan_next(&format->scan, &at, &n,
		    format->number, NUMBERS)))
			return false;
		/* a number that goes on behind `at` is on the line of it */
		if (format->form->table)
			count_lines(format, at);
	}
	return true;
}

static bool
read_all(struct format *format, int fd, const char *name)
{
	ssize_t n;

	format->line = 1;
	do {
		n = read(fd, format->in, PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			say_error(NULL, "%s: %s", name, strerror(errno));
			return false;
		}
		if (!take_piece(format, (size_t)n))
			return false;
	} while (n != 0);
	return take(format, helio_scan_end(&format->scan, format->number));
}

/* As the seed's tool asks, when a person types. */
static bool
read_terminal(struct format *format)
{
	bool ok;

	fputs("Enter IMEIs (CTRL+D to finish)>> ", stderr);
	ok = read_all(format, STDIN_FILENO, "standard input");
	fputs("<< End of Input\n", stderr);
	return ok;
}

static bool
read_file(struct format *format, const char *name)
{
	bool ok;
	int fd;

	if (strcmp(name, "-") == 0)
		return isatty(STDIN_FILENO) ? read_terminal(format) :
		    read_all(format, STDIN_FILENO, "standard input");
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		say_error(NULL, "%s: %s", name, strerror(errno));
		return false;
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	ok = read_all(format, fd, name);
	close(fd);
	return ok;
}

static void
tell(const struct format *format)
{
	const struct figures *f = &format->figures;

	fprintf(stderr, "%llu IMEIs, %llu ICCIDs, %llu with a wrong check "
	    "digit left out, %llu repeated, %llu written\n",
	    (unsigned long long)f->imeis, (unsigned long long)f->iccids,
	    (unsigned long long)f->wrong, (unsigned long long)f->repeated,
	    (unsigned long long)f->written);
}

static bool
format_all(struct format *format, char **files, int n)
{
	static char *standard_input[] = { "-" };

	put_text(format, format->form->start);
	set_marks(format, "");
	if (n == 0) {
		files = standard_input;
		n = 1;
	}
	for (int i = 0; i < n; i++)
		if (!read_file(format, files[i]))
			return false;
	put_text(format, format->form->end);
	return flush(format);
}

static int
run(void *arg, char **args, int n_args)
{
	const struct format_options *given = arg;
	struct format *format = calloc(1, sizeof(*format));
	bool ok = format != NULL;

	if (ok) {
		format->given = given;
		format->form = &forms[given->form];
		if (given->unique || given->duplicates)
			format->seen = number_set_new();
		ok = format->seen != NULL ||
		    !(given->unique || given->duplicates);
	}
	if (!ok)
		say_error(NULL, "out of memory");
	ok = ok && format_all(format, args, n_args);
	if (ok && given->summary)
		tell(format);
	if (format != NULL)
		number_set_free(format->seen);
	free(format);
	return ok ? EXIT_OK : EXIT_FAILED;
}

const struct command command_imei_format = {
	.name = "imei format", .args = "[FILE..]", .args_max = -1, .run = run,
	.summary = "find IMEIs in any text and write them as a list",
	.example = "  helio imei format -j returned.csv mails.txt\n"
	    "  Prints \"350000000000006\", \"350000000000014\" and so on; "
	    "standard input is read\n  when no file is named. Longer numbers "
	    "(ICCIDs) are not cut into IMEIs.",
	COMMAND_OPTIONS(rows, struct format_options),
};
