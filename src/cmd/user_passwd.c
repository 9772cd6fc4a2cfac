/* helio user passwd: another password, and an end to the user's tokens. */
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "cmd/command.h"
#include "cmd/data.h"
#include "cmd/user_row.h"

struct passwd_options {
	const char	*data, *database;
};

static const struct option_row rows[] = {
	DATA_OPTIONS(struct passwd_options,
	    "the data folder"),
};

struct change {
	const char	*username;
	char		 hash[PASSWORD_HASH_SIZE];
};

static enum helio_rc
change_run(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct change *change = arg;
	const struct schema_table *table = tx_table(tx, "user");
	struct row *user, *changes = row_new(tx_arena(tx), table);
	enum helio_rc rc;

	rc = user_find(tx, change->username, &user, err);
	if (rc != HELIO_OK)
		return rc;
	row_set_text(changes, "password_hash", change->hash);
	rc = tx_update(tx, table, row_key(user), changes, NULL, err);
	if (rc != HELIO_OK)
		return rc;
	return user_drop_tokens(tx, user, err);
}

static int
run(void *arg, char **args, int n_args)
{
	const struct passwd_options *given = arg;
	struct change change = { .username = args[0] };
	char password[PASSWORD_TEXT_MAX + 2];
	struct helio_err err;
	struct store *store;
	enum helio_rc rc;

	err_clear(&err);
	if (!data_password("HELIO_PASSWORD", password, sizeof(password)))
		return EXIT_FAILED;
	if (!data_open(given->data, given->database, false, &store))
		return EXIT_DATA;
	rc = password_hash(password, change.hash, &err);
	explicit_bzero(password, sizeof(password));
	if (rc == HELIO_OK)
		rc = store_write(store, &CALLER_SYSTEM, change_run, &change,
		    &err);
	store_close(store);
	if (rc != HELIO_OK) {
		say_failure(args[0], &err);
		return EXIT_FAILED;
	}
	printf("password of %s changed; its tokens are void\n", args[0]);
	return EXIT_OK;
}

const struct command command_user_passwd = {
	.name = "user passwd", .args = "USERNAME", .args_min = 1,
	.args_max = 1, .run = run,
	.summary = "set a password, from HELIO_PASSWORD or stdin",
	.example = "  HELIO_PASSWORD=.. helio user passwd amina "
	    "--data /var/lib/helio",
	COMMAND_OPTIONS(rows, struct passwd_options),
};
