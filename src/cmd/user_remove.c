/* helio user remove: deletes a user and its tokens. */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/data.h"
#include "cmd/user_row.h"

struct remove_options {
	const char	*data, *database;
};

static const struct option_row rows[] = {
	DATA_OPTIONS(struct remove_options,
	    "the data folder"),
};

static enum helio_rc
remove_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct row *user;
	enum helio_rc rc;

	rc = user_find(tx, arg, &user, err);
	if (rc != HELIO_OK)
		return rc;
	rc = user_drop_tokens(tx, user, err);
	if (rc != HELIO_OK)
		return rc;
	return tx_delete(tx, user->table, row_key(user), err);
}

static int
run(void *arg, char **args, int n_args)
{
	const struct remove_options *given = arg;
	struct helio_err err;
	struct store *store;
	enum helio_rc rc;

	err_clear(&err);
	if (!data_open(given->data, given->database, false, &store))
		return EXIT_DATA;
	rc = store_write(store, &CALLER_SYSTEM, remove_run, args[0], &err);
	store_close(store);
	if (rc != HELIO_OK) {
		say_failure(args[0], &err);
		return EXIT_FAILED;
	}
	printf("user %s removed\n", args[0]);
	return EXIT_OK;
}

const struct command command_user_remove = {
	.name = "user remove", .args = "USERNAME", .args_min = 1,
	.args_max = 1, .run = run,
	.summary = "delete a user and end its tokens",
	.example = "  helio user remove amina --data /var/lib/helio",
	COMMAND_OPTIONS(rows, struct remove_options),
};
