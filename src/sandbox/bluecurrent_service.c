/*
 * What requests do.  A request that asks is answered at once; an action is
 * received at once, answered by the charge point a little later, and followed
 * by a status when something changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "sandbox/bluecurrent.h"

enum {
	FLOW_SIZE = 64, TEXT_SIZE = 160,
	RESET_S = 2, REBOOT_S = 10,	/* offline */
	ERROR_COMMAND = 0, ERROR_TOKEN = 1, ERROR_RIGHT = 2, ERROR_OTHER = 9,
	ERROR_LIMIT = 42, CLOSE_LIMIT = 4001,
};

struct bluecurrent_action {
	struct bluecurrent_action *next;
	const struct command *command;
	int64_t		 due_ms;	/* monotonic: waits are real */
	uint64_t	 peer;		/* who asked */
	char		 evse_id[BLUECURRENT_ID_SIZE];
	char		 flow_id[FLOW_SIZE];
	json_t		*request;
};

struct asked {
	struct bluecurrent *service;
	struct bluecurrent_peer *peer;
	struct bluecurrent_point *point;	/* or NULL */
	const json_t	*request;
};

struct command {
	const char	*name;
	bool		 anonymous;	/* needs no Authorization */
	bool		 point;		/* names a charge point */
	/* One that asks: the answer. */
	void		(*answer)(const struct asked *);
	/* An action: what it does once the charge point has it; the text of
	 * a refusal, or NULL. */
	const char	*(*act)(const struct asked *);
	/* May it go to the charge point?  The text of a refusal, or NULL. */
	const char	*(*check)(const struct asked *);
};

/* ---- helpers ---- */

int64_t
bluecurrent_now_s(const struct bluecurrent *service)
{
	int64_t wall_us = time_now_us();
	int64_t now_us = sandbox_now_us(service->sandbox);

	/* a clock that stands only knows what /_control/clock added */
	if (strcmp(sandbox_text(service->sandbox, BLUECURRENT_clock),
	    "stands") == 0)
		now_us += service->started_us - wall_us;
	return (service->start_us + now_us - service->started_us) / US_PER_S;
}

struct bluecurrent_point *
bluecurrent_find(struct bluecurrent *service, const char *evse_id)
{
	for (size_t i = 0; evse_id != NULL && i < service->n; i++)
		if (strcmp(service->point[i].evse_id, evse_id) == 0)
			return &service->point[i];
	return NULL;
}

static const char *
text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static double
price(const struct bluecurrent *service)
{
	return strtod(sandbox_text(service->sandbox, BLUECURRENT_price), NULL);
}

static void
send_error(struct bluecurrent_peer *peer, int number, const char *message)
{
	bluecurrent_send(peer, json_pack("{s:s, s:i, s:s}", "object", "ERROR",
	    "error", number, "message", message));
}

static void
send_data(struct bluecurrent_peer *peer, const char *object, json_t *data)
{
	bluecurrent_send(peer, json_pack("{s:s, s:o}", "object", object,
	    "data", data));
}

static json_t *
status_message(struct bluecurrent *service, struct bluecurrent_point *point)
{
	return json_pack("{s:s, s:s, s:o}", "object", "CH_STATUS",
	    "evse_id", point->evse_id, "data", bluecurrent_status_data(point,
	    bluecurrent_now_s(service), price(service)));
}

void
bluecurrent_push_status(struct bluecurrent *service,
    struct bluecurrent_point *point)
{
	bluecurrent_push(service, status_message(service, point));
	/* the push after a start still shows the session before */
	point->shown_start_s = point->start_s;
}

/* ---- tokens ---- */

