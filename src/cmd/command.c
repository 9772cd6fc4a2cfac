/* Option tables: parsing, help pages and usage errors for every command. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cmd/command.h"

void
no_core_file(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

void
say_error(const char *hint, const char *fmt, ...)
{
	va_list ap;

	fputs("helio: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (hint != NULL)
		fprintf(stderr, "%s\n", hint);
}

void
say_failure(const char *what, const struct helio_err *err)
{
	unsigned i = 0;

	/* the text of the code alone speaks of requests */
	if (*err->message == '\0' && err->n_faults > 0) {
		say_error(NULL, "%s: %s: %s", what, err->fault[0].field,
		    err->fault[0].text);
		i = 1;
	} else {
		say_error(NULL, "%s: %s", what, err_message(err));
	}
	for (; i < err->n_faults; i++)
		fprintf(stderr, "  %s: %s\n", err->fault[i].field,
		    err->fault[i].text);
}

void
say_progress(const char *fmt, ...)
{
	va_list ap;

	if (!isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fflush(stderr);
}

static bool
takes_value(const struct option_row *row)
{
	return row->kind == OPTION_TEXT || row->kind == OPTION_NUMBER;
}

/* "--name ARG" as the help shows it, or "--name (-x)". */
static void
option_text(const struct option_row *row, char *out, size_t size)
{
	char letter[] = { ' ', '(', '-', row->letter, ')', '\0' };
	int n = snprintf(out, size, "--%s%s%s%s", row->name,
	    takes_value(row) ? " " : "", takes_value(row) ? row->arg : "",
	    row->letter != '\0' ? letter : "");

	for (int i = 0; i < n && i < (int)size; i++)
		if (out[i] == '_')
			out[i] = '-';
}

void
command_help(const struct command *command)
{
	char text[64];

	printf("usage: helio %s", command->name);
	for (size_t i = 0; i < command->n_options; i++) {
		if (!command->options[i].required)
			continue;
		option_text(&command->options[i], text, sizeof(text));
		printf(" %s", text);
	}
	printf("%s%s%s\n\n%s\n", command->n_options > 0 ? " [OPTION..]" : "",
	    *command->args ? " " : "", command->args, command->summary);
	if (command->n_options > 0)
		puts("\noptions:");
	for (size_t i = 0; i < command->n_options; i++) {
		option_text(&command->options[i], text, sizeof(text));
		printf("  %-26s %s\n", text, command->options[i].help);
	}
	printf("\nexample:\n%s\n", command->example);
}

/* Options are written with dashes; a name of the table may hold '_'. */
static bool
option_named(const struct option_row *row, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len && row->name[i] != '\0'; i++)
		if (row->name[i] != name[i] &&
		    !(row->name[i] == '_' && name[i] == '-'))
			return false;
	return i == len && row->name[i] == '\0';
}

static const struct option_row *
find_option(const struct command *command, const char *name, size_t len)
{
	for (size_t i = 0; i < command->n_options; i++)
		if (option_named(&command->options[i], name, len))
			return &command->options[i];
	return NULL;
}

static bool
set_number(const struct option_row *row, const char *value, long *ret)
{
	char *end;

	errno = 0;
	*ret = strtol(value, &end, 10);
	if (errno == 0 && end != value && *end == '\0' && *ret >= 0)
		return true;
	say_error(NULL, "--%s wants a number, not '%s'", row->name, value);
	return false;
}

/* Store one option; value is NULL for flags. */
static bool
set_option(const struct option_row *row, const char *value, void *options)
{
	void *member = (char *)options + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return true;
	case OPTION_TEXT:
		*(const char **)member = value;
		return true;
	case OPTION_NUMBER:
		return set_number(row, value, member);
	case OPTION_CHOICE:
		*(int *)member = row->choice;
		return true;
	}
	return false;
}

/* Parse one "--name[=value]" at argv[*at]; moves *at past a separate value. */
static bool
parse_option(const struct command *command, int argc, char **argv, int *at,
    void *options, bool *given)
{
	const char *name = argv[*at] + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	const struct option_row *row = find_option(command, name, len);

	if (row == NULL) {
		say_error(NULL, "%s: unknown option '%s'", command->name,
		    argv[*at]);
		return false;
	}
	if (!takes_value(row) && value != NULL) {
		say_error(NULL, "--%s takes no value", row->name);
		return false;
	}
	if (takes_value(row) && value == NULL) {
		if (*at + 1 >= argc) {
			say_error(NULL, "--%s wants a value (%s)", row->name,
			    row->arg);
			return false;
		}
		value = argv[++*at];
	}
	given[row - command->options] = true;
	return set_option(row, value, options);
}

/* "-x" of a row that has a letter and takes no value. */
static const struct option_row *
find_letter(const struct command *command, const char *word)
{
	for (size_t i = 0; i < command->n_options; i++)
		if (word[0] == '-' && command->options[i].letter != '\0' &&
		    word[1] == command->options[i].letter && word[2] == '\0')
			return &command->options[i];
	return NULL;
}

static bool
check_given(const struct command *command, const bool *given, int n_args)
{
	for (size_t i = 0; i < command->n_options; i++) {
		if (command->options[i].required && !given[i]) {
			say_error(NULL, "%s needs --%s %s", command->name,
			    command->options[i].name, command->options[i].arg);
			return false;
		}
	}
	if (n_args < command->args_min ||
	    (command->args_max >= 0 && n_args > command->args_max)) {
		say_error(NULL, "%s: %s arguments; it takes: %s", command->name,
		    n_args < command->args_min ? "too few" : "too many",
		    *command->args ? command->args : "none");
		return false;
	}
	return true;
}

static bool
parse(const struct command *command, int argc, char **argv, void *options,
    bool *given, char **args, int *ret_n)
{
	const struct option_row *row;
	bool only_args = false;

	for (int i = 0; i < argc; i++) {
		if (!only_args && strcmp(argv[i], "--") == 0)
			only_args = true;
		else if (!only_args &&
		    (row = find_letter(command, argv[i])) != NULL)
			set_option(row, NULL, options);
		else if (only_args || strncmp(argv[i], "--", 2) != 0)
			args[(*ret_n)++] = argv[i];
		else if (!parse_option(command, argc, argv, &i, options, given))
			return false;
	}
	return check_given(command, given, *ret_n);
}

/* "--help" among the words, but not after "--". */
static bool
wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

int
command_run(const struct command *command, int argc, char **argv)
{
	void *options = calloc(1, command->options_size + 1);
	bool *given = calloc(command->n_options + 1, sizeof(*given));
	char **args = calloc((size_t)argc + 1, sizeof(*args));
	int n = 0, code = EXIT_USAGE;

	if (options == NULL || given == NULL || args == NULL) {
		say_error(NULL, "out of memory");
		code = EXIT_FAILED;
	} else if (wants_help(argc, argv)) {
		command_help(command);
		code = EXIT_OK;
	} else if (parse(command, argc, argv, options, given, args, &n)) {
		code = command->run(options, args, n);
	} else {
		fprintf(stderr, "'helio %s --help' tells more\n",
		    command->name);
	}
	free(args);
	free(given);
	free(options);
	return code;
}
