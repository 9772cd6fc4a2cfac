/* See ceiling.h. */
#include "domain/ceiling.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "telemetry/room.h"

struct ceiling {
	struct store	*store;
	enum telemetry_level told;	/* the writer thread's, once watching */
};

/*
 * Samples that are packed closer take less room, so the figure goes up and
 * down all the time: a level is left, and told again, some way below where
 * it begins.
 */
static const struct {
	int64_t		 leave;		/* below this, in per cent */
	enum log_level	 loudness;
	const char	*event;
} levels[] = {
	[TELEMETRY_AMPLE] = { 0, LOG_INFO, "telemetry.room_again" },
	[TELEMETRY_NEAR] = { 85, LOG_WARN, "telemetry.nearly_full" },
	[TELEMETRY_FULL] = { 95, LOG_ERROR, "telemetry.full" },
};

static enum telemetry_level
level_to_tell(const struct ceiling *c, const struct telemetry_room *room)
{
	enum telemetry_level now = telemetry_level(room);

	if (now < c->told && room->most > 0 &&
	    telemetry_percent(room) >= levels[c->told].leave)
		return c->told;
	return now;
}

static void
tell(struct ceiling *c, const struct telemetry_room *room)
{
	enum telemetry_level level = level_to_tell(c, room);

	if (level == c->told)
		return;
	c->told = level;
	log_event(levels[level].loudness, levels[level].event,
	    "bytes=%" PRId64 " telemetry_max=%" PRId64 " percent=%" PRId64,
	    room->held.bytes, room->most, telemetry_percent(room));
}

static void
on_commit(const struct schema_table *table, void *arg)
{
	struct ceiling *c = arg;
	const struct telemetry_room room = telemetry_room_now(c->store);

	(void)table;
	tell(c, &room);
}

static enum helio_rc
first_look(struct ceiling *c, struct helio_err *err)
{
	struct telemetry_room room;
	struct tx *tx = NULL;
	enum helio_rc rc = store_read(c->store, &CALLER_SYSTEM, &tx, err);

	if (rc == HELIO_OK)
		rc = telemetry_room(tx, &room, err);
	store_read_end(tx);
	if (rc == HELIO_OK)
		tell(c, &room);
	return rc;
}

enum helio_rc
ceiling_watch(struct store *store, int64_t most, struct ceiling **ret,
    struct helio_err *err)
{
	struct ceiling *c = calloc(1, sizeof(*c));
	enum helio_rc rc;

	if (c == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	c->store = store;
	rc = telemetry_room_open(store, most, err);
	if (rc == HELIO_OK)
		rc = first_look(c, err);
	if (rc != HELIO_OK) {
		free(c);
		return rc;
	}
	store_on_commit(store, "telemetry_chunk", on_commit, c);
	*ret = c;
	return HELIO_OK;
}

void
ceiling_free(struct ceiling *c)
{
	free(c);
}
