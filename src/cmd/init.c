/* helio init: a new data folder with reference data and an administrator. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "cmd/command.h"
#include "cmd/data.h"
#include "cmd/user_row.h"
#include "schema/schema.h"

struct init_options {
	const char	*data, *database;
	const char	*admin;
};

static const struct option_row rows[] = {
	DATA_OPTIONS(struct init_options,
	    "the folder to create; must not hold one already"),
	OPTION(struct init_options, admin, "admin", OPTION_TEXT, "USERNAME",
	    "the first user, SYSTEM and GLOBAL (default: admin)"),
};

/* A walk over the embedded lines. */
struct lines {
	const char	*text;
	size_t		 len, at;
	unsigned long	 no;
};

static bool
lines_next(void *arg, const char **ret, size_t *ret_n, unsigned long *ret_no)
{
	struct lines *lines = arg;
	const char *start = lines->text + lines->at;
	const char *end;

	if (lines->at >= lines->len)
		return false;
	end = memchr(start, '\n', lines->len - lines->at);
	*ret = start;
	*ret_n = end != NULL ? (size_t)(end - start) : lines->len - lines->at;
	*ret_no = ++lines->no;
	lines->at += *ret_n + 1;
	return true;
}

static bool
lines_rewind(void *arg)
{
	struct lines *lines = arg;

	lines->at = 0;
	lines->no = 0;
	return true;
}

static enum helio_rc
load_reference(struct store *store, struct helio_err *err)
{
	struct lines lines = { 0 };
	struct store_import import = {
		.line = lines_next, .rewind = lines_rewind, .arg = &lines,
	};

	lines.text = schema_reference_data(&lines.len);
	return store_import(store, &import, err);
}

/* The password from HELIO_ADMIN_PASSWORD, or a new one; *made tells which. */
static bool
admin_password(char *out, size_t size, bool *made)
{
	char token[TOKEN_SIZE];

	*made = getenv("HELIO_ADMIN_PASSWORD") == NULL;
	if (!*made)
		return data_password("HELIO_ADMIN_PASSWORD", out, size);
	token_new(token);
	snprintf(out, size, "%.20s", token);
	return true;
}

static int
fill(struct store *store, const char *admin, const char *data)
{
	char password[PASSWORD_TEXT_MAX + 1];
	struct user_new user = {
		.username = admin, .password = password,
		.level = LEVEL_SYSTEM, .global = true, .entity_id = 1,
	};
	struct helio_err err;
	bool made;

	err_clear(&err);
	if (!admin_password(password, sizeof(password), &made))
		return EXIT_FAILED;
	if (load_reference(store, &err) != HELIO_OK ||
	    user_create(store, &user, &err) != HELIO_OK) {
		say_failure("init", &err);
		return EXIT_FAILED;
	}
	printf("created %s\nadministrator: %s\n", data, admin);
	if (made)
		printf("password: %s\n(shown this once; "
		    "'helio user passwd' sets another)\n", password);
	explicit_bzero(password, sizeof(password));
	return EXIT_OK;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct init_options *given = arg;
	struct store_options options;
	struct store *store;
	struct helio_err err;
	int code;

	err_clear(&err);
	data_options(given->data, given->database, &options);
	options.create = options.exclusive = true;
	if (store_open(&options, &store, &err) != HELIO_OK) {
		say_failure(given->data, &err);
		return EXIT_DATA;
	}
	code = fill(store, given->admin ? given->admin : "admin", given->data);
	if (code == EXIT_OK)
		store_close(store);
	else
		store_abandon(store);
	return code;
}

const struct command command_init = {
	.name = "init", .args = "", .run = run,
	.summary = "create a data folder with an administrator",
	.example = "  helio init --data /var/lib/helio --admin ops@example.com\n"
	    "  The password is read from HELIO_ADMIN_PASSWORD, or generated "
	    "and printed once.",
	COMMAND_OPTIONS(rows, struct init_options),
};
