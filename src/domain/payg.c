/* The two flags of a unit that its credit hangs on. */
#include "domain/payg.h"

#include <string.h>

#include "domain/find.h"

/* Types of unit that keep their own credit, by name. */
static const char *const dcm_types[] = { "BP20" };

static bool
is_dcm_type(const struct row *type)
{
	size_t i;

	for (i = 0; type != NULL && i < sizeof(dcm_types) /
	    sizeof(dcm_types[0]); i++)
		if (strcmp(row_text(type, "name"), dcm_types[i]) == 0)
			return true;
	return false;
}

static enum helio_rc
set_flag(struct tx *tx, const struct row *product, const char *flag, bool on,
    struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), product->table);

	row_set_int(changes, flag, on);
	return tx_update(tx, product->table, row_key(product), changes, NULL,
	    err);
}

enum helio_rc
payg_set_dcm(struct tx *tx, const struct row *product, bool on,
    struct helio_err *err)
{
	struct row *type = NULL;
	enum helio_rc rc = find_by_id(tx, "product_type",
	    row_get(product, "product_type_id"), &type, err);

	if (rc != HELIO_OK)
		return rc;
	if (is_dcm_type(type))
		return err_field(err, "enabled", "%s units are DCM enabled by "
		    "default and cannot be modified", row_text(type, "name"));
	return set_flag(tx, product, "dcm_enabled_flag", on, err);
}

enum helio_rc
payg_set(struct tx *tx, const struct row *product, bool on,
    struct helio_err *err)
{
	return set_flag(tx, product, "is_payg", on, err);
}
