/* telemetry_extent(): how much of a measurement a caller has. */
#include "telemetry/scan.h"

static enum helio_rc
count_field(const char *name, enum telemetry_type type, void *arg,
    struct helio_err *err)
{
	(void)name;
	(void)type;
	(void)err;
	((struct telemetry_extent *)arg)->fields++;
	return HELIO_OK;
}

/* The series of the measurement that the caller sees. */
static enum helio_rc
count_series(struct tx *tx, const char *measurement, int64_t *ret,
    struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "telemetry_series");
	struct query find = query_all(table);

	find.where = cond_eq(tx_arena(tx), table, "measurement",
	    value_text(measurement));
	return tx_count(tx, &find, ret, err);
}

static enum helio_rc
add_chunks(struct tx *tx, const char *measurement,
    struct telemetry_extent *sum, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "telemetry_chunk");
	const struct schema_relation *series = schema_relation(table,
	    "series_rel");
	const struct total total[] = {
		{ TOTAL_ROWS, NULL },
		{ TOTAL_SUM, schema_field(table, "n") },
		{ TOTAL_BYTES, schema_field(table, "data") },
		{ TOTAL_LEAST, schema_field(table, "t0") },
		{ TOTAL_MOST, schema_field(table, "t1") },
	};
	enum { TOTALS = sizeof(total) / sizeof(total[0]) };
	struct value v[TOTALS];
	struct query find = query_all(table);
	enum helio_rc rc;

	find.where = cond_related(tx_arena(tx), series, cond_eq(tx_arena(tx),
	    series->target, "measurement", value_text(measurement)));
	rc = tx_totals(tx, &find, total, TOTALS, v, err);
	if (rc != HELIO_OK)
		return rc;
	sum->chunks = v[0].i;
	sum->points = v[1].i;
	sum->bytes = v[2].i;
	if (sum->chunks > 0) {
		sum->first_ns = v[3].i;
		sum->last_ns = v[4].i;
	}
	return HELIO_OK;
}

enum helio_rc
telemetry_extent(struct tx *tx, const char *measurement,
    struct telemetry_extent *ret, struct helio_err *err)
{
	struct telemetry_extent sum = { 0 };
	enum helio_rc rc = telemetry_each_field(tx, measurement, count_field,
	    &sum, err);

	if (rc == HELIO_OK)
		rc = count_series(tx, measurement, &sum.series, err);
	if (rc == HELIO_OK)
		rc = add_chunks(tx, measurement, &sum, err);
	if (rc == HELIO_OK)
		*ret = sum;
	return rc;
}
