/* Short messages: ordered, reported, expired. */
#include "domain/sms.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "base/times.h"
#include "domain/find.h"
#include "outbox/outbox.h"

enum { RETRY_FIRST_S = 60 };	/* doubling */

static const char DELIVERED[] = "Delivered";
static const char EXPIRED[] = "Expired";

/* ---- ordering ---- */

/* "/41a8b4b06a019949/12882393256110756": the documents' form. */
static const char *
new_reference(struct arena *arena)
{
	return arena_printf(arena, "/%08" PRIx32 "%08" PRIx32
	    "/%08" PRIu32 "%09" PRIu32, random_below(UINT32_MAX),
	    random_below(UINT32_MAX), 10000000 + random_below(90000000),
	    random_below(1000000000));
}

static enum helio_rc
add_history(struct tx *tx, const struct row *product,
    struct value enable_history, struct row **ret, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "sms_history"));
	enum helio_rc rc;

	row_set_int(row, "attempted_retries", 0);
	row_set(row, "enable_history_id", enable_history);
	row_set_text(row, "message_reference", new_reference(tx_arena(tx)));
	row_set(row, "product_imei", row_key(product));
	row_set_int(row, "sent_time", tx_now_us(tx));
	row_set(row, "sms_timeout", value_float(SMS_TIMEOUT_S));
	row_set_text(row, "trigger", "wakeup");
	rc = tx_insert(tx, row, err);
	if (rc == HELIO_OK)
		*ret = row;
	return rc;
}

static enum helio_rc
add_waiting(struct tx *tx, const struct row *history, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "sms_waiting"));
	char key[TOKEN_SIZE];

	token_new(key);
	row_set(row, "sms_history_id", row_key(history));
	row_set_text(row, "report_key", arena_strdup(tx_arena(tx), key));
	return tx_insert(tx, row, err);
}

static enum helio_rc
put_event(struct tx *tx, enum outbox_event event, const struct row *history,
    int64_t due_us, struct helio_err *err)
{
	return outbox_put(tx, event, row_text(history, "product_imei"),
	    arena_printf(tx_arena(tx), "%" PRId64,
	    row_int(history, "sms_history_id")), due_us, err);
}

enum helio_rc
sms_wakeup(struct tx *tx, const struct row *product,
    struct value enable_history, struct row **ret, struct helio_err *err)
{
	struct row *history = NULL;
	enum helio_rc rc = add_history(tx, product, enable_history, &history,
	    err);

	if (rc == HELIO_OK)
		rc = add_waiting(tx, history, err);
	if (rc == HELIO_OK)
		rc = put_event(tx, OUTBOX_SMS, history, 0, err);
	if (rc == HELIO_OK)
		rc = put_event(tx, OUTBOX_SMS_EXPIRY, history, tx_now_us(tx) +
		    SMS_TIMEOUT_S * US_PER_S, err);
	if (rc == HELIO_OK)
		*ret = history;
	return rc;
}

/* ---- who understands it ---- */

static enum helio_rc
take_version(const struct row *linker, void *arg, struct helio_err *err)
{
	struct value *version = arg;

	if (!row_is_null(linker, "date_added"))
		*version = row_get(linker, "software_version_type_id");
	return HELIO_OK;
}

/* The firmware that is on the unit now, or null. */
static enum helio_rc
current_software(struct tx *tx, const struct row *product,
    struct value *ret, struct helio_err *err)
{
	const struct find find = {
		.table = "product_software_linker", .by = {
			{ "product_imei", row_key(product) },
			{ "date_removed", value_null() },
		},
	};
	struct query query = find_query(tx, &find);

	*ret = value_null();
	return tx_each(tx, &query, take_version, ret, err);
}

enum helio_rc
sms_wakeup_order(struct tx *tx, const struct row *product,
    struct value enable_history, struct helio_err *err)
{
	struct find find = { .table = "wakeup_software" };
	struct row *history = NULL;
	struct value version;
	enum helio_rc rc = current_software(tx, product, &version, err);

	if (rc != HELIO_OK || version.type == VALUE_NULL)
		return rc;
	find.by[0].field = "software_version_type_id";
	find.by[0].value = version;
	if (!find_exists(tx, &find))
		return HELIO_OK;
	return sms_wakeup(tx, product, enable_history, &history, err);
}

/* ---- sending ---- */

/* Both rows of a message; *ret_waiting is NULL when it is gone or over. */
static enum helio_rc
load(struct tx *tx, int64_t id, struct row **ret_history,
    struct row **ret_waiting, struct helio_err *err)
{
	enum helio_rc rc = find_by_id(tx, "sms_history", value_int(id),
	    ret_history, err);

	if (rc == HELIO_OK)
		rc = find_by_id(tx, "sms_waiting", value_int(id), ret_waiting,
		    err);
	if (rc == HELIO_OK && *ret_history == NULL)
		*ret_waiting = NULL;
	return rc;
}

static int64_t
left_s(struct tx *tx, const struct row *history)
{
	double passed = (double)(tx_now_us(tx) - row_int(history,
	    "sent_time")) / US_PER_S;

	return (int64_t)(row_float(history, "sms_timeout") - passed);
}

