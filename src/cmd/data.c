/* Opening the data folder and reading passwords. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/data.h"

enum { WAIT_MS = 5000 };	/* for a database that is starting */

void
data_options(const char *path, const char *database,
    struct store_options *ret)
{
	store_options_init(ret);
	ret->path = path;
	ret->database = database != NULL ? database : getenv("HELIO_DATABASE");
	ret->wait_ms = WAIT_MS;
	ret->schema = schema_builtin();
}

bool
data_open(const char *path, const char *database, bool exclusive,
    struct store **ret)
{
	struct store_options options;
	struct helio_err err;

	err_clear(&err);
	data_options(path, database, &options);
	options.exclusive = exclusive;
	if (store_open(&options, ret, &err) == HELIO_OK)
		return true;
	say_error(NULL, "%s: %s", path, err_message(&err));
	return false;
}

static bool
read_line(char *out, size_t size)
{
	struct termios old, quiet;
	bool terminal = isatty(STDIN_FILENO) &&
	    tcgetattr(STDIN_FILENO, &old) == 0;
	bool got;

	if (terminal) {
		fputs("password: ", stderr);
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	got = fgets(out, (int)size, stdin) != NULL;
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (got)
		out[strcspn(out, "\r\n")] = '\0';
	return got;
}

bool
data_password(const char *variable, char *out, size_t size)
{
	const char *set = getenv(variable);
	size_t len;

	if (set != NULL)
		snprintf(out, size, "%s", set);
	else if (!read_line(out, size)) {
		say_error(NULL, "no password: set %s or give it on standard "
		    "input", variable);
		return false;
	}
	len = strlen(set != NULL ? set : out);
	if (len >= PASSWORD_TEXT_MIN && len <= PASSWORD_TEXT_MAX)
		return true;
	say_error(NULL, "a password has %d to %d characters",
	    PASSWORD_TEXT_MIN, PASSWORD_TEXT_MAX);
	return false;
}
