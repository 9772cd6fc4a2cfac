/* helio user add: a new user. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/data.h"
#include "cmd/user_row.h"

struct user_add_options {
	const char	*data, *database, *permissions, *scope;
	long		 entity;
};

static const struct option_row rows[] = {
	OPTION_REQUIRED(struct user_add_options, permissions, "permissions",
	    OPTION_TEXT, "LEVEL",
	    "OVERVIEW, TECHNICAL, ADMIN, FACTORY or SYSTEM"),
	OPTION_REQUIRED(struct user_add_options, scope, "scope", OPTION_TEXT,
	    "SCOPE", "GLOBAL, or ENTITY: only units of one entity"),
	OPTION(struct user_add_options, entity, "entity", OPTION_NUMBER, "ID",
	    "the user's entity; needed with ENTITY"),
	DATA_OPTIONS(struct user_add_options,
	    "the data folder"),
};

/* Fill what the options say about the user; prints what is wrong. */
static bool
read_options(const struct user_add_options *given, struct user_new *user)
{
	if (!level_parse(given->permissions, &user->level)) {
		say_error(NULL, "--permissions is OVERVIEW, TECHNICAL, ADMIN, "
		    "FACTORY or SYSTEM, not '%s'", given->permissions);
		return false;
	}
	user->global = strcmp(given->scope, "GLOBAL") == 0;
	if (!user->global && strcmp(given->scope, "ENTITY") != 0) {
		say_error(NULL, "--scope is GLOBAL or ENTITY, not '%s'",
		    given->scope);
		return false;
	}
	user->entity_id = given->entity;
	if (!user->global && user->entity_id == 0) {
		say_error(NULL, "--scope ENTITY needs --entity ID");
		return false;
	}
	return true;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct user_add_options *given = arg;
	char password[PASSWORD_TEXT_MAX + 2];
	struct user_new user = { .username = args[0], .password = password };
	struct helio_err err;
	struct store *store;
	enum helio_rc rc;

	err_clear(&err);
	if (!read_options(given, &user))
		return EXIT_USAGE;
	if (!data_password("HELIO_PASSWORD", password, sizeof(password)))
		return EXIT_FAILED;
	if (!data_open(given->data, given->database, false, &store))
		return EXIT_DATA;
	rc = user_create(store, &user, &err);
	store_close(store);
	explicit_bzero(password, sizeof(password));
	if (rc != HELIO_OK) {
		say_failure(args[0], &err);
		return EXIT_FAILED;
	}
	printf("user %s added\n", args[0]);
	return EXIT_OK;
}

const struct command command_user_add = {
	.name = "user add", .args = "USERNAME", .args_min = 1, .args_max = 1,
	.run = run,
	.summary = "add a user; the password from HELIO_PASSWORD or stdin",
	.example = "  helio user add amina --permissions TECHNICAL --scope "
	    "ENTITY --entity 4 --data /var/lib/helio",
	COMMAND_OPTIONS(rows, struct user_add_options),
};
