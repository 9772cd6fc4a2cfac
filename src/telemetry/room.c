/* See room.h. */
#include "telemetry/room.h"

#include "telemetry/telemetry.h"

#define MOST	"telemetry.most"

/* The sums, and where their values are. */
static const struct {
	const char	*name;
	size_t		 offset;
} sums[] = {
	{ "telemetry.series", offsetof(struct telemetry_held, series) },
	{ "telemetry.chunks", offsetof(struct telemetry_held, chunks) },
	{ "telemetry.rows", offsetof(struct telemetry_held, rows) },
	{ "telemetry.bytes", offsetof(struct telemetry_held, bytes) },
};

enum { SUMS = sizeof(sums) / sizeof(sums[0]) };

static int64_t *
member(struct telemetry_held *held, size_t i)
{
	return (int64_t *)((char *)held + sums[i].offset);
}

void
telemetry_room_add(struct tx *tx, const struct telemetry_held *change)
{
	struct telemetry_held held = *change;

	for (size_t i = 0; i < SUMS; i++)
		if (*member(&held, i) != 0)
			tx_sum_add(tx, sums[i].name, *member(&held, i));
}

/* A sum that nobody has set reads as 0. */
static int64_t
number(struct value v)
{
	return v.type == VALUE_INT ? v.i : 0;
}

enum helio_rc
telemetry_room(struct tx *tx, struct telemetry_room *ret,
    struct helio_err *err)
{
	struct telemetry_room room = { 0 };
	struct value v = { 0 };
	enum helio_rc rc = tx_sum(tx, MOST, &v, err);

	room.most = number(v);
	for (size_t i = 0; i < SUMS && rc == HELIO_OK; i++) {
		rc = tx_sum(tx, sums[i].name, &v, err);
		room.known = v.type == VALUE_INT;
		*member(&room.held, i) = number(v);
	}
	if (rc == HELIO_OK)
		*ret = room;
	return rc;
}

struct telemetry_room
telemetry_room_now(const struct store *store)
{
	struct telemetry_room room = {
		.most = number(store_sum(store, MOST)),
	};
	struct value v;

	for (size_t i = 0; i < SUMS; i++) {
		v = store_sum(store, sums[i].name);
		room.known = v.type == VALUE_INT;
		*member(&room.held, i) = number(v);
	}
	return room;
}

/* ---- levels ---- */

enum telemetry_level
telemetry_level(const struct telemetry_room *room)
{
	if (room->most == 0)
		return TELEMETRY_AMPLE;
	if (room->held.bytes >= room->most)
		return TELEMETRY_FULL;
	return room->held.bytes >= room->most - room->most / 10 ?
	    TELEMETRY_NEAR : TELEMETRY_AMPLE;
}

int64_t
telemetry_percent(const struct telemetry_room *room)
{
	return room->most == 0 ? 0 :
	    (int64_t)(100.0 * (double)room->held.bytes / (double)room->most);
}

enum helio_rc
telemetry_room_check(struct tx *tx, struct helio_err *err)
{
	struct telemetry_room room;
	enum helio_rc rc = telemetry_room(tx, &room, err);

	if (rc == HELIO_OK && telemetry_level(&room) == TELEMETRY_FULL)
		return err_set(err, HELIO_E_FULL, "%s", "");
	return rc;
}

/* ---- counting anew ---- */

enum helio_rc
telemetry_count_chunks(struct tx *tx, const struct query *chunks,
    struct telemetry_held *ret, struct helio_err *err)
{
	const struct total total[] = {
		{ TOTAL_ROWS, NULL },
		{ TOTAL_SUM, schema_field(chunks->table, "n") },
		{ TOTAL_BYTES, schema_field(chunks->table, "data") },
	};
	struct value v[3];
	enum helio_rc rc = tx_totals(tx, chunks, total, 3, v, err);

	if (rc == HELIO_OK)
		*ret = (struct telemetry_held){ .chunks = v[0].i,
		    .rows = v[1].i, .bytes = v[2].i };
	return rc;
}

enum helio_rc
telemetry_count_held(struct tx *tx, struct telemetry_held *ret,
    struct helio_err *err)
{
	const struct query series = query_all(tx_table(tx,
	    "telemetry_series"));
	const struct query chunks = query_all(tx_table(tx,
	    "telemetry_chunk"));
	struct telemetry_held held;
	int64_t n = 0;
	enum helio_rc rc;

	tx_unscoped(tx);
	rc = tx_count(tx, &series, &n, err);
	if (rc == HELIO_OK)
		rc = telemetry_count_chunks(tx, &chunks, &held, err);
	tx_scoped(tx);
	if (rc != HELIO_OK)
		return rc;
	held.series = n;
	*ret = held;
	return HELIO_OK;
}

static enum helio_rc
open_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct telemetry_held held;
	struct value known;
	enum helio_rc rc = tx_sum_set(tx, MOST, *(const int64_t *)arg, err);

	if (rc == HELIO_OK)
		rc = tx_sum(tx, sums[0].name, &known, err);
	if (rc != HELIO_OK || known.type != VALUE_NULL)
		return rc;
	rc = telemetry_count_held(tx, &held, err);
	for (size_t i = 0; i < SUMS && rc == HELIO_OK; i++)
		rc = tx_sum_set(tx, sums[i].name, *member(&held, i), err);
	return rc;
}

enum helio_rc
telemetry_room_open(struct store *store, int64_t most, struct helio_err *err)
{
	return store_write(store, &CALLER_SYSTEM, open_run, &most, err);
}