static enum helio_rc
fill_draft(struct tx *tx, const struct row *history, const struct row *waiting,
    struct sms_draft *ret, struct helio_err *err)
{
	struct row *product = NULL;
	enum helio_rc rc = tx_get(tx, tx_table(tx, "product"),
	    row_get(history, "product_imei"), &product, err);

	if (rc != HELIO_OK)
		return rc;
	ret->state = row_is_null(waiting, "taken_at") ? SMS_SEND : SMS_TAKEN;
	ret->retries = row_int(history, "attempted_retries");
	snprintf(ret->report_key, sizeof(ret->report_key), "%s",
	    row_text(waiting, "report_key"));
	snprintf(ret->reference, sizeof(ret->reference), "%s",
	    row_is_null(history, "message_reference") ? "" :
	    row_text(history, "message_reference"));
	return sim_number(tx, product, ret->to, err);
}

enum helio_rc
sms_draft(struct tx *tx, int64_t id, struct sms_draft *ret,
    struct helio_err *err)
{
	struct row *history = NULL, *waiting = NULL;
	struct sms_draft draft = { .state = SMS_ENDED };
	enum helio_rc rc = load(tx, id, &history, &waiting, err);

	if (rc != HELIO_OK)
		return rc;
	if (waiting != NULL && row_is_null(history, "status")) {
		draft.left_s = left_s(tx, history);
		if (draft.left_s > 0)
			rc = fill_draft(tx, history, waiting, &draft, err);
	}
	if (rc == HELIO_OK)
		*ret = draft;
	return rc;
}

static enum helio_rc
count_retry(struct tx *tx, const struct row *history, struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), history->table);

	row_set_int(changes, "attempted_retries",
	    row_int(history, "attempted_retries") + 1);
	return tx_update(tx, history->table, row_key(history), changes, NULL,
	    err);
}

enum helio_rc
sms_again(struct tx *tx, int64_t id, struct helio_err *err)
{
	struct row *history = NULL;
	enum helio_rc rc = find_by_id(tx, "sms_history", value_int(id),
	    &history, err);

	if (rc != HELIO_OK || history == NULL)
		return rc;
	return count_retry(tx, history, err);
}

/* ---- reports ---- */

static enum helio_rc
set_taken(struct tx *tx, const struct row *waiting, struct value at,
    struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), waiting->table);

	row_set(changes, "taken_at", at);
	return tx_update(tx, waiting->table, row_key(waiting), changes, NULL,
	    err);
}

static enum helio_rc
set_status(struct tx *tx, const struct row *history, const char *status,
    struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), history->table);

	row_set_text(changes, "status", status);
	return tx_update(tx, history->table, row_key(history), changes, NULL,
	    err);
}

/* Once more, later; a report about an earlier try is stale. */
static enum helio_rc
fail(struct tx *tx, const struct row *history, const struct row *waiting,
    int64_t retries, struct helio_err *err)
{
	enum helio_rc rc;

	if (retries != row_int(history, "attempted_retries") ||
	    retries >= SMS_RETRIES)
		return HELIO_OK;
	rc = set_taken(tx, waiting, value_null(), err);
	if (rc == HELIO_OK)
		rc = count_retry(tx, history, err);
	if (rc == HELIO_OK)
		rc = put_event(tx, OUTBOX_SMS, history, tx_now_us(tx) +
		    (RETRY_FIRST_S << retries) * US_PER_S, err);
	return rc;
}

enum helio_rc
sms_reported(struct tx *tx, const struct sms_report *report,
    struct helio_err *err)
{
	const struct find find = {
		.table = "sms_waiting",
		.by = { { "report_key", value_text(report->key) } },
	};
	struct row *history = NULL, *waiting = NULL;
	enum helio_rc rc = find_row(tx, &find, &waiting, err);

	if (rc == HELIO_OK && waiting != NULL)
		rc = find_by_id(tx, "sms_history", row_key(waiting), &history,
		    err);
	if (rc != HELIO_OK)
		return rc;
	if (history == NULL)
		return err_set(err, HELIO_E_NOT_FOUND,
		    "No message waits for this report");
	if (!row_is_null(history, "status"))
		return HELIO_OK;
	if (report->outcome == SMS_REPORT_DELIVERED)
		return set_status(tx, history, DELIVERED, err);
	if (report->outcome == SMS_REPORT_FAILED)
		return fail(tx, history, waiting, report->retries, err);
	return set_taken(tx, waiting, value_int(tx_now_us(tx)), err);
}

enum helio_rc
sms_expire(struct tx *tx, int64_t id, struct helio_err *err)
{
	struct row *history = NULL, *waiting = NULL;
	enum helio_rc rc = load(tx, id, &history, &waiting, err);

	if (rc == HELIO_OK && history != NULL &&
	    row_is_null(history, "status"))
		rc = set_status(tx, history, EXPIRED, err);
	if (rc == HELIO_OK && waiting != NULL)
		rc = tx_delete(tx, waiting->table, row_key(waiting), err);
	return rc;
}
