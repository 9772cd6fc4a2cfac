/* A charge point: its session, its meters and its objects. */
#include <stdio.h>
#include <string.h>

#include "connector/bluecurrent/amsterdam.h"
#include "sandbox/bluecurrent.h"

enum { PHASES = 3, VOLTS = 230, WAVE = 8, WAVE_S = 5, HOUR_S = 3600 };

static const char MODEL[] = "U:MOVE22", KIND[] = "UMOVE";

/* ---- meters ---- */

double
bluecurrent_kwh(const struct bluecurrent_point *point, int64_t now_s)
{
	int64_t end = point->charging ? now_s : point->stop_s;

	if (point->start_s == 0 || end < point->start_s)
		return 0;
	return (double)(end - point->start_s) * (double)point->phases *
	    (double)point->current * VOLTS / HOUR_S / 1000;
}

double
bluecurrent_cost(const struct bluecurrent_point *point, int64_t now_s,
    double price)
{
	return bluecurrent_kwh(point, now_s) * price;
}

/* A small step up and down with time, other for each phase: -3 to 4. */
static int
wave(int phase, int64_t now_s)
{
	static const int steps[WAVE] = { 0, 1, 3, 4, 2, -1, -3, -2 };

	return steps[(now_s / WAVE_S + 3 * phase) % WAVE];
}

double
bluecurrent_current(const struct bluecurrent_point *point, int phase,
    int64_t now_s)
{
	if (!point->charging || phase >= point->phases)
		return 0;
	/* tenths of an ampere around the nominal one */
	return (double)(point->current * 10 + wave(phase, now_s)) / 10;
}

static double
round_to(double value, double unit)
{
	return (double)(int64_t)(value * unit + 0.5) / unit;
}

/* ---- objects ---- */

json_t *
bluecurrent_permitted(json_t *value)
{
	return json_pack("{s:o, s:s}", "value", value, "permission", "write");
}

static json_t *
permitted(bool value)
{
	return bluecurrent_permitted(json_boolean(value));
}

static json_t *
no_card(void)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "uid", "BCU-APP", "id", "",
	    "name", "", "customer_name", "");
}

static const char *
activity(const struct bluecurrent_point *point)
{
	return point->offline ? "offline" : point->broken ? "error" :
	    !point->operative ? "unavailable" :
	    point->charging ? "charging" : "available";
}

static const char *
vehicle_status(const struct bluecurrent_point *point)
{
	return point->broken ? "F" : point->charging ? "C" :
	    point->vehicle ? "B" : "A";
}

json_t *
bluecurrent_point_data(const struct bluecurrent_point *point)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o,"
	    " s:{s:s, s:f, s:f, s:f, s:f, s:s, s:s}, s:o, s:b, s:o, s:b, s:s,"
	    " s:s, s:s, s:o}",
	    "evse_id", point->evse_id, "name", point->name,
	    "model_type", MODEL, "chargepoint_type", KIND,
	    "public_charging", permitted(point->public_charging),
	    "plug_and_charge", permitted(point->plug_and_charge),
	    "default_card", no_card(), "preferred_card", no_card(),
	    "plug_and_charge_card", no_card(),
	    "tariff", "tariff_id", "SANDBOX", "price_ex_vat", 0.29,
	    "start_price_ex_vat", 0.0, "price_in_vat", 0.35,
	    "start_price_in_vat", 0.0, "currency", "EUR",
	    "permission", "write",
	    "publish_location", permitted(false),
	    "plug_and_charge_notification", 0,
	    "led_interaction", permitted(true),
	    "smart_charging", point->smart, "activity", activity(point),
	    "x_coord", "52.0907", "y_coord", "5.1214",
	    "delayed_charging", permitted(false));
}

static json_t *
time_text(int64_t at_s)
{
	char text[BC_WIRE_TIME_SIZE] = "";

	if (at_s != 0)
		bc_time_wire(at_s, text);
	return json_string(text);
}

static void
add_phases(json_t *data, const struct bluecurrent_point *point,
    int64_t now_s)
{
	char name[16];

	for (int i = 0; i < PHASES; i++) {
		bool used = i < point->phases && !point->offline;

		snprintf(name, sizeof(name), "actual_p%d", i + 1);
		json_object_set_new(data, name, json_real(
		    bluecurrent_current(point, i, now_s)));
		snprintf(name, sizeof(name), "actual_v%d", i + 1);
		json_object_set_new(data, name, json_real(
		    used ? VOLTS + (double)wave(i, now_s) / 2 : 0));
	}
}

json_t *
bluecurrent_status_data(const struct bluecurrent_point *point,
    int64_t now_s, double price)
{
	json_t *data = json_object();

	add_phases(data, point, now_s);
	json_object_update_missing_new(data, json_pack(
	    "{s:f, s:s, s:i, s:i, s:i, s:o, s:o, s:o, s:f, s:s, s:s}",
	    "actual_kwh", round_to(bluecurrent_kwh(point, now_s), 100),
	    "activity", activity(point), "max_usage", (int)point->max_usage,
	    "smartcharging_max_usage", (int)point->smart_usage,
	    "max_offline", 10,
	    "offline_since", time_text(point->offline ? point->offline_s : 0),
	    "start_datetime", time_text(point->shown_start_s),
	    "stop_datetime", time_text(point->stop_s),
	    "total_cost",
	    round_to(bluecurrent_cost(point, now_s, price), 100),
	    "vehicle_status", vehicle_status(point),
	    "evse_id", point->evse_id));
	return data;
}

json_t *
bluecurrent_settings_data(const struct bluecurrent_point *point)
{
	json_t *data = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:b,"
	    " s:s, s:s, s:b, s:b, s:o, s:o}",
	    "evse_id", point->evse_id,
	    "plug_and_charge", permitted(point->plug_and_charge),
	    "public_charging", permitted(point->public_charging),
	    "default_card", no_card(), "preferred_card", no_card(),
	    "plug_and_charge_card", no_card(),
	    "smart_charging", point->smart, "smart_charging_dynamic", 0,
	    "model_type", MODEL, "chargepoint_type", KIND,
	    "is_cable", 0, "plug_and_charge_notification", 0,
	    "led_intensity", bluecurrent_permitted(json_integer(50)),
	    "led_interaction", permitted(true));

	json_object_update_missing(data, point->more);
	return data;
}

/* ---- what happens to it ---- */

void
bluecurrent_begin(struct bluecurrent_point *point, const char *card,
    int64_t now_s)
{
	point->charging = point->vehicle = true;
	point->start_s = now_s;
	snprintf(point->card, sizeof(point->card), "%s", card);
}

void
bluecurrent_end(struct bluecurrent_point *point, int64_t now_s)
{
	if (!point->charging)
		return;
	point->charging = false;
	point->stop_s = now_s;
}

void
bluecurrent_leave(struct bluecurrent_point *point, int64_t now_s,
    int64_t seconds)
{
	point->offline = true;
	point->offline_s = now_s;
	point->back_s = seconds > 0 ? now_s + seconds : 0;
}
