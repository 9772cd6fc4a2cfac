/*
 * Blue Current: charge points behind a WebSocket.  Sessions start and stop,
 * meters run on a clock that tests can move, changes are pushed to every
 * client that said HELLO.
 */
#include "sandbox/bluecurrent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "connector/bluecurrent/amsterdam.h"

enum { PHASES_MAX = 3, AMPERES_MAX = 1000 };

static const struct sandbox_setting settings[] = {
#define SETTING(name_, fallback_, help_) { #name_, fallback_, help_ },
#include "sandbox/bluecurrent.def"
#undef SETTING
};

/* ---- charge points ---- */

static struct bluecurrent_point *
add(struct bluecurrent *service, const char *evse_id)
{
	struct bluecurrent_point *point = bluecurrent_find(service, evse_id);

	if (point != NULL)
		return point;
	if (service->n == BLUECURRENT_POINTS_MAX || *evse_id == '\0' ||
	    strlen(evse_id) >= sizeof(point->evse_id))
		return NULL;
	point = &service->point[service->n];
	memset(point, 0, sizeof(*point));
	point->more = json_object();
	if (point->more == NULL)
		return NULL;
	service->n++;
	strcpy(point->evse_id, evse_id);
	snprintf(point->name, sizeof(point->name), "Charge point %zu",
	    service->n);
	point->phases = 3;
	point->current = 16;
	point->max_usage = 20;
	point->smart_usage = 18;
	point->operative = point->plug_and_charge = true;
	return point;
}

/* What the configuration and /_control/points may say of one. */
static const struct member {
	const char	*name;
	enum { TEXT, TRUTH, NUMBER } type;
	size_t		 offset;
	long		 least, most;	/* of a number */
} members[] = {
#define MEMBER(name_, type_, ...) \
	{ #name_, type_, offsetof(struct bluecurrent_point, name_), \
	    __VA_ARGS__ }
	MEMBER(name, TEXT),
	MEMBER(reject, TEXT),
	MEMBER(smart, TRUTH),
	MEMBER(public_charging, TRUTH),
	MEMBER(plug_and_charge, TRUTH),
	MEMBER(operative, TRUTH),
	MEMBER(vehicle, TRUTH),
	MEMBER(broken, TRUTH),
	MEMBER(offline, TRUTH),
	MEMBER(phases, NUMBER, 1, PHASES_MAX),
	MEMBER(current, NUMBER, 1, AMPERES_MAX),
	MEMBER(max_usage, NUMBER, 1, AMPERES_MAX),
	MEMBER(smart_usage, NUMBER, 1, AMPERES_MAX),
#undef MEMBER
};

static bool
set_number(void *at, const struct member *member, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (end == value || *end != '\0' || n < member->least ||
	    n > member->most)
		return false;
	*(long *)at = n;
	return true;
}

static bool
set_member(struct bluecurrent_point *point, const char *name,
    const char *value)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct member *member = &members[i];
		void *at = (char *)point + member->offset;

		if (strcmp(member->name, name) != 0)
			continue;
		if (member->type == NUMBER)
			return set_number(at, member, value);
		if (member->type == TRUTH) {
			*(bool *)at = strcmp(value, "yes") == 0;
			return *(bool *)at || strcmp(value, "no") == 0;
		}
		snprintf(at, BLUECURRENT_NAME_SIZE, "%s", value);
		return true;
	}
	return false;
}

/* ---- cards ---- */

static bool
add_card(struct bluecurrent *service, const char *uid, const char *name)
{
	char id[BLUECURRENT_ID_SIZE];

	snprintf(id, sizeof(id), "NL-SBX-%06zu",
	    json_array_size(service->cards) + 1);
	return json_array_append_new(service->cards, json_pack(
	    "{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "uid", uid, "id", id,
	    "name", name, "customer_name", "Sandbox", "valid", 1,
	    "date_created", "2022-01-01", "date_modified", "2022-01-01",
	    "date_became_invalid", "")) == 0;
}

/* ---- configuration ---- */

static const char *
behind(const char *section, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(section, prefix, n) == 0 ? section + n : NULL;
}

