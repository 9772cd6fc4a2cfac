/*
 * The command line: one file per command, one line in list.def.  A command
 * declares its options in a table; parsing, --help, usage errors and the
 * manual's synopsis come from it.  Commands print; nothing below them does.
 */
#ifndef HELIO_CMD_COMMAND_H
#define HELIO_CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rc.h"

/* Exit codes, distinct per cause (manual: EXIT STATUS). */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,	/* the command could not do its work */
	EXIT_USAGE = 2,		/* wrong words on the command line */
	EXIT_DATA = 3,		/* the data folder is missing, locked or of another kind */
	EXIT_REFUSED = 4,	/* the server answered 4xx */
	EXIT_SERVER = 5,	/* the server answered 5xx */
	EXIT_UNREACHABLE = 6,	/* no answer at all */
	EXIT_ROWS_FAILED = 7,	/* a batch came to its end, but rows failed */
	EXIT_CUT_SHORT = 8,	/* a batch was given up: too many failures */
	EXIT_STOPPED = 9,	/* a batch was stopped by a signal */
};

enum option_kind {
	OPTION_FLAG,		/* bool; takes no value */
	OPTION_TEXT,		/* const char * */
	OPTION_NUMBER,		/* long, not negative */
	OPTION_CHOICE,		/* int, set to `choice`; the last one wins */
};

struct option_row {
	const char	*name;		/* without the dashes */
	enum option_kind kind;
	size_t		 offset;	/* of the member in the options struct */
	const char	*arg;		/* how the value is called in help */
	const char	*help;
	bool		 required;
	char		 letter;	/* "-x" is the same; 0: none */
	int		 choice;
};

struct command {
	const char	*name;		/* one or two words: "serve", "user add" */
	const char	*args;		/* positional arguments for usage, or "" */
	const char	*summary;	/* one line */
	const char	*example;	/* one real call and what it does */
	const struct option_row *options;
	size_t		 n_options;
	size_t		 options_size;	/* of the struct the offsets point into */
	int		 args_min, args_max;	/* args_max -1: any number */
	/* options: the filled struct (zeroed where not given). Returns EXIT_*. */
	int		(*run)(void *options, char **args, int n_args);
};

#define OPTION(struct_, member_, name_, kind_, arg_, help_) \
	{ .name = name_, .kind = kind_, .offset = offsetof(struct_, member_), \
	  .arg = arg_, .help = help_ }
#define OPTION_REQUIRED(struct_, member_, name_, kind_, arg_, help_) \
	{ .name = name_, .kind = kind_, .offset = offsetof(struct_, member_), \
	  .arg = arg_, .help = help_, .required = true }
#define OPTION_OF_CHOICE(struct_, member_, choice_, letter_, name_, help_) \
	{ .name = name_, .kind = OPTION_CHOICE, \
	  .offset = offsetof(struct_, member_), .arg = "", .help = help_, \
	  .letter = letter_, .choice = choice_ }
#define COMMAND_OPTIONS(rows_, struct_) \
	.options = rows_, .n_options = sizeof(rows_) / sizeof((rows_)[0]), \
	.options_size = sizeof(struct_)

/* All commands in the order of the help, NULL-terminated (from list.def). */
extern const struct command *const command_list[];

/*
 * Parse argv (after the command's own words) and run it; prints usage errors
 * and --help.  Returns the exit code.
 */
int	command_run(const struct command *, int argc, char **argv);
/* The help page of one command on stdout. */
void	command_help(const struct command *);

/* This process is to leave no core file, and nobody else's debugger is to
 * look into it: for commands that hold secrets. */
void	no_core_file(void);

/* "helio: MESSAGE" on stderr, and hint on a second line unless NULL. */
void	say_error(const char *hint, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The same for a failed call, its faults one per line. */
void	say_failure(const char *what, const struct helio_err *);
/* A progress line on stderr, rewritten in place; nothing unless stderr is a
 * terminal.  An empty text ends it. */
void	say_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
