/* special.c - the tables that the schema alone does not describe */
#include "rest/special.h"

#include <string.h>

#include "base/crypto.h"
#include "base/utf8.h"
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

static enum helio_rc
user_prepare(struct arena *a, const json_t *body, bool creating,
    struct row *row, struct helio_err *err)
{
	const json_t *password = json_object_get(body, "password");
	const char *text = json_string_value(password);
	char hash[PASSWORD_HASH_SIZE];
	enum helio_rc rc;
	size_t n;

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

static const struct special specials[] = {
	{ .table = "network", .prepare = network_prepare },
	{ .table = "user", .members = user_members, .slow = true,
	    .prepare = user_prepare },
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
