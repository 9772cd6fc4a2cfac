/* telemetry_extent(): how much of a measurement a caller has. */
#include <string.h>

#include "telemetry/scan.h"
#include "telemetry/stored.h"

struct measuring {
	struct tx	*tx;
	int64_t		*id;		/* of the series */
	size_t		 n, cap;
	struct telemetry_extent *ret;
};

static enum helio_rc
take_series(const struct telemetry_series_info *info, void *arg,
    struct helio_err *err)
{
	struct measuring *m = arg;
	int64_t *grown;

	(void)err;
	if (m->n == m->cap) {
		m->cap = m->cap > 0 ? 2 * m->cap : 64;
		grown = arena_alloc(tx_arena(m->tx), m->cap * sizeof(*grown));
		if (m->n > 0)
			memcpy(grown, m->id, m->n * sizeof(*grown));
		m->id = grown;
	}
	m->id[m->n++] = info->id;
	return HELIO_OK;
}

static enum helio_rc
count_field(const char *name, enum telemetry_type type, void *arg,
    struct helio_err *err)
{
	struct measuring *m = arg;

	(void)name;
	(void)type;
	(void)err;
	m->ret->fields++;
	return HELIO_OK;
}

static void
add_chunk(const struct stored *stored, void *arg, bool *enough)
{
	struct telemetry_extent *sum = arg;

	(void)enough;
	if (sum->chunks == 0 || stored->t0 < sum->first_ns)
		sum->first_ns = stored->t0;
	if (sum->chunks == 0 || stored->t1 > sum->last_ns)
		sum->last_ns = stored->t1;
	sum->chunks++;
	sum->points += (int64_t)stored->n;
	sum->bytes += (int64_t)stored->n_data;
}

enum helio_rc
telemetry_extent(struct tx *tx, const char *measurement,
    struct telemetry_extent *ret, struct helio_err *err)
{
	struct telemetry_extent sum = { 0 };
	struct measuring m = { .tx = tx, .ret = &sum };
	const struct stored_walk walk = { add_chunk, &sum };
	enum helio_rc rc;

	rc = telemetry_each_series(tx, measurement, NULL, 0, take_series, &m,
	    err);
	if (rc == HELIO_OK)
		rc = telemetry_each_field(tx, measurement, count_field, &m,
		    err);
	sum.series = (int64_t)m.n;
	for (size_t i = 0; i < m.n && rc == HELIO_OK; i++)
		rc = stored_range(tx, m.id[i], INT64_MIN, INT64_MAX, false, -1,
		    &walk, err);
	if (rc == HELIO_OK)
		*ret = sum;
	return rc;
}
