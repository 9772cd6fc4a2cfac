/* Settings: values that their type allows, and the rows they lead to. */
#include "domain/parameter.h"

#include <string.h>

#include "domain/find.h"

static const struct {
	const char	*table;
	const char	*owner;		/* whose parameter it is */
} kinds[] = {
	[PARAMETER_OF_PRODUCT] = { "product_parameter", "product_imei" },
	[PARAMETER_OF_PART] = { "part_parameter", "part_id" },
};

static enum parameter_kind
kind_of(const struct row *parameter)
{
	return strcmp(parameter->table->name,
	    kinds[PARAMETER_OF_PART].table) == 0 ? PARAMETER_OF_PART :
	    PARAMETER_OF_PRODUCT;
}

static bool
has_status(const struct row *row, const char *status)
{
	return value_equal(row_get(row, "status"), value_text(status));
}

static enum helio_rc
type_of(struct tx *tx, const struct row *parameter, struct row **ret,
    struct helio_err *err)
{
	return find_by_id(tx, "parameter_type",
	    row_get(parameter, "parameter_type_id"), ret, err);
}

/* All of the same owner and type with that status. */
static struct find
siblings(const struct row *parameter, const char *status)
{
	const char *owner = kinds[kind_of(parameter)].owner;

	return (struct find){
		.table = parameter->table->name,
		.by = {
			{ owner, row_get(parameter, owner) },
			{ "parameter_type_id",
			    row_get(parameter, "parameter_type_id") },
			{ "status", value_text(status) },
		},
	};
}

/* ---- newer ones take the place of older ones ---- */

struct older {
	struct tx	*tx;
	struct value	 newest;	/* its key */
	const struct row *row;		/* out: one that is not the newest */
};

static enum helio_rc
pick_older(const struct row *row, void *arg, struct helio_err *err)
{
	struct older *o = arg;

	if (o->row == NULL && !value_equal(row_key(row), o->newest))
		o->row = row_copy(tx_arena(o->tx), row);
	return HELIO_OK;
}

/* Was never in force: both dates, one right after the other. */
static enum helio_rc
expire(struct tx *tx, const struct row *parameter, struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), parameter->table);

	row_set_text(changes, "status", "expired");
	row_set_int(changes, "date_added", tx_now_us(tx));
	row_set_int(changes, "date_removed", tx_now_us(tx) + 1);
	return tx_update(tx, parameter->table, row_key(parameter), changes,
	    NULL, err);
}

static enum helio_rc
expire_older(struct tx *tx, const struct row *parameter,
    struct helio_err *err)
{
	const struct find find = siblings(parameter, "pending");
	struct query query = find_query(tx, &find);
	struct older older = { tx, row_key(parameter), NULL };
	enum helio_rc rc;

	do {
		older.row = NULL;
		rc = tx_each(tx, &query, pick_older, &older, err);
		if (rc == HELIO_OK && older.row != NULL)
			rc = expire(tx, older.row, err);
	} while (rc == HELIO_OK && older.row != NULL);
	return rc;
}

/* What was in force before makes room. */
static enum helio_rc
remove_active(struct tx *tx, const struct row *parameter,
    struct helio_err *err)
{
	const struct find find = siblings(parameter, "active");
	struct row *old = NULL, *changes;
	enum helio_rc rc = find_row(tx, &find, &old, err);

	if (rc != HELIO_OK || old == NULL)
		return rc;
	changes = row_new(tx_arena(tx), old->table);
	row_set_text(changes, "status", "removed");
	row_set_int(changes, "date_removed", tx_now_us(tx));
	return tx_update(tx, old->table, row_key(old), changes, NULL, err);
}

enum helio_rc
parameter_settle(struct tx *tx, const struct row *parameter,
    struct helio_err *err)
{
	struct row *type = NULL;
	const char *why;
	enum helio_rc rc;

