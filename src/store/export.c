/* Every exported table as JSON lines, from one snapshot. */
#include "store/inner.h"
#include "store/line.h"

enum { EXPORT_CHUNK = 65536 };	/* bytes gathered before they are written */

struct export {
	bool		(*write)(void *, const char *, size_t);
	void		*arg;
	struct buf	 out;
};

static enum helio_rc
export_flush(struct export *x, struct helio_err *err)
{
	if (x->out.failed)
		return store_fail(err, HELIO_E_NO_MEMORY);
	if (x->out.len > 0 && !x->write(x->arg, x->out.data, x->out.len))
		return err_set(err, HELIO_E_IO, "the export was not taken");
	buf_reset(&x->out);
	return HELIO_OK;
}

static enum helio_rc
export_row(const struct row *row, void *arg, struct helio_err *err)
{
	struct export *x = arg;

	line_write(&x->out, row);
	return x->out.len < EXPORT_CHUNK && !x->out.failed ? HELIO_OK :
	    export_flush(x, err);
}

static enum helio_rc
export_schema(struct tx *tx, const struct schema *s, struct export *x,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	struct query q;

	for (size_t i = 0; i < s->n_tables && rc == HELIO_OK; i++) {
		if (!s->tables[i].exported)
			continue;
		q = query_all(&s->tables[i]);
		rc = tx_each(tx, &q, export_row, x, err);
	}
	return rc;
}

enum helio_rc
store_export(struct store *st, bool (*write)(void *, const char *, size_t),
    void *arg, struct helio_err *err)
{
	struct export x = { write, arg, BUF_INIT };
	struct tx *tx = NULL;
	enum helio_rc rc = store_read(st, &CALLER_SYSTEM, &tx, err);

	if (rc != HELIO_OK)
		return rc;
	st->driver->limit_ms(tx->db, 0);
	rc = st->driver->bulk(tx->db, true, err);
	if (rc == HELIO_OK)
		rc = export_schema(tx, st->schema, &x, err);
	if (rc == HELIO_OK)
		rc = export_schema(tx, st->own, &x, err);
	if (rc == HELIO_OK)
		rc = export_flush(&x, err);
	if (rc == HELIO_OK)
		rc = st->driver->bulk(tx->db, false, err);
	store_read_end(tx);
	buf_free(&x.out);
	return rc;
}
