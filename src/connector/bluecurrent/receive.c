/* One row per object that the service sends: what is made of it. */
#include "connector/bluecurrent/receive.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "connector/bluecurrent/amsterdam.h"
#include "connector/bluecurrent/figures.h"

static const char grid_prefix[] = "GRID-";

const struct bc_generation bc_generations[] = {
	[HELIO_BC_TODAY] = {
		.url = "wss://motown.bluecurrent.nl/haserver",
		.hello_header = "homeassistant", .cards_limit = 100,
		.stop_evse_id = true, .stop_evseid = true,
		.current_left = true, .flat_plug = true, .flat_public = true,
		.linked_setting = true, .grid_current = true, .dummy = true,
	},
	[HELIO_BC_2022] = {
		.url = "wss://bo-acct001.bluecurrent.nl/haserver",
		.stop_evseid = true, .dummy = true, .empty_cards_fail = true,
	},
	[HELIO_BC_2025] = {
		.url = "wss://motown.bluecurrent.nl/haserver",
		.hello_header = "homeassistant", .cards_limit = 100,
		.stop_evse_id = true, .kw_of_average = true,
		.current_left = true, .flat_plug = true,
		.linked_setting = true, .linked_object = true,
		.grid_current = true, .unknown_dropped = true,
	},
};
const size_t bc_n_generations =
    sizeof(bc_generations) / sizeof(bc_generations[0]);

const char *
bc_fault_text(int number)
{
	static const struct {
		int		 number;
		const char	*text;
	} faults[] = {
		{ BC_FAULT_UNKNOWN_COMMAND, "Unknown command" },
		{ BC_FAULT_BAD_TOKEN, "Invalid Auth Token" },
		{ BC_FAULT_NOT_AUTHORIZED, "Not authorized" },
		{ BC_FAULT_UNKNOWN, "Unknown error" },
		{ BC_FAULT_LIMIT, "Request limit reached" },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].number == number)
			return faults[i].text;
	return NULL;
}

/* ---- members ---- */

static json_t *
data_of(const json_t *message)
{
	return json_object_get(message, "data");
}

/* NaN stands for null and for what is no number. */
static double
number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static void
phases(const json_t *data, const char *prefix, double ret[BC_PHASES])
{
	char name[32];

	for (int i = 0; i < BC_PHASES; i++) {
		snprintf(name, sizeof(name), "%s%d", prefix, i + 1);
		ret[i] = number(data, name);
	}
}

static void
set_number(json_t *object, const char *name, double value)
{
	json_object_set_new(object, name,
	    isfinite(value) ? json_real(value) : json_null());
}

