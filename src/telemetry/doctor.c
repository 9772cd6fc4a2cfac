/* Whether the chunks agree with themselves and with what is said of them. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "telemetry/catalogue.h"
#include "telemetry/chunk.h"
#include "telemetry/room.h"
#include "telemetry/stored.h"

enum { SERIES_MOST = 64 };	/* looked at in one snapshot */

struct doctor {
	struct store	*store;
	struct arena	*arena;		/* for one chunk */
	void		(*found)(void *, const struct store_finding *);
	void		*arg;
	unsigned	 bad;
	struct telemetry_held held;
	int64_t		 last;		/* of the chunk before, in one series */
	bool		 any;
};

static void __attribute__((format(printf, 3, 4)))
tell(struct doctor *d, bool ok, const char *fmt, ...)
{
	struct store_finding finding = { .ok = ok };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(finding.text, sizeof(finding.text), fmt, ap);
	va_end(ap);
	d->bad += !ok;
	d->found(d->arg, &finding);
}

/* Why a chunk is not what its row says, or NULL. */
static const char *
what_is_wrong(struct doctor *d, const struct stored *stored)
{
	struct frame frame;

	if (!chunk_read(d->arena, stored->data, stored->n_data, &frame))
		return "is damaged";
	if (frame.n != stored->n)
		return "has another number of rows";
	if (frame.at_ns[0] != stored->t0 ||
	    frame.at_ns[frame.n - 1] != stored->t1)
		return "covers another stretch of time";
	if (d->any && stored->t0 <= d->last)
		return "overlaps the one before";
	return NULL;
}

static void
look_at(const struct stored *stored, void *arg, bool *enough)
{
	struct doctor *d = arg;
	const char *wrong;

	(void)enough;
	arena_reset(d->arena);
	wrong = what_is_wrong(d, stored);
	if (wrong != NULL)
		tell(d, false, "telemetry: chunk %lld of series %lld %s",
		    (long long)stored->id, (long long)stored->series, wrong);
	d->any = true;
	d->last = stored->t1;
	d->held.chunks++;
	d->held.rows += (int64_t)stored->n;
	d->held.bytes += (int64_t)stored->n_data;
}

/* The next series in a snapshot of their own; *after is -1 at the end. */
static enum helio_rc
look_at_some(struct doctor *d, int64_t *after, struct helio_err *err)
{
	const struct stored_walk walk = { look_at, d };
	int64_t ids[SERIES_MOST];
	struct tx *tx;
	size_t n = 0;
	enum helio_rc rc = store_read(d->store, &CALLER_SYSTEM, &tx, err);

	if (rc != HELIO_OK)
		return rc;
	rc = catalogue_series_after(tx, NULL, NULL, *after, ids, SERIES_MOST,
	    &n, err);
	for (size_t i = 0; i < n && rc == HELIO_OK; i++) {
		d->any = false;
		rc = stored_range(tx, ids[i], INT64_MIN, INT64_MAX, false, -1,
		    &walk, err);
		*after = ids[i];
	}
	store_read_end(tx);
	d->held.series += (int64_t)n;
	if (n < SERIES_MOST)
		*after = -1;
	return rc;
}

static enum helio_rc
look_at_all(struct doctor *d, struct helio_err *err)
{
	int64_t after = 0;
	enum helio_rc rc = HELIO_OK;

	d->arena = arena_new();
	if (d->arena == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	while (rc == HELIO_OK && after >= 0)
		rc = look_at_some(d, &after, err);
	arena_free(d->arena);
	return rc;
}

/* ---- room ---- */

static bool
same_held(const struct telemetry_held *a, const struct telemetry_held *b)
{
	return a->series == b->series && a->chunks == b->chunks &&
	    a->rows == b->rows && a->bytes == b->bytes;
}

static void
tell_ceiling(struct doctor *d, const struct telemetry_room *room)
{
	struct store_finding finding = { .ok = true };
	enum telemetry_level level = telemetry_level(room);

	if (level == TELEMETRY_AMPLE)
		return;
	finding.warning = true;
	snprintf(finding.text, sizeof(finding.text), "telemetry takes "
	    "%" PRId64 " %% of telemetry_max (%" PRId64 " bytes of %" PRId64
	    ")%s: delete samples, keep them for a shorter time, or raise it",
	    telemetry_percent(room), room->held.bytes, room->most,
	    level == TELEMETRY_FULL ? ", and uploads are refused" : "");
	d->found(d->arg, &finding);
}

/* What is said to be stored, against what is. */
static enum helio_rc
look_at_room(struct doctor *d, struct tx *tx, struct helio_err *err)
{
	struct telemetry_room room;
	struct telemetry_held held;
	enum helio_rc rc = telemetry_room(tx, &room, err);

	if (rc == HELIO_OK)
		rc = telemetry_count_held(tx, &held, err);
	if (rc != HELIO_OK)
		return rc;
	tell_ceiling(d, &room);
	if (!room.known || same_held(&room.held, &held))
		return HELIO_OK;
	tell(d, false, "telemetry: %" PRId64 " series with %" PRId64
	    " chunks, %" PRId64 " rows and %" PRId64 " bytes are counted as "
	    "%" PRId64 ", %" PRId64 ", %" PRId64 " and %" PRId64, held.series,
	    held.chunks, held.rows, held.bytes, room.held.series,
	    room.held.chunks, room.held.rows, room.held.bytes);
	return HELIO_OK;
}

static enum helio_rc
check_room(struct doctor *d, struct helio_err *err)
{
	struct tx *tx = NULL;
	enum helio_rc rc = store_read(d->store, &CALLER_SYSTEM, &tx, err);

	if (rc == HELIO_OK)
		rc = look_at_room(d, tx, err);
	store_read_end(tx);
	return rc;
}

enum helio_rc
telemetry_doctor(struct store *store,
    void (*found)(void *, const struct store_finding *), void *arg,
    unsigned *ret_bad, struct helio_err *err)
{
	struct doctor d = { .store = store, .found = found, .arg = arg };
	enum helio_rc rc = look_at_all(&d, err);

	if (rc == HELIO_OK)
		rc = check_room(&d, err);
	if (rc == HELIO_OK && d.bad == 0)
		tell(&d, true, "%lld chunks of %lld series decode, with "
		    "%lld rows of samples in %lld bytes",
		    (long long)d.held.chunks, (long long)d.held.series,
		    (long long)d.held.rows, (long long)d.held.bytes);
	*ret_bad = d.bad;
	return rc;
}
