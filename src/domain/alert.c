/* Dismissing alerts. */
#include "domain/alert.h"

#include "domain/find.h"

static enum helio_rc
check_repair(struct tx *tx, const struct row *alert, struct value id,
    struct helio_err *err)
{
	struct row *repair = NULL;
	enum helio_rc rc = find_by_id(tx, "repair", id, &repair, err);

	if (rc != HELIO_OK || id.type == VALUE_NULL)
		return rc;
	if (repair == NULL || !value_equal(row_get(repair, "product_imei"),
	    row_get(alert, "product_imei")))
		return err_field(err, "repair_id",
		    "the unit of this alert has no such repair");
	return HELIO_OK;
}

enum helio_rc
alert_dismiss(struct tx *tx, const struct row *alert,
    const struct alert_dismissal *how, struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), alert->table);
	enum helio_rc rc = check_repair(tx, alert, how->repair, err);

	if (rc != HELIO_OK || !row_is_null(alert, "dismissed_at"))
		return rc;
	row_set_int(changes, "dismissed_at", tx_now_us(tx));
	row_set_text(changes, "dismissed_by", tx_caller(tx)->username);
	row_set_text(changes, "dismissal_reason", how->reason);
	if (how->extra_info != NULL)
		row_set_text(changes, "extra_info", how->extra_info);
	if (how->repair.type != VALUE_NULL)
		row_set(changes, "repair_id", how->repair);
	return tx_update(tx, alert->table, row_key(alert), changes, NULL, err);
}