/* [point EVSE_ID] with the members above; [card UID] with name */
static enum helio_rc
configure(void *state, const char *section, const char *name,
    const char *value, struct helio_err *err)
{
	const char *evse_id = behind(section, "point ");
	const char *uid = behind(section, "card ");
	struct bluecurrent_point *point;

	if (uid != NULL && strcmp(name, "name") == 0 &&
	    add_card(state, uid, value))
		return HELIO_OK;
	if (uid != NULL)
		return err_field(err, name, "of a card is only its name");
	point = evse_id != NULL ? add(state, evse_id) : NULL;
	if (point == NULL)
		return err_field(err, section,
		    "is neither [point EVSE_ID] nor [card UID]");
	if (!set_member(point, name, value))
		return err_field(err, name, "'%.60s' is not understood",
		    value);
	return HELIO_OK;
}

static bool
one_of(const struct sandbox *sandbox, enum bluecurrent_setting setting,
    const char *const *words)
{
	const char *value = sandbox_text(sandbox, setting);

	while (*words != NULL && strcmp(*words, value) != 0)
		words++;
	return *words != NULL;
}

static enum helio_rc
check_settings(struct sandbox *sandbox, struct helio_err *err)
{
	static const struct {
		enum bluecurrent_setting setting;
		const char	*words[4];
		const char	*text;
	} choices[] = {
		{ BLUECURRENT_one_connection, { "yes", "no" },
		    "is yes or no" },
		{ BLUECURRENT_limit_by, { "error", "close", "handshake" },
		    "is error, close or handshake" },
		{ BLUECURRENT_clock, { "runs", "stands" },
		    "is runs or stands" },
	};
	long points = sandbox_number(sandbox, BLUECURRENT_points);

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (!one_of(sandbox, choices[i].setting, choices[i].words))
			return err_field(err,
			    settings[choices[i].setting].name, "%s",
			    choices[i].text);
	if (points < 0 || points > BLUECURRENT_POINTS_MAX)
		return err_field(err, "points", "are at most %d",
		    BLUECURRENT_POINTS_MAX);
	if (sandbox_number(sandbox, BLUECURRENT_push) <= 0)
		return err_field(err, "push", "is a number of seconds");
	if (*sandbox_text(sandbox, BLUECURRENT_path) != '/')
		return err_field(err, "path", "begins with a slash");
	return HELIO_OK;
}

/* ---- the state ---- */

static void
service_free(void *state)
{
	struct bluecurrent *service = state;

	bluecurrent_actions_free(service);
	for (size_t i = 0; i < service->n; i++)
		json_decref(service->point[i].more);
	json_decref(service->cards);
	json_decref(service->schedules);
	free(service->point);
	free(service);
}

static bool
set_clock(struct bluecurrent *service)
{
	const char *start = sandbox_text(service->sandbox, BLUECURRENT_start);
	int64_t at_s;
	int offset;

	service->started_us = sandbox_now_us(service->sandbox);
	service->start_us = service->started_us;
	if (strcmp(start, "now") == 0)
		return true;
	if (!bc_time_read(start, strlen(start), &at_s, &offset))
		return false;
	service->start_us = at_s * US_PER_S;
	return true;
}

static bool
add_defaults(struct bluecurrent *service)
{
	struct sandbox *sandbox = service->sandbox;
	long n = sandbox_number(sandbox, BLUECURRENT_points);
	char id[2 * BLUECURRENT_ID_SIZE];

	for (long i = 1; i <= n; i++) {
		snprintf(id, sizeof(id), "%.16s%ld", sandbox_text(sandbox,
		    BLUECURRENT_evse_prefix), i);
		if (add(service, id) == NULL)
			return false;
	}
	return add_card(service, "04A1B2C3D4E5F6", "First card") &&
	    add_card(service, "04F6E5D4C3B2A1", "Second card");
}