static bool
token_is_good(const struct bluecurrent *service, const char *header)
{
	int64_t now_us = sandbox_now_us(service->sandbox);

	if (header == NULL || strncmp(header, "Token ", 6) != 0)
		return false;
	for (size_t i = 0; i < service->n_tokens &&
	    i < BLUECURRENT_TOKENS_MAX; i++)
		if (strcmp(service->token[i].text, header + 6) == 0)
			return service->token[i].expires_us == 0 ||
			    service->token[i].expires_us > now_us;
	return false;
}

static const char *
new_token(struct bluecurrent *service)
{
	struct bluecurrent_token *token =
	    &service->token[service->n_tokens++ % BLUECURRENT_TOKENS_MAX];
	long life = sandbox_number(service->sandbox, BLUECURRENT_token_life);

	sandbox_token(service->sandbox, token->text);
	token->expires_us = life > 0 ? sandbox_now_us(service->sandbox) +
	    life * US_PER_S : 0;
	return token->text;
}

static void
validate_api_token(const struct asked *asked)
{
	struct sandbox *sandbox = asked->service->sandbox;
	const char *given = text(asked->request, "token");
	json_t *reply;

	if (given != NULL && strcmp(given, sandbox_text(sandbox,
	    BLUECURRENT_api_token)) == 0)
		reply = json_pack("{s:s, s:b, s:s, s:s}", "object",
		    "STATUS_API_TOKEN", "success", 1, "token",
		    new_token(asked->service), "customer_id",
		    sandbox_text(sandbox, BLUECURRENT_customer_id));
	else
		reply = json_pack("{s:s, s:b, s:s}", "object",
		    "STATUS_API_TOKEN", "success", 0, "error", "");
	bluecurrent_send(asked->peer, reply);
}

/* Clients with user name and password; the password's form is theirs. */
static void
validate_password(const struct asked *asked)
{
	const char *user = text(asked->request, "username");
	bool good = user != NULL && strcmp(user, sandbox_text(
	    asked->service->sandbox, BLUECURRENT_email)) == 0 &&
	    text(asked->request, "password") != NULL;

	bluecurrent_send(asked->peer, json_pack("{s:s, s:b, s:s}", "object",
	    "STATUS_PASSWORD", "accepted", good, "token",
	    good ? new_token(asked->service) : ""));
}

/* ---- requests that ask ---- */

static void
hello(const struct asked *asked)
{
	bluecurrent_hello(asked->peer);
	bluecurrent_send(asked->peer, json_pack("{s:s, s:s}", "object",
	    "HELLO", "message", "Connected to the sandbox"));
}

static void
get_charge_cards(const struct asked *asked)
{
	bluecurrent_send(asked->peer, json_pack("{s:s, s:O}", "object",
	    "CHARGE_CARDS", "cards", asked->service->cards));
}

static void
get_account(const struct asked *asked)
{
	const char *email = sandbox_text(asked->service->sandbox,
	    BLUECURRENT_email);

	bluecurrent_send(asked->peer, json_pack("{s:s, s:s, s:s, s:s, s:b,"
	    " s:b, s:s, s:i, s:s, s:s}", "object", "ACCOUNT",
	    "login", email, "email", email, "full_name", "Sandbox Driver",
	    "should_reset_password", 0, "developer_mode_enabled", 0,
	    "tel", "", "marketing_target", 0,
	    "first_login_app", "01-JAN-20", "hubspot_user_identity", ""));
}

static void
get_charge_points(const struct asked *asked)
{
	json_t *list = json_array();

	for (size_t i = 0; i < asked->service->n; i++)
		json_array_append_new(list, bluecurrent_point_data(
		    &asked->service->point[i]));
	send_data(asked->peer, "CHARGE_POINTS", list);
}

static void
get_ch_status(const struct asked *asked)
{
	bluecurrent_send(asked->peer, status_message(asked->service,
	    asked->point));
}

static void
get_ch_settings(const struct asked *asked)
{
	send_data(asked->peer, "CH_SETTINGS", bluecurrent_settings_data(
	    asked->point));
}

