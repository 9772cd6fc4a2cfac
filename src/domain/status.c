/* The product-status event. */
#include "domain/status.h"

#include "base/json_write.h"
#include "domain/find.h"
#include "outbox/outbox.h"

static enum helio_rc
complete(struct tx *tx, const struct row *product, struct status *status,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc = HELIO_OK;

	if (status->state == 0) {
		rc = find_by_id(tx, "state",
		    row_get(product, "latest_state_id"), &row, err);
		if (rc == HELIO_OK && row != NULL)
			status->state = row_int(row, "current_state_type");
	}
	if (rc != HELIO_OK || status->enabled_status != NULL)
		return rc;
	rc = find_by_id(tx, "enable_history",
	    row_get(product, "latest_enable_history_id"), &row, err);
	if (rc == HELIO_OK)
		status->enabled_status = row != NULL ?
		    row_text(row, "current_enable_state") : "disabled";
	return rc;
}

enum helio_rc
status_publish(struct tx *tx, const struct row *product,
    const struct status *known, struct helio_err *err)
{
	const char *imei = row_text(product, "product_imei");
	struct status status = *known;
	struct buf payload = BUF_INIT;
	struct json_write json;
	enum helio_rc rc;

	rc = complete(tx, product, &status, err);
	if (rc != HELIO_OK)
		return rc;
	jw_start(&json, &payload);
	jw_object(&json);
	jw_put_str(&json, "product_imei", imei);
	jw_put_int(&json, "state", status.state);
	jw_put_str(&json, "enabled_status", status.enabled_status);
	jw_put_str(&json, "user", status.user);
	jw_end(&json);
	if (payload.failed)
		rc = err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	else
		rc = outbox_put(tx, OUTBOX_PRODUCT_STATUS, imei, payload.data,
		    0, err);
	buf_free(&payload);
	return rc;
}