static const char *
text_or_empty(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* A setting's truth, plain or {value, permission}; NULL when it is neither. */
static json_t *
setting_value(json_t *setting)
{
	if (json_is_object(setting))
		setting = json_object_get(setting, "value");
	return json_is_boolean(setting) ? setting : NULL;
}

static bool
contains(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* Append text in lower case. */
static void
add_lower(char *out, size_t size, const char *text)
{
	size_t n = strlen(out);

	for (; *text != '\0' && n + 1 < size; text++)
		out[n++] = (char)tolower((unsigned char)*text);
	out[n] = '\0';
}

/* ---- objects ---- */

typedef void rewrite(struct bc_memory *, struct bc_received *, int64_t now_us);

static void
pass(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	got->deliver = true;
}

static void
quiet(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
}

static void
cards(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	const json_t *list = json_object_get(got->message, "cards");

	got->deliver = true;
	if (memory->generation->empty_cards_fail &&
	    json_array_size(list) == 0) {
		got->failed = true;
		snprintf(got->text, sizeof(got->text), "No cards found.");
	}
}

static void
account(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	got->deliver = true;
	if (*text_or_empty(got->message, "login") == '\0') {
		got->failed = true;
		snprintf(got->text, sizeof(got->text), "No email found");
	}
}

static void
remember_smart(struct bc_memory *memory, const char *evse_id, json_t *value)
{
	value = setting_value(value);
	if (*evse_id != '\0' && value != NULL)
		json_object_set(memory->smart, evse_id, value);
}

static void
points(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	json_t *one;
	size_t i;

	got->deliver = true;
	/* what the account no longer has is forgotten: bounded */
	json_object_clear(memory->smart);
	json_array_foreach(data_of(got->message), i, one)
		remember_smart(memory, text_or_empty(one, "evse_id"),
		    json_object_get(one, "smart_charging"));
}

/* The text of a timestamp becomes ISO 8601 with its offset, "" null. */
static void
rewrite_time(json_t *data, const char *name)
{
	const json_t *value = json_object_get(data, name);
	char text[BC_ISO_TIME_SIZE];
	int64_t at_s;
	int offset;

	if (!json_is_string(value))
		return;
	if (bc_time_read(json_string_value(value), json_string_length(value),
	    &at_s, &offset)) {
		bc_time_iso(at_s, offset, text);
		json_object_set_new(data, name, json_string(text));
	} else {
		json_object_set_new(data, name, json_null());
	}
}

static void
add_current_left(const struct bc_memory *memory, const char *evse_id,
    json_t *data, double current)
{
	bool smart = json_is_true(json_object_get(memory->smart, evse_id));
	double most = number(data, smart ? "smartcharging_max_usage" :
	    "max_usage");

	/* two decimals: enough for the readings, and without binary dust */
	set_number(data, "current_left", bc_round(most - current, 2));
}

static void
status(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	json_t *data = data_of(got->message);
	const char *word = bc_vehicle_status(text_or_empty(data,
	    "vehicle_status"));
	double voltage[BC_PHASES], current[BC_PHASES], volts, amperes;

	got->deliver = true;
	phases(data, "actual_v", voltage);
	phases(data, "actual_p", current);
	volts = bc_average(voltage);
	amperes = bc_average(current);
	set_number(data, "avg_voltage", volts);
	set_number(data, "avg_current", amperes);
	set_number(data, "total_kw", memory->generation->kw_of_average ?
	    bc_kw_of_average(amperes, volts) :
	    bc_kw_of_phases(current, volts));
	if (memory->generation->current_left)
		add_current_left(memory, got->evse_id, data, amperes);
	if (word != NULL)
		json_object_set_new(data, "vehicle_status", json_string(word));
	rewrite_time(data, "start_datetime");
	rewrite_time(data, "stop_datetime");
	rewrite_time(data, "offline_since");
}

static void
flatten(json_t *data, const char *name)
{
	json_t *value = setting_value(json_object_get(data, name));

	if (value != NULL)
		json_object_set(data, name, value);
}

static void
settings(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	const struct bc_generation *generation = memory->generation;
	json_t *data = data_of(got->message);
	json_t *open = setting_value(json_object_get(data,
	    "public_charging"));

	got->deliver = true;
	remember_smart(memory, got->evse_id,
	    json_object_get(data, "smart_charging"));
	if (generation->linked_setting && open != NULL)
		json_object_set_new(data, "linked_charge_cards_only",
		    json_boolean(!json_is_true(open)));
	if (generation->flat_plug)
		flatten(data, "plug_and_charge");
	if (generation->flat_public)
		flatten(data, "public_charging");
}

static void
grid(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	json_t *data = data_of(got->message);
	double current[BC_PHASES];

	got->deliver = true;
	phases(data, "grid_actual_p", current);
	set_number(data, "grid_avg_current", bc_average(current));
	set_number(data, "grid_max_current", bc_largest(current));
}

/* The phases stand at the top: move them into data, then as GRID_STATUS. */
static void
grid_current(struct bc_memory *memory, struct bc_received *got,
    int64_t now_us)
{
	static const char *const names[] = {
		"grid_actual_p1", "grid_actual_p2", "grid_actual_p3",
	};
	json_t *data;

	got->deliver = true;
	if (!memory->generation->grid_current)
		return;
	data = json_object();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_object_set(data, names[i],
		    json_object_get(got->message, names[i]));
		json_object_del(got->message, names[i]);
	}
	json_object_set_new(got->message, "data", data);
	json_object_set_new(got->message, "object",
	    json_string("GRID_STATUS"));
	grid(memory, got, now_us);
}

/* Is it refused?  success false, or an error's text. */
static bool
is_refused(const json_t *message)
{
	return json_is_false(json_object_get(message, "success")) ||
	    *text_or_empty(message, "error") != '\0';
}

/* "start_session rejected for chargepoint: BCU101" */
static void
describe_refusal(struct bc_received *got, const char *action)
{
	const char *error = text_or_empty(got->message, "error");

	got->failed = true;
	add_lower(got->text, sizeof(got->text), action);
	add_lower(got->text, sizeof(got->text), " ");
	add_lower(got->text, sizeof(got->text),
	    *error != '\0' ? error : "failed");
	if (*got->evse_id != '\0')
		snprintf(got->text + strlen(got->text),
		    sizeof(got->text) - strlen(got->text),
		    " for chargepoint: %s", got->evse_id);
}

static void
setting_change(struct bc_memory *memory, struct bc_received *got,
    const char *name, bool negated)
{
	const char *text = text_or_empty(json_object_get(got->message,
	    "result"), "setting");

	got->deliver = true;
	got->stage = BC_STATUS;
	if (is_refused(got->message))
		describe_refusal(got, got->object + strlen("STATUS_"));
	json_object_set_new(got->message, "object", json_string(name));
	json_object_set_new(got->message, "result",
	    json_boolean(contains(text, "true") != negated));
}

static void
public_charging(struct bc_memory *memory, struct bc_received *got,
    int64_t now_us)
{
	bool linked = memory->generation->linked_object;

	setting_change(memory, got, linked ? "LINKED_CHARGE_CARDS_ONLY" :
	    "PUBLIC_CHARGING", linked);
}

static void
plug_and_charge(struct bc_memory *memory, struct bc_received *got,
    int64_t now_us)
{
	setting_change(memory, got, "PLUG_AND_CHARGE", false);
}

/* The charge point's answer to an action. */
static void
action(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	const char *name = got->object + strlen("STATUS_");

	got->deliver = true;
	got->stage = BC_STATUS;
	json_object_set_new(got->message, "object", json_string(name));
	if (is_refused(got->message)) {
		describe_refusal(got, name);
		json_object_set_new(got->message, "error",
		    json_string(got->text));
	}
}

static void
start_session(struct bc_memory *memory, struct bc_received *got,
    int64_t now_us)
{
	action(memory, got, now_us);
	if (!got->failed && memory->generation->dummy)
		got->second = bc_dummy(got->evse_id, now_us);
}

/* A CH_STATUS follows when it worked, so only a refusal is told. */
static void
operative(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	action(memory, got, now_us);
	got->deliver = got->failed;
}

/* The service has the request: worth telling when it refuses at once. */
static void
received(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	const char *error = text_or_empty(got->message, "error");

	got->stage = BC_RECEIVED;
	got->failed = is_refused(got->message);
	got->deliver = got->failed;
	if (!got->failed)
		return;
	snprintf(got->text, sizeof(got->text), "%s", *error != '\0' ? error :
	    "the request was refused");
	json_object_set_new(got->message, "object",
	    json_string(got->object + strlen("RECEIVED_")));
}

static void
fault(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	const json_t *number_of = json_object_get(got->message, "error");
	json_int_t code = json_integer_value(number_of);
	bool known = json_is_integer(number_of) &&
	    code >= 0 && code <= BC_FAULT_LIMIT;
	const char *text = known ? bc_fault_text((int)code) : NULL;

	got->stage = BC_FAULT;
	got->failed = true;
	got->fault = known ? (int)code : -1;
	if (text == NULL)
		text = text_or_empty(got->message, "message");
	snprintf(got->text, sizeof(got->text), "%s",
	    *text != '\0' ? text : bc_fault_text(BC_FAULT_UNKNOWN));
}

static void
split_days(json_t *one, const char *name)
{
	const char *at = json_string_value(json_object_get(one, name));
	json_t *list;

	if (at == NULL)
		return;
	list = json_array();
	while (*at != '\0') {
		size_t n = strcspn(at, ",");

		json_array_append_new(list, json_stringn(at, n));
		at += n + (at[n] == ',');
	}
	json_object_set_new(one, name, list);
}

static void
override_current(struct bc_memory *memory, struct bc_received *got,
    int64_t now_us)
{
	json_t *data = data_of(got->message), *one;
	size_t i;

	got->deliver = true;
	if (json_is_object(data)) {
		split_days(data, "override_start_days");
		split_days(data, "override_end_days");
	}
	json_array_foreach(data, i, one) {
		split_days(one, "override_start_days");
		split_days(one, "override_end_days");
	}
}

/* ---- the table ---- */

enum match { WHOLE, PREFIX, PART };

static const struct object_row {
	enum match	 match;
	const char	*name;
	rewrite		*rewrite;
} objects[] = {
	/* the first that fits */
	{ WHOLE,  "ERROR",                       fault },
	{ WHOLE,  "HELLO",                       quiet },
	{ PREFIX, "RECEIVED_",                   received },
	{ WHOLE,  "CHARGE_CARDS",                cards },
	{ WHOLE,  "ACCOUNT",                     account },
	{ WHOLE,  "CHARGE_POINTS",               points },
	{ WHOLE,  "CH_STATUS",                   status },
	{ WHOLE,  "CH_SETTINGS",                 settings },
	{ WHOLE,  "GRID_STATUS",                 grid },
	{ WHOLE,  "GRID_CURRENT",                grid_current },
	{ WHOLE,  "STATUS_API_TOKEN",            quiet },
	{ WHOLE,  "STATUS_SET_PUBLIC_CHARGING",  public_charging },
	{ WHOLE,  "STATUS_SET_PLUG_AND_CHARGE",  plug_and_charge },
	{ WHOLE,  "STATUS_START_SESSION",        start_session },
	{ WHOLE,  "STATUS_SET_OPERATIVE",        operative },
	{ WHOLE,  "STATUS_SET_INOPERATIVE",      operative },
	{ PREFIX, "STATUS_",                     action },
	{ PART,   "OPERATIVE",                   quiet },
	{ WHOLE,  "LIST_OVERRIDE_CURRENT",       override_current },
	{ WHOLE,  "POST_SET_OVERRIDE_CURRENT",   override_current },
	{ WHOLE,  "POST_EDIT_OVERRIDE_CURRENT",  override_current },
	{ WHOLE,  "POST_CLEAR_OVERRIDE_CURRENT", pass },
};

static bool
matches(const struct object_row *row, const char *object)
{
	switch (row->match) {
	case WHOLE:
		return strcmp(object, row->name) == 0;
	case PREFIX:
		return strncmp(object, row->name, strlen(row->name)) == 0;
	case PART:
		return contains(object, row->name);
	}
	return false;
}

static void
apply(struct bc_memory *memory, struct bc_received *got, int64_t now_us)
{
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		if (matches(&objects[i], got->object)) {
			objects[i].rewrite(memory, got, now_us);
			return;
		}
	}
	got->deliver = !memory->generation->unknown_dropped;
}

