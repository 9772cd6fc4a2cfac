/* Making and finding users. */
#include <string.h>

#include "base/crypto.h"
#include "base/utf8.h"
#include "cmd/user_row.h"

struct create {
	const struct user_new *user;
	char		 hash[PASSWORD_HASH_SIZE];
};

static enum helio_rc
create_run(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct create *create = arg;
	const struct user_new *user = create->user;
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "user"));

	row_set_text(row, "username", user->username);
	row_set_text(row, "display_name", user->username);
	row_set_text(row, "permissions", level_name(user->level));
	row_set_text(row, "user_product_visibility",
	    user->global ? "GLOBAL" : "ENTITY");
	if (user->entity_id != 0)
		row_set_int(row, "entity_id", user->entity_id);
	row_set_int(row, "active", 1);
	row_set_text(row, "password_hash", create->hash);
	return tx_insert(tx, row, err);
}

enum helio_rc
user_create(struct store *store, const struct user_new *user,
    struct helio_err *err)
{
	struct create create = { .user = user };
	enum helio_rc rc;

	if (*user->username == '\0' || strlen(user->username) > USERNAME_MAX)
		return err_field(err, "username", "has 1 to %d bytes",
		    USERNAME_MAX);
	if (!utf8_valid(user->username, strlen(user->username)))
		return err_field(err, "username", "is not valid UTF-8");
	rc = password_hash(user->password, create.hash, err);
	if (rc != HELIO_OK)
		return rc;
	return store_write(store, &CALLER_SYSTEM, create_run, &create, err);
}

enum helio_rc
user_find(struct tx *tx, const char *username, struct row **ret,
    struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "user");
	struct query query = query_all(table);

	query.where = cond_eq(tx_arena(tx), table, "username",
	    value_text(username));
	if (tx_first(tx, &query, ret, err) == HELIO_OK)
		return HELIO_OK;
	return err_set(err, HELIO_E_NOT_FOUND, "there is no user '%s'",
	    username);
}

enum helio_rc
user_drop_tokens(struct tx *tx, const struct row *user, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "token");
	struct query query = query_all(table);

	query.where = cond_eq(tx_arena(tx), table, "user_id", row_key(user));
	return tx_delete_where(tx, &query, NULL, err);
}