static enum helio_rc
service_new(struct sandbox *sandbox, void **ret, struct helio_err *err)
{
	enum helio_rc rc = check_settings(sandbox, err);
	struct bluecurrent *service;

	if (rc != HELIO_OK)
		return rc;
	service = calloc(1, sizeof(*service));
	if (service == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	service->sandbox = sandbox;
	service->cards = json_array();
	service->schedules = json_array();
	service->point = calloc(BLUECURRENT_POINTS_MAX,
	    sizeof(*service->point));
	if (service->cards == NULL || service->schedules == NULL ||
	    service->point == NULL || !add_defaults(service))
		rc = err_set(err, HELIO_E_NO_MEMORY, "no memory");
	else if (!set_clock(service))
		rc = err_field(err, "start",
		    "is now, or YYYYMMDD HH:MM:SS");
	if (rc == HELIO_OK)
		*ret = service;
	else
		service_free(service);
	return rc;
}

/* ---- /_control/ ---- */

static void
done(struct sandbox_call *call)
{
	sandbox_answer(call, 200, json_object());
}

static void
get_points(void *state, struct sandbox_call *call)
{
	struct bluecurrent *service = state;
	json_t *list = json_array();

	for (size_t i = 0; i < service->n; i++) {
		const struct bluecurrent_point *point = &service->point[i];
		json_t *one = bluecurrent_status_data(point,
		    bluecurrent_now_s(service), 0);

		json_object_set_new(one, "card", json_string(point->card));
		json_object_set_new(one, "settings",
		    bluecurrent_settings_data(point));
		json_array_append_new(list, one);
	}
	sandbox_answer(call, 200, json_pack("{s:o}", "points", list));
}

/* A member's value as the configuration would write it. */
static const char *
as_text(const json_t *value, char *out, size_t size)
{
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	if (json_is_integer(value)) {
		snprintf(out, size, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		return out;
	}
	return json_string_value(value);
}

static bool
set_members(struct bluecurrent_point *point, const json_t *body)
{
	const char *name;
	json_t *value;
	char text[32];

	json_object_foreach((json_t *)body, name, value) {
		const char *given = as_text(value, text, sizeof(text));

		if (strcmp(name, "evse_id") != 0 &&
		    (given == NULL || !set_member(point, name, given)))
			return false;
	}
	return true;
}

/* {"evse_id", and members}: add or change a charge point, and push it. */
static void
post_points(void *state, struct sandbox_call *call)
{
	struct bluecurrent *service = state;
	json_t *body = sandbox_json(call);
	const char *id = json_string_value(json_object_get(body, "evse_id"));
	struct bluecurrent_point *point = id != NULL ? add(service, id) : NULL;
	bool was_offline = point != NULL && point->offline;

	if (point == NULL || !set_members(point, body)) {
		sandbox_refuse(call, 400, "no such charge point or member");
	} else {
		if (point->offline && !was_offline)
			bluecurrent_leave(point, bluecurrent_now_s(service),
			    0);
		bluecurrent_push_status(service, point);
		done(call);
	}
	json_decref(body);
}

static void
get_peers(void *state, struct sandbox_call *call)
{
	sandbox_answer(call, 200, json_pack("{s:i}", "peers",
	    (int)bluecurrent_n_peers(state)));
}

static void
close_one(struct bluecurrent_peer *peer, void *arg)
{
	bluecurrent_close(peer, *(unsigned *)arg);
}

/* {"code": 4001}: close every connection; 0 cuts them. */
static void
post_close(void *state, struct sandbox_call *call)
{
	json_t *body = sandbox_json(call);
	unsigned code = (unsigned)json_integer_value(json_object_get(body,
	    "code"));

	bluecurrent_each(state, close_one, &code);
	json_decref(body);
	done(call);
}

static void
send_one(struct bluecurrent_peer *peer, void *arg)
{
	bluecurrent_send_text(peer, arg, strlen(arg));
}

/* The body, whatever it is, as a message to every connection. */
static void
post_send(void *state, struct sandbox_call *call)
{
	bluecurrent_each(state, send_one, (char *)call->body);
	done(call);
}

static void
post_expire(void *state, struct sandbox_call *call)
{
	((struct bluecurrent *)state)->n_tokens = 0;
	done(call);
}

static const struct sandbox_route routes[] = {
	{ HTTP_GET, "/_control/points", get_points },
	{ HTTP_POST, "/_control/points", post_points },
	{ HTTP_GET, "/_control/peers", get_peers },
	{ HTTP_POST, "/_control/close", post_close },
	{ HTTP_POST, "/_control/send", post_send },
	{ HTTP_POST, "/_control/tokens/expire", post_expire },
};

const struct sandbox_kind sandbox_bluecurrent = {
	.name = "bluecurrent", .new = service_new, .free = service_free,
	.configure = configure, .listener = &bluecurrent_listener,
	SANDBOX_SETTINGS(settings), SANDBOX_ROUTES(routes),
};
