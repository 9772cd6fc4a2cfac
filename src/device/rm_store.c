/* Samples of a unit, and the bad ones among them. */
#include "device/rm_store.h"

#include "domain/find.h"
#include "telemetry/room.h"

static enum helio_rc
keep_reject(struct tx *tx, const char *imei, const char *measurement,
    const struct telemetry_reject *reject, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "rejected_point"));

	row_set_text(row, "product_imei", imei);
	row_set_text(row, "measurement", measurement);
	row_set_text(row, "field", reject->field);
	row_set_text(row, "at", reject->time);
	row_set_text(row, "value", reject->point);
	row_set_text(row, "reason", reject->reason);
	row_set_int(row, "received_at", tx_now_us(tx));
	return tx_insert(tx, row, err);
}

/* Only the newest stay: a unit that sends rubbish for ever fills no disk. */
static enum helio_rc
prune(struct tx *tx, const char *imei, struct helio_err *err)
{
	const struct find find = {
		.table = "rejected_point", .newest = "received_at",
		.by = { { "product_imei", value_text(imei) } },
	};
	struct query query = find_query(tx, &find);
	int64_t n = 0;
	enum helio_rc rc = tx_count(tx, &query, &n, err);

	if (rc != HELIO_OK || n <= RM_REJECTS_KEPT)
		return rc;
	query.offset = RM_REJECTS_KEPT;
	query.limit = n - RM_REJECTS_KEPT;
	return tx_delete_where(tx, &query, NULL, err);
}

static enum helio_rc
keep_all(struct tx *tx, const char *imei, const char *measurement,
    const struct telemetry_rejects *rejects, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	size_t i;

	for (i = 0; i < rejects->n && i < RM_REJECTS_KEPT && rc == HELIO_OK;
	    i++)
		rc = keep_reject(tx, imei, measurement, &rejects->reject[i],
		    err);
	return rc;
}

/* Every sample of a field that holds something else. */
static void
add_conflict(struct arena *arena, const struct telemetry_conflict *conflict,
    struct telemetry_rejects *rejects)
{
	const struct frame *frame = &conflict->upload->frame;
	const char *reason = conflict->known == TELEMETRY_TYPE_MAX ?
	    "is of one field too many" : "is of another type than the field";
	size_t i;

	for (i = 0; i < frame->n && rejects->n < RM_REJECTS_KEPT; i++)
		if (telemetry_present(&conflict->column->data, i))
			telemetry_reject(arena, rejects, frame,
			    conflict->column, i, reason);
}

enum helio_rc
rm_store(struct tx *tx, const char *imei,
    const struct telemetry_upload *upload,
    const struct telemetry_rejects *rejects, struct arena *arena,
    struct telemetry_rejects *more, struct telemetry_result *ret,
    struct helio_err *err)
{
	struct telemetry_result result = { 0 };
	enum helio_rc rc = upload->frame.n > 0 ?
	    telemetry_room_check(tx, err) : HELIO_OK;
	size_t i;

	if (rc == HELIO_OK)
		rc = telemetry_write(tx, upload, 1, TELEMETRY_SET_ASIDE,
		    &result, err);
	for (i = 0; i < result.n_conflicts && rc == HELIO_OK; i++)
		add_conflict(arena, &result.conflicts[i], more);
	if (rc == HELIO_OK)
		rc = keep_all(tx, imei, upload->measurement, rejects, err);
	if (rc == HELIO_OK)
		rc = keep_all(tx, imei, upload->measurement, more, err);
	if (rc == HELIO_OK && rejects->n + more->n > 0)
		rc = prune(tx, imei, err);
	result.conflicts = NULL;	/* they are the transaction's */
	*ret = result;
	return rc;
}
