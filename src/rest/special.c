/* special.c - the tables that the schema alone does not describe */
#include "rest/special.h"

#include <string.h>

#include "base/crypto.h"
#include "base/utf8.h"
#include "domain/entity.h"
#include "domain/parameter.h"

/* ---- network: mccmnc is mcc followed by mnc in at least two digits ---- */

static bool
is_code(const struct row *row, const char *field, struct helio_err *err)
{
	int64_t code = row_int(row, field);

	if (row_is_null(row, field))
		return false;
	if (code >= 0 && code <= 999)
		return true;
	err_field(err, field, "must be 0 to 999");
	return false;
}

static enum helio_rc
network_prepare(struct arena *a, const json_t *body, bool creating,
    struct row *row, struct helio_err *err)
{
	bool mcc = is_code(row, "mcc", err), mnc = is_code(row, "mnc", err);
	int64_t shift = row_int(row, "mnc") < 100 ? 100 : 1000;

	if (creating && mcc && mnc && row_is_null(row, "mccmnc"))
		row_set_int(row, "mccmnc",
		    row_int(row, "mcc") * shift + row_int(row, "mnc"));
	return HELIO_OK;
}

/* ---- user: the password comes in clear and is kept as a hash ---- */

enum { PASSWORD_MIN = 8, PASSWORD_MAX = 1024 };

/* Names are typed, logged and shown in one line. */
static void
check_username(const struct row *row, struct helio_err *err)
{
	const char *name = row_text(row, "username");
	size_t i;

	if (name == NULL)
		return;
	for (i = 0; name[i] != '\0'; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			break;
	if (i == 0 || name[i] != '\0')
		err_field(err, "username",
		    "must be a text without control characters");
}

static enum helio_rc
user_prepare(struct arena *a, const json_t *body, bool creating,
    struct row *row, struct helio_err *err)
{
	const json_t *password = json_object_get(body, "password");
	const char *text = json_string_value(password);
	char hash[PASSWORD_HASH_SIZE];
	enum helio_rc rc;
	size_t n;

	check_username(row, err);
	if (password == NULL && !creating)
		return HELIO_OK;
	n = text != NULL ? utf8_count(text, strlen(text)) : 0;
	if (n < PASSWORD_MIN || n > PASSWORD_MAX)
		return err_field(err, "password",
		    "must be a text of %d to %d characters", PASSWORD_MIN,
		    PASSWORD_MAX);
	if (err->n_faults > 0)	/* hashing is dear */
		return HELIO_OK;
	rc = password_hash(text, hash, err);
	if (rc == HELIO_OK)
		row_set_text(row, "password_hash", arena_strdup(a, hash));
	return rc;
}

/* ---- users change: nobody is locked out, and who is out stays out ---- */

/* The value that a field has once the changes are made. */
static struct value
value_after(const struct row *row, const struct row *changes,
    const char *field)
{
	return row_has(changes, schema_field(changes->table, field)) ?
	    row_get(changes, field) : row_get(row, field);
}

/* An administrator may do everything to everything. */
static bool
is_administrator(const struct row *user, const struct row *changes)
{
	return value_after(user, changes, "active").i != 0 &&
	    value_equal(value_after(user, changes, "permissions"),
	    value_text("SYSTEM")) &&
	    value_equal(value_after(user, changes, "user_product_visibility"),
	    value_text("GLOBAL"));
}

static bool
is_last_administrator(struct tx *tx, const struct row *user)
{
	struct arena *a = tx_arena(tx);
	struct query query = query_all(user->table);
	const struct cond *parts[4];
	bool other;

	parts[0] = cond_eq(a, user->table, "permissions", value_text("SYSTEM"));
	parts[1] = cond_eq(a, user->table, "user_product_visibility",
	    value_text("GLOBAL"));
	parts[2] = cond_eq(a, user->table, "active", value_int(1));
	parts[3] = cond_compare(a, user->table->key, OP_NE, row_key(user));
	query.where = cond_all(a, parts, 4);
	tx_unscoped(tx);
	other = tx_exists(tx, &query);
	tx_scoped(tx);
	return !other;
}

static enum helio_rc
drop_tokens(struct tx *tx, struct value user, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "token");
	struct query query = query_all(table);
	enum helio_rc rc;

	query.where = cond_eq(tx_arena(tx), table, "user_id", user);
	tx_unscoped(tx);
	rc = tx_delete_where(tx, &query, NULL, err);
	tx_scoped(tx);
	return rc;
}