	if (!has_status(parameter, "pending"))
		return HELIO_OK;
	rc = type_of(tx, parameter, &type, err);
	if (rc != HELIO_OK || type == NULL)
		return rc;
	why = parameter_fault(row_text(type, "data_type"),
	    row_text(type, "validation_rules"), row_text(parameter, "value"));
	if (why != NULL)
		return err_field(err, "value", "%s", why);
	if (row_bool(type, "repeatable"))
		return HELIO_OK;
	return expire_older(tx, parameter, err);
}

/* ---- by name, for the rules of this folder ---- */

static enum helio_rc
find_type(struct tx *tx, const char *name, struct row **ret,
    struct helio_err *err)
{
	const struct find find = {
		.table = "parameter_type",
		.by = { { "name", value_text(name) } },
	};

	return find_row(tx, &find, ret, err);
}

enum helio_rc
parameter_set(struct tx *tx, const struct row *product, const char *name,
    const char *value, struct helio_err *err)
{
	struct row *type = NULL, *row;
	enum helio_rc rc = find_type(tx, name, &type, err);

	if (rc != HELIO_OK)
		return rc;
	if (type == NULL)
		return err_set(err, HELIO_E_BAD,
		    "There is no parameter type '%s'", name);
	row = row_new(tx_arena(tx), tx_table(tx, "product_parameter"));
	row_set(row, "product_imei", row_key(product));
	row_set(row, "parameter_type_id", row_key(type));
	row_set_text(row, "status", "pending");
	row_set_text(row, "value", value);
	rc = tx_insert(tx, row, err);
	return rc == HELIO_OK ? parameter_settle(tx, row, err) : rc;
}

enum helio_rc
parameter_get(struct tx *tx, const struct row *product, const char *name,
    struct row **ret, struct helio_err *err)
{
	struct find find = {
		.table = "product_parameter", .newest = "created_at", .by = {
			{ "product_imei", row_key(product) },
			{ "parameter_type_id" },
			{ "status", value_text("pending") },
		},
	};
	struct row *type = NULL, *found = NULL;
	enum helio_rc rc = find_type(tx, name, &type, err);

	if (rc == HELIO_OK && type != NULL) {
		find.by[1].value = row_key(type);
		rc = find_row(tx, &find, &found, err);
	}
	if (rc == HELIO_OK && type != NULL && found == NULL) {
		find.by[2].value = value_text("active");
		rc = find_row(tx, &find, &found, err);
	}
	if (rc == HELIO_OK)
		*ret = found;
	return rc;
}

/* ---- reports ---- */

static bool
belongs(struct tx *tx, const struct row *product, enum parameter_kind kind,
    const struct row *parameter)
{
	if (kind == PARAMETER_OF_PRODUCT)
		return value_equal(row_get(parameter, "product_imei"),
		    row_key(product));
	return find_exists(tx, &(struct find){
		.table = "part_product_linker", .by = {
			{ "part_id", row_get(parameter, "part_id") },
			{ "product_imei", row_key(product) },
			{ "date_removed", value_null() },
		},
	});
}

static enum helio_rc
activate(struct tx *tx, const struct row *parameter, struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), parameter->table);
	struct row *type = NULL;
	enum helio_rc rc = type_of(tx, parameter, &type, err);

	if (rc == HELIO_OK && (type == NULL || !row_bool(type, "repeatable")))
		rc = remove_active(tx, parameter, err);
	if (rc != HELIO_OK)
		return rc;
	row_set_text(changes, "status", "active");
	row_set_int(changes, "date_added", tx_now_us(tx));
	return tx_update(tx, parameter->table, row_key(parameter), changes,
	    NULL, err);
}

enum helio_rc
parameter_report(struct tx *tx, const struct row *product,
    enum parameter_kind kind, int64_t id, bool *ret_known,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc = find_by_id(tx, kinds[kind].table, value_int(id),
	    &row, err);

	if (rc != HELIO_OK)
		return rc;
	*ret_known = row != NULL && belongs(tx, product, kind, row);
	/* Said again, or overtaken by a newer value: nothing to do. */
	if (!*ret_known || !has_status(row, "pending"))
		return HELIO_OK;
	return activate(tx, row, err);
}