/* ---- reading ---- */

static bool
too_deep(const json_t *value, int left)
{
	const char *name;
	json_t *inner;
	size_t i;

	if (left == 0)
		return true;
	if (json_is_object(value)) {
		json_object_foreach((json_t *)value, name, inner)
			if (too_deep(inner, left - 1))
				return true;
	} else {
		json_array_foreach(value, i, inner)
			if (too_deep(inner, left - 1))
				return true;
	}
	return false;
}

static void
bad(struct bc_received *got, const char *why)
{
	got->stage = BC_BAD;
	got->failed = true;
	snprintf(got->text, sizeof(got->text), "%s", why);
}

static void
find_evse_id(struct bc_received *got)
{
	const char *id = text_or_empty(got->message, "evse_id");

	if (*id == '\0')
		id = text_or_empty(data_of(got->message), "evse_id");
	if (*id == '\0') {
		id = text_or_empty(data_of(got->message), "id");
		if (strncmp(id, grid_prefix, strlen(grid_prefix)) == 0)
			id += strlen(grid_prefix);
		else
			id = "";
	}
	snprintf(got->evse_id, sizeof(got->evse_id), "%s", id);
}

void
bc_receive(struct bc_memory *memory, const char *text, size_t n,
    int64_t now_us, struct bc_received *got)
{
	json_error_t error;
	const char *object;

	memset(got, 0, sizeof(*got));
	if (n > BC_MESSAGE_MAX) {
		bad(got, "Received message is too large.");
		return;
	}
	got->message = json_loadb(text, n, 0, &error);
	object = text_or_empty(got->message, "object");
	if (!json_is_object(got->message)) {
		bad(got, "Received message is no JSON object.");
	} else if (too_deep(got->message, BC_DEPTH_MAX)) {
		bad(got, "Received message is nested too deeply.");
	} else if (*object == '\0' || strlen(object) >= sizeof(got->object)) {
		bad(got, "Received message has no object.");
	} else {
		snprintf(got->object, sizeof(got->object), "%s", object);
		find_evse_id(got);
		apply(memory, got, now_us);
	}
}

void
bc_received_clear(struct bc_received *got)
{
	json_decref(got->message);
	json_decref(got->second);
	got->message = got->second = NULL;
}

json_t *
bc_dummy(const char *evse_id, int64_t now_us)
{
	char text[BC_ISO_TIME_SIZE];
	int64_t now_s = now_us / US_PER_S;

	bc_time_iso(now_s, amsterdam_offset(now_s), text);
	return json_pack("{s:s, s:{s:s, s:s}}", "object", "CH_STATUS",
	    "data", "start_datetime", text, "evse_id", evse_id);
}