static enum helio_rc
user_change(struct tx *tx, struct value key, const struct row *changes,
    struct helio_err *err)
{
	struct row *user, *none;
	enum helio_rc rc = tx_get(tx, tx_table(tx, "user"), key, &user, err);

	if (rc != HELIO_OK)
		return rc;
	none = row_new(tx_arena(tx), user->table);
	if (is_administrator(user, none) &&
	    (changes == NULL || !is_administrator(user, changes)) &&
	    is_last_administrator(tx, user))
		return err_set(err, HELIO_E_CONFLICT, "This is the last active "
		    "user with SYSTEM permissions and GLOBAL scope");
	if (changes != NULL && row_is_null(changes, "password_hash") &&
	    value_after(user, changes, "active").i != 0)
		return HELIO_OK;
	return drop_tokens(tx, key, err);
}

static const char *const user_members[] = { "password", NULL };

/* ---- settings: wished for, unless somebody records the past ---- */

static enum helio_rc
parameter_prepare(struct arena *a, const json_t *body, bool creating,
    struct row *row, struct helio_err *err)
{
	if (creating && row_is_null(row, "status"))
		row_set_text(row, "status", "pending");
	return HELIO_OK;
}

/* ---- entities: one of them belongs to the system ---- */

static enum helio_rc
keep_unknown_entity(struct tx *tx, struct value key, const struct row *changes,
    struct helio_err *err)
{
	if (changes != NULL || key.i != ENTITY_UNKNOWN)
		return HELIO_OK;
	return err_set(err, HELIO_E_CONFLICT,
	    "Unknown Entity is the owner of units without any other");
}

/* ---- units: a new key starts to count anew ---- */

static enum helio_rc
renew_session(struct tx *tx, struct value key, const struct row *changes,
    struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "unit_session");
	struct query query = query_all(table);
	struct row *product;
	enum helio_rc rc;

	if (changes == NULL || row_is_null(changes, "device_key"))
		return HELIO_OK;
	rc = tx_get(tx, tx_table(tx, "product"), key, &product, err);
	if (rc != HELIO_OK || value_equal(row_get(product, "device_key"),
	    row_get(changes, "device_key")))
		return rc;
	query.where = cond_eq(tx_arena(tx), table, "product_imei", key);
	return tx_delete_where(tx, &query, NULL, err);
}

static const struct special specials[] = {
	{ .table = "network", .prepare = network_prepare },
	{ .table = "user", .members = user_members, .slow = true,
	    .prepare = user_prepare, .change = user_change },
	{ .table = "entity", .change = keep_unknown_entity },
	{ .table = "product", .change = renew_session },
	{ .table = "product_parameter", .prepare = parameter_prepare,
	    .settle = parameter_settle },
	{ .table = "part_parameter", .prepare = parameter_prepare,
	    .settle = parameter_settle },
};

const struct special *
special_find(const struct schema_table *table)
{
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
		if (strcmp(specials[i].table, table->name) == 0)
			return &specials[i];
	return NULL;
}

enum helio_rc
special_change(struct tx *tx, const struct schema_table *table,
    struct value key, const struct row *changes, struct helio_err *err)
{
	const struct special *special = special_find(table);

	if (special == NULL || special->change == NULL)
		return HELIO_OK;
	return special->change(tx, key, changes, err);
}

enum helio_rc
special_settle(struct tx *tx, const struct row *after, struct helio_err *err)
{
	const struct special *special = special_find(after->table);

	if (special == NULL || special->settle == NULL)
		return HELIO_OK;
	return special->settle(tx, after, err);
}

bool
special_has(const struct special *special, const char *member)
{
	if (special == NULL || special->members == NULL)
		return false;
	for (size_t i = 0; special->members[i] != NULL; i++)
		if (strcmp(special->members[i], member) == 0)
			return true;
	return false;
}
