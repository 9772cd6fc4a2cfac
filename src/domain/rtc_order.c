/* Orders for units that stay connected. */
#include "domain/rtc_order.h"

#include "base/json_write.h"
#include "base/times.h"
#include "outbox/outbox.h"

static const char *const kind_name[] = {
	[RTC_COMMAND] = "command_request",
	[RTC_SYNC] = "sync",
	[RTC_STATUS_UPDATE] = "status_update",
	[RTC_ONLINE_STATUS] = "online_status",
};

static enum helio_rc
check_unit(const struct row *product, struct helio_err *err)
{
	if (row_bool(product, "rtc_enabled_flag"))
		return HELIO_OK;
	return err_field(err, "product_imei",
	    "this unit is not RTC-enabled: it keeps no connection");
}

enum helio_rc
rtc_order(struct tx *tx, const struct row *product, enum rtc_kind kind,
    const char *value, struct helio_err *err)
{
	struct buf out = BUF_INIT;
	struct json_write json;
	enum helio_rc rc = check_unit(product, err);

	if (rc != HELIO_OK)
		return rc;
	jw_start(&json, &out);
	jw_object(&json);
	jw_put_str(&json, "kind", kind_name[kind]);
	jw_put_int(&json, "expires_at", tx_now_us(tx) +
	    RTC_ORDER_LIFE_S * US_PER_S);
	if (value != NULL)
		jw_put_str(&json, "value", value);
	jw_end(&json);
	if (out.failed)
		rc = err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	else
		rc = outbox_put(tx, OUTBOX_RTC_MESSAGE,
		    row_text(product, "product_imei"), out.data, 0, err);
	buf_free(&out);
	return rc;
}

enum helio_rc
rtc_online_status(struct tx *tx, const struct row *product,
    const char *status, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx),
	    tx_table(tx, "rtc_connection_history"));
	struct row *changes = row_new(tx_arena(tx), product->table);
	enum helio_rc rc = rtc_order(tx, product, RTC_ONLINE_STATUS, status,
	    err);

	if (rc != HELIO_OK)
		return rc;
	row_set(row, "product_imei", row_key(product));
	row_set_text(row, "connection_status", status);
	row_set_int(row, "connection_status_time", tx_now_us(tx));
	row_set_text(row, "connection_status_reason", "user-request");
	rc = tx_insert(tx, row, err);
	if (rc != HELIO_OK)
		return rc;
	row_set(changes, "latest_rtc_connection_history_id", row_key(row));
	return tx_update(tx, product->table, row_key(product), changes, NULL,
	    err);
}