/* The house takes some, its charge points the rest. */
static json_t *
grid_data(struct bluecurrent *service, const struct bluecurrent_point *point)
{
	static const int house[] = { 2, 1, 3 };
	json_t *data = json_object();
	char text_of[BLUECURRENT_ID_SIZE + 8];

	snprintf(text_of, sizeof(text_of), "GRID-%s", point->evse_id);
	json_object_set_new(data, "id", json_string(text_of));
	for (int phase = 0; phase < 3; phase++) {
		double sum = house[phase];

		for (size_t i = 0; i < service->n; i++)
			sum += bluecurrent_current(&service->point[i], phase,
			    bluecurrent_now_s(service));
		snprintf(text_of, sizeof(text_of), "grid_actual_p%d",
		    phase + 1);
		json_object_set_new(data, text_of, json_real(sum));
	}
	json_object_set_new(data, "grid_max_install", json_integer(35));
	json_object_set_new(data, "grid_max_reserved", json_integer(25));
	return data;
}

static void
get_grid_status(const struct asked *asked)
{
	send_data(asked->peer, "GRID_STATUS", grid_data(asked->service,
	    asked->point));
}

static void
get_sustainability(const struct asked *asked)
{
	double kwh = 0;

	for (size_t i = 0; i < asked->service->n; i++)
		kwh += bluecurrent_kwh(&asked->service->point[i],
		    bluecurrent_now_s(asked->service));
	bluecurrent_send(asked->peer, json_pack("{s:s, s:i, s:f}", "object",
	    "SUSTAINABILITY_STATUS", "trees", (int)(kwh / 100),
	    "co2", kwh * 0.4));
}

/* ---- currents overridden by a schedule ---- */

/* "MO,TU" of ["MO","TU"]. */
static json_t *
joined(const json_t *list)
{
	struct buf out = BUF_INIT;
	json_t *one, *value;
	size_t i;

	json_array_foreach(list, i, one) {
		buf_adds(&out, i > 0 ? "," : "");
		buf_adds(&out, json_string_value(one) != NULL ?
		    json_string_value(one) : "");
	}
	value = json_string(out.len > 0 ? out.data : "");
	buf_free(&out);
	return value;
}

