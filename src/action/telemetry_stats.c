/* GET /telemetry/stats: how much there is of each measurement. */
#include <string.h>

#include "action/list.h"
#include "base/times.h"
#include "telemetry/room.h"
#include "telemetry/scan.h"

enum { ARG_MEASUREMENT };

static const struct action_arg args[] = {
	[ARG_MEASUREMENT] = { .name = "measurement", .type = FIELD_TEXT,
	    .max_len = TELEMETRY_NAME_MAX, .help = "this one alone" },
};

struct name {
	const char	*text;
	struct name	*next;
};

struct names {
	struct arena	*arena;
	struct name	*first, **last;
};

static enum helio_rc
take_name(const char *text, void *arg, struct helio_err *err)
{
	struct names *names = arg;
	struct name *name = arena_alloc(names->arena, sizeof(*name));

	(void)err;
	name->text = arena_strdup(names->arena, text);
	*names->last = name;
	names->last = &name->next;
	return HELIO_OK;
}

static void
put_time(struct json_write *json, const char *key, int64_t ns)
{
	char text[TIME_TEXT_MAX];

	jw_key(json, key);
	jw_strn(json, text, time_format_ns(ns, text));
}

static void
put_extent(struct json_write *json, const char *measurement,
    const struct telemetry_extent *extent)
{
	jw_object(json);
	jw_put_str(json, "measurement", measurement);
	jw_put_int(json, "series", extent->series);
	jw_put_int(json, "fields", extent->fields);
	jw_put_int(json, "points", extent->points);
	jw_put_int(json, "bytes", extent->bytes);
	if (extent->chunks > 0) {
		put_time(json, "oldest", extent->first_ns);
		put_time(json, "newest", extent->last_ns);
	} else {
		jw_put_null(json, "oldest");
		jw_put_null(json, "newest");
	}
	jw_end(json);
}

/* The ceiling is over all units: not every user's business. */
static enum helio_rc
warn(struct action_call *c, struct helio_err *err)
{
	struct telemetry_room room;
	enum telemetry_level level;
	enum helio_rc rc = telemetry_room(c->tx, &room, err);

	c->message = "";
	if (rc != HELIO_OK || !tx_caller(c->tx)->global)
		return rc;
	level = telemetry_level(&room);
	if (level == TELEMETRY_FULL)
		c->message = "The telemetry has reached its ceiling "
		    "(telemetry_max): uploads are refused";
	else if (level == TELEMETRY_NEAR)
		c->message = arena_printf(c->arena, "The telemetry has "
		    "reached %d %% of its ceiling (telemetry_max)",
		    (int)telemetry_percent(&room));
	return HELIO_OK;
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	const char *wanted = action_text(c, ARG_MEASUREMENT);
	struct names names = { .arena = tx_arena(c->tx) };
	struct telemetry_extent extent;
	enum helio_rc rc;

	names.last = &names.first;
	rc = telemetry_each_measurement(c->tx, take_name, &names, err);
	jw_array(&c->json);
	for (const struct name *at = names.first;
	    at != NULL && rc == HELIO_OK; at = at->next) {
		if (wanted != NULL && strcmp(wanted, at->text) != 0)
			continue;
		rc = telemetry_extent(c->tx, at->text, &extent, err);
		if (rc == HELIO_OK)
			put_extent(&c->json, at->text, &extent);
	}
	jw_end(&c->json);
	return rc == HELIO_OK ? warn(c, err) : rc;
}

const struct action action_telemetry_stats = {
	.name = "telemetry stats",
	.method = HTTP_GET,
	.path = "telemetry/stats",
	.level = LEVEL_OVERVIEW,
	.reads = true,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "How many samples there are of each measurement, and how "
	    "much room they take.",
};