static void
fill_schedule(json_t *schedule, const json_t *request)
{
	static const char *const names[][2] = {
		{ "chargepoints", "chargepoints" },
		{ "overridestarttime", "override_start_time" },
		{ "overridestartdays", "override_start_days" },
		{ "overridestoptime", "override_end_time" },
		{ "overridestopdays", "override_end_days" },
		{ "overridevalue", "override_value" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *value = json_object_get(request, names[i][0]);

		if (i > 0 && json_is_array(value))
			json_object_set_new(schedule, names[i][1],
			    joined(value));
		else if (value != NULL)
			json_object_set(schedule, names[i][1], value);
	}
}

/* The index of the schedule that a request names, or SIZE_MAX. */
static size_t
named_schedule(const struct asked *asked)
{
	json_int_t id = json_integer_value(json_object_get(asked->request,
	    "schedule_id"));
	json_t *one;
	size_t i;

	json_array_foreach(asked->service->schedules, i, one)
		if (json_integer_value(json_object_get(one, "schedule_id")) ==
		    id)
			return i;
	return SIZE_MAX;
}

static void
list_override(const struct asked *asked)
{
	send_data(asked->peer, "LIST_OVERRIDE_CURRENT",
	    json_deep_copy(asked->service->schedules));
}

static void
set_override(const struct asked *asked)
{
	json_t *schedule = json_pack("{s:I}", "schedule_id",
	    ++asked->service->next_schedule);

	fill_schedule(schedule, asked->request);
	json_array_append(asked->service->schedules, schedule);
	send_data(asked->peer, "POST_SET_OVERRIDE_CURRENT", schedule);
}

static void
edit_override(const struct asked *asked)
{
	size_t i = named_schedule(asked);
	json_t *schedule = json_array_get(asked->service->schedules, i);

	if (schedule == NULL) {
		send_error(asked->peer, ERROR_OTHER, "no such schedule");
		return;
	}
	fill_schedule(schedule, asked->request);
	send_data(asked->peer, "POST_EDIT_OVERRIDE_CURRENT",
	    json_incref(schedule));
}

static void
clear_override(const struct asked *asked)
{
	size_t i = named_schedule(asked);

	if (i == SIZE_MAX) {
		send_error(asked->peer, ERROR_OTHER, "no such schedule");
		return;
	}
	json_array_remove(asked->service->schedules, i);
	send_data(asked->peer, "POST_CLEAR_OVERRIDE_CURRENT", json_object());
}

/* ---- actions ---- */

static const char *
needs_value(const struct asked *asked)
{
	return json_is_boolean(json_object_get(asked->request, "value")) ?
	    NULL : "value is true or false";
}

static bool
value(const struct asked *asked)
{
	return json_is_true(json_object_get(asked->request, "value"));
}

static const char *
set_public_charging(const struct asked *asked)
{
	asked->point->public_charging = value(asked);
	return NULL;
}

static const char *
set_plug_and_charge(const struct asked *asked)
{
	asked->point->plug_and_charge = value(asked);
	return NULL;
}

static const char *
set_operative(const struct asked *asked)
{
	asked->point->operative = true;
	return NULL;
}

static const char *
set_inoperative(const struct asked *asked)
{
	bluecurrent_end(asked->point, bluecurrent_now_s(asked->service));
	asked->point->operative = false;
	return NULL;
}

static const char *
soft_reset(const struct asked *asked)
{
	bluecurrent_leave(asked->point, bluecurrent_now_s(asked->service),
	    RESET_S);
	return NULL;
}

static const char *
reboot(const struct asked *asked)
{
	int64_t now_s = bluecurrent_now_s(asked->service);

	bluecurrent_end(asked->point, now_s);
	bluecurrent_leave(asked->point, now_s, REBOOT_S);
	return NULL;
}

static bool
card_is_known(const struct bluecurrent *service, const char *uid)
{
	json_t *one;
	size_t i;

	/* a start without a card */
	if (strcmp(uid, "BCU-APP") == 0)
		return true;
	json_array_foreach(service->cards, i, one)
		if (strcmp(text(one, "uid"), uid) == 0)
			return true;
	return false;
}

static const char *
can_start(const struct asked *asked)
{
	if (text(asked->request, "session_token") == NULL)
		return "session_token is missing";
	return asked->point->charging ? "session already active" : NULL;
}

static const char *
start_session(const struct asked *asked)
{
	struct bluecurrent_point *point = asked->point;
	const char *uid = text(asked->request, "session_token");
	int64_t now_s = bluecurrent_now_s(asked->service);

	if (!point->operative || point->broken || point->charging ||
	    !card_is_known(asked->service, uid))
		return "REJECTED";
	bluecurrent_begin(point, uid, now_s);
	point->push_s = now_s;
	return NULL;
}

static const char *
can_stop(const struct asked *asked)
{
	return asked->point->charging ? NULL : "no active session";
}

static const char *
stop_session(const struct asked *asked)
{
	if (!asked->point->charging)
		return "REJECTED";
	bluecurrent_end(asked->point, bluecurrent_now_s(asked->service));
	return NULL;
}

static const char *
unlock(const struct asked *asked)
{
	if (asked->point->charging)
		return "REJECTED";
	asked->point->vehicle = false;
	return NULL;
}

/* Settings that are only kept, and shown in CH_SETTINGS. */
static const char *
keep(const struct asked *asked)
{
	static const char *const skipped[] = {
		"command", "evse_id", "Authorization", "flow_id",
	};
	json_t *kept = json_copy((json_t *)asked->request), *whole;
	char name[TEXT_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++)
		json_object_del(kept, skipped[i]);
	for (const char *at = text(asked->request, "command");
	    *at != '\0' && n + 1 < sizeof(name); at++)
		name[n++] = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
	name[n] = '\0';
	whole = json_object_get(kept, "value") != NULL ?
	    json_incref(json_object_get(kept, "value")) : json_incref(kept);
	json_object_set_new(asked->point->more, name, whole);
	json_decref(kept);
	return NULL;
}

/* ---- the table ---- */

static const struct command commands[] = {
	{ "VALIDATE_API_TOKEN", .anonymous = true,
	    .answer = validate_api_token },
	{ "VALIDATE_PASSWORD", .anonymous = true,
	    .answer = validate_password },
	{ "HELLO", .answer = hello },
	{ "GET_CHARGE_CARDS", .answer = get_charge_cards },
	{ "GET_ACCOUNT", .answer = get_account },
	{ "GET_CHARGE_POINTS", .answer = get_charge_points },
	{ "GET_CH_STATUS", .point = true, .answer = get_ch_status },
	{ "GET_CH_SETTINGS", .point = true, .answer = get_ch_settings },
	{ "GET_GRID_STATUS", .point = true, .answer = get_grid_status },
	{ "GET_SUSTAINABILITY_STATUS", .answer = get_sustainability },
	{ "LIST_OVERRIDE_CURRENT", .answer = list_override },
	{ "POST_SET_OVERRIDE_CURRENT", .answer = set_override },
	{ "POST_EDIT_OVERRIDE_CURRENT", .answer = edit_override },
	{ "POST_CLEAR_OVERRIDE_CURRENT", .answer = clear_override },
	{ "SET_PUBLIC_CHARGING", .point = true, .act = set_public_charging,
	    .check = needs_value },
	{ "SET_PLUG_AND_CHARGE", .point = true, .act = set_plug_and_charge,
	    .check = needs_value },
	{ "SET_OPERATIVE", .point = true, .act = set_operative },
	{ "SET_INOPERATIVE", .point = true, .act = set_inoperative },
	{ "SOFT_RESET", .point = true, .act = soft_reset },
	{ "REBOOT", .point = true, .act = reboot },
	{ "START_SESSION", .point = true, .act = start_session,
	    .check = can_start },
	{ "STOP_SESSION", .point = true, .act = stop_session,
	    .check = can_stop },
	{ "UNLOCK_CONNECTOR", .point = true, .act = unlock },
	{ "SET_PLUG_AND_CHARGE_CHARGE_CARD", .point = true, .act = keep },
	{ "SET_DELAYED_CHARGING", .point = true, .act = keep,
	    .check = needs_value },
	{ "SAVE_SCHEDULE_DELAYED_CHARGING", .point = true, .act = keep },
	{ "SET_PRICE_BASED_CHARGING", .point = true, .act = keep,
	    .check = needs_value },
	{ "PATCH_PRICE_BASED_CHARGING_SETTINGS", .point = true, .act = keep },
	{ "OVERRIDE_CHARGING_PROFILES", .point = true, .act = keep,
	    .check = needs_value },
	{ "OVERRIDE_DELAYED_CHARGING_TIMEOUT", .point = true, .act = keep,
	    .check = needs_value },
};

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; name != NULL &&
	    i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* ---- an action's life ---- */

static json_t *
reply_of(const char *before, const struct bluecurrent_action *action,
    const char *error)
{
	char object[TEXT_SIZE];

	snprintf(object, sizeof(object), "%s_%s", before,
	    action->command->name);
	return json_pack("{s:s, s:b, s:s, s:s, s:s}", "object", object,
	    "success", *error == '\0', "flow_id", action->flow_id,
	    "evse_id", action->evse_id, "error", error);
}

static void
receive_action(const struct asked *asked, const struct command *command)
{
	struct bluecurrent_action *action = calloc(1, sizeof(*action));
	const char *refusal = command->check != NULL ?
	    command->check(asked) : NULL;
	const char *flow = text(asked->request, "flow_id");
	char error[TEXT_SIZE] = "";

	if (action == NULL)
		return;
	action->command = command;
	action->peer = bluecurrent_serial(asked->peer);
	action->due_ms = time_monotonic_ms() + sandbox_number(
	    asked->service->sandbox, BLUECURRENT_answer_ms);
	snprintf(action->evse_id, sizeof(action->evse_id), "%s",
	    asked->point->evse_id);
	snprintf(action->flow_id, sizeof(action->flow_id), "%s",
	    flow != NULL ? flow : "");
	if (refusal != NULL)
		snprintf(error, sizeof(error), "%s for chargepoint: %s",
		    refusal, action->evse_id);
	bluecurrent_send(asked->peer, reply_of("RECEIVED", action, error));
	if (refusal != NULL) {
		free(action);
		return;
	}
	action->request = json_deep_copy(asked->request);
	action->next = asked->service->actions;
	asked->service->actions = action;
}

/* The setting as the service tells it: "set true". */
static json_t *
result_of(const struct bluecurrent_action *action)
{
	const json_t *given = json_object_get(action->request, "value");

	if (!json_is_boolean(given))
		return json_object();
	return json_pack("{s:s}", "setting",
	    json_is_true(given) ? "set true" : "set false");
}

/* What of a point shows in CH_STATUS and is not a reading. */
struct shown {
	bool	charging, operative, offline, vehicle;
};

static struct shown
shown_of(const struct bluecurrent_point *point)
{
	return (struct shown){ point->charging, point->operative,
	    point->offline, point->vehicle };
}

static bool
same_shown(struct shown a, struct shown b)
{
	return a.charging == b.charging && a.operative == b.operative &&
	    a.offline == b.offline && a.vehicle == b.vehicle;
}

/* The charge point answers. */
static void
finish_action(struct bluecurrent *service,
    const struct bluecurrent_action *action)
{
	struct asked asked = {
		.service = service, .request = action->request,
		.peer = bluecurrent_peer(service, action->peer),
		.point = bluecurrent_find(service, action->evse_id),
	};
	struct shown before = shown_of(asked.point);
	const char *error = asked.point->offline ? "TIMEOUT" :
	    *asked.point->reject != '\0' ? asked.point->reject :
	    action->command->act(&asked);
	json_t *reply = reply_of("STATUS", action, error != NULL ? error : "");

	json_object_set_new(reply, "result", result_of(action));
	if (asked.peer != NULL)
		bluecurrent_send(asked.peer, reply);
	else
		json_decref(reply);
	if (!same_shown(before, shown_of(asked.point)))
		bluecurrent_push_status(service, asked.point);
}

static void
free_action(struct bluecurrent_action *action)
{
	json_decref(action->request);
	free(action);
}

/* The oldest that is due leaves the list, or NULL. */
static struct bluecurrent_action *
take_due(struct bluecurrent *service)
{
	struct bluecurrent_action **at = &service->actions, **due = NULL;
	struct bluecurrent_action *action = NULL;
	int64_t now_ms = time_monotonic_ms();

	/* new ones come in front: the last that is due is the oldest */
	for (; *at != NULL; at = &(*at)->next)
		if ((*at)->due_ms <= now_ms)
			due = at;
	if (due != NULL) {
		action = *due;
		*due = action->next;
	}
	return action;
}

void
bluecurrent_actions_free(struct bluecurrent *service)
{
	while (service->actions != NULL) {
		struct bluecurrent_action *next = service->actions->next;

		free_action(service->actions);
		service->actions = next;
	}
}

/* ---- time ---- */

static void
tick_point(struct bluecurrent *service, struct bluecurrent_point *point)
{
	int64_t now_s = bluecurrent_now_s(service);

	if (point->offline && point->back_s != 0 && now_s >= point->back_s) {
		point->offline = false;
		bluecurrent_push_status(service, point);
	}
	if (point->charging && !point->offline && now_s >= point->push_s +
	    sandbox_number(service->sandbox, BLUECURRENT_push)) {
		point->push_s = now_s;
		bluecurrent_push_status(service, point);
		bluecurrent_push(service, json_pack("{s:s, s:o}", "object",
		    "GRID_STATUS", "data", grid_data(service, point)));
	}
}

void
bluecurrent_tick(struct bluecurrent *service)
{
	struct bluecurrent_action *action;

	while ((action = take_due(service)) != NULL) {
		finish_action(service, action);
		free_action(action);
	}
	for (size_t i = 0; i < service->n; i++)
		tick_point(service, &service->point[i]);
}

/* ---- a message ---- */

/* The number that ERROR has for a status of --fail. */
static int
error_of_status(unsigned status)
{
	switch (status) {
	case 401:
		return ERROR_TOKEN;
	case 403:
		return ERROR_RIGHT;
	case 404:
		return ERROR_COMMAND;
	case 429:
		return ERROR_LIMIT;
	default:
		return ERROR_OTHER;
	}
}

static void
refuse_limit(const struct asked *asked)
{
	bool closes = strcmp(sandbox_text(asked->service->sandbox,
	    BLUECURRENT_limit_by), "error") != 0;

	if (closes)
		bluecurrent_close(asked->peer, CLOSE_LIMIT);
	else
		send_error(asked->peer, ERROR_LIMIT, "Request limit reached");
}

/* A fault that is due; true when the request does not reach the service. */
static bool
meet_fault(const struct asked *asked, const char *path)
{
	struct sandbox_fault fault = sandbox_fault(asked->service->sandbox,
	    path);

	switch (fault.kind) {
	case SANDBOX_STATUS:
		send_error(asked->peer, error_of_status(fault.status),
		    "as --fail says");
		return true;
	case SANDBOX_DROP:
		bluecurrent_close(asked->peer, 0);
		return true;
	case SANDBOX_MALFORMED:
		bluecurrent_send_text(asked->peer, "{\"object\": \"CH_ST", 16);
		return true;
	case SANDBOX_NO_FAULT:
		break;
	}
	return false;
}

static void
serve(struct asked *asked, const struct command *command)
{
	const char *evse_id = text(asked->request, "evse_id");

	/* STOP_SESSION of older clients */
	if (evse_id == NULL)
		evse_id = text(asked->request, "evseid");
	asked->point = bluecurrent_find(asked->service, evse_id);
	if (command == NULL)
		send_error(asked->peer, ERROR_COMMAND, "Unknown command");
	else if (!command->anonymous && !token_is_good(asked->service,
	    text(asked->request, "Authorization")))
		send_error(asked->peer, ERROR_TOKEN, "Invalid Auth Token");
	else if (command->point && asked->point == NULL)
		send_error(asked->peer, ERROR_RIGHT, "Not authorized");
	else if (command->answer != NULL)
		command->answer(asked);
	else
		receive_action(asked, command);
}

void
bluecurrent_message(struct bluecurrent *service,
    struct bluecurrent_peer *peer, const char *message, size_t n)
{
	json_t *request = json_loadb(message, n, 0, NULL);
	struct asked asked = {
		.service = service, .peer = peer, .request = request,
	};
	const char *name = text(request, "command");
	char path[TEXT_SIZE];

	snprintf(path, sizeof(path), "/%s", name != NULL ? name : "");
	sandbox_record(service->sandbox, "RECV", path, message, n);
	if (sandbox_over_limit(service->sandbox))
		refuse_limit(&asked);
	else if (!json_is_object(request))
		send_error(peer, ERROR_OTHER, "no JSON object");
	else if (!meet_fault(&asked, path))
		serve(&asked, find_command(name));
	json_decref(request);
}
