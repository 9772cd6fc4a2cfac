/* rc_data: one row per member, one small function per kind of member. */
#include "device/rc_codec.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "api/body.h"
#include "base/times.h"
#include "device/json_tree.h"

enum {
	NAME_MAX_BYTES = 64,	/* of a name in `ignored` */
	SOFTWARE_MAX = 255,
	IP_MAX = 15,
	MS_DIGITS = 1000,
};

/* 2010-01-01: no unit was there before (DESIGN section 6). */
#define FIRST_US	(INT64_C(1262304000) * US_PER_S)
#define BALANCE_MAX	INT64_C(100000000000)	/* seconds; over 3000 years */

struct decoder {
	struct arena	*arena;
	struct report	*report;
	int64_t		 now_us;
};

/* Skip a member: prefix and name, as a reader would write them. */
static void
ignore(struct decoder *d, const char *prefix, const char *name)
{
	report_ignore(&d->report->ignored, arena_printf(d->arena, "%s%.*s",
	    prefix, NAME_MAX_BYTES, name));
}

/* ---- plain values ---- */

/* A whole number in bounds, also when it is written as 3.0. */
static bool
read_int(const json_t *json, int64_t min, int64_t max, int64_t *ret)
{
	double real = json_real_value(json);

	if (json_is_integer(json))
		*ret = json_integer_value(json);
	else if (json_is_real(json) && fabs(real) < 0x1p53 &&
	    floor(real) == real)
		*ret = (int64_t)real;
	else
		return false;
	return *ret >= min && *ret <= max;
}

static bool
read_bool(const json_t *json, struct value *ret)
{
	int64_t number = json_is_true(json);

	if (!json_is_boolean(json) && !read_int(json, 0, 1, &number))
		return false;
	*ret = value_int(number);
	return true;
}

/* A text without control characters. */
static const char *
read_text(struct decoder *d, const json_t *json, size_t max)
{
	const char *text = json_string_value(json);
	size_t i, n = json_string_length(json);

	if (text == NULL || n == 0 || n > max)
		return NULL;
	for (i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return NULL;
	return arena_strndup(d->arena, text, n);
}

/* ---- members of the connection ---- */

static bool
read_date(struct decoder *d, const json_t *json, struct value *ret)
{
	const char *why;
	int64_t at = 0;

	if (json_is_string(json)) {
		if (!time_parse(json_string_value(json),
		    json_string_length(json), &at, NULL, &why))
			return false;
	} else if (read_int(json, 0, INT64_MAX / MS_DIGITS, &at))
		at *= MS_DIGITS;
	else
		return false;
	if (at < FIRST_US || at > d->now_us + US_PER_DAY)
		return false;
	*ret = value_int(at);
	return true;
}

struct int_member {
	const char	*name;
	size_t		 offset;	/* of a struct value */
	int64_t		 min, max;
};

#define CELL(name, min, max) \
	{ #name, offsetof(struct report_cell, name), min, max }
static const struct int_member cell_members[] = {
	CELL(lac, 0, UINT32_MAX), CELL(cid, 0, UINT32_MAX),
	CELL(signal, -1000, 1000), CELL(mcc, 0, 999), CELL(mnc, 0, 999),
};
#undef CELL

#define CONNECTION(name, min, max) \
	{ #name, offsetof(struct report, name), min, max }
static const struct int_member connection_members[] = {
	CONNECTION(mcc, 0, 999), CONNECTION(mnc, 0, 999),
	CONNECTION(frequency, 0, UINT32_MAX),
	CONNECTION(timing_advance, 0, UINT32_MAX),
};
#undef CONNECTION

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Fill the member of this name; false when there is none or it is wrong. */
static bool
read_int_member(const struct int_member *members, size_t n, void *base,
    const char *name, const json_t *json)
{
	int64_t number;
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(name, members[i].name) != 0)
			continue;
		if (!read_int(json, members[i].min, members[i].max, &number))
			return false;
		*(struct value *)((char *)base + members[i].offset) =
		    value_int(number);
		return true;
	}
	return false;
}

static void
read_cell(struct decoder *d, size_t number, json_t *json)
{
	const char *prefix = arena_printf(d->arena, "connection.cells.%zu",
	    number);
	const char *name;
	json_t *value;

	if (number >= REPORT_CELLS_MAX || !json_is_object(json)) {
		ignore(d, prefix, "");
		return;
	}
	prefix = arena_printf(d->arena, "%s.", prefix);
	json_object_foreach(json, name, value)
		if (!json_is_null(value) && !read_int_member(cell_members,
		    COUNT(cell_members), &d->report->cell[number], name, value))
			ignore(d, prefix, name);
}

static bool
read_cells(struct decoder *d, const json_t *json)
{
	size_t i, n = json_array_size(json);

	if (!json_is_array(json))
		return false;
	for (i = 0; i < n && i <= REPORT_CELLS_MAX; i++)
		read_cell(d, i, json_array_get(json, i));
	return true;
}

static bool
read_connection_member(struct decoder *d, const char *name,
    const json_t *json)
{
	if (strcmp(name, "date") == 0)
		return read_date(d, json, &d->report->date_us);
	if (strcmp(name, "cells") == 0)
		return read_cells(d, json);
	return read_int_member(connection_members, COUNT(connection_members),
	    d->report, name, json);
}

/* ---- members of the report; false: wrong as a whole ---- */

static bool
member_connection(struct decoder *d, json_t *json)
{
	const char *name;
	json_t *value;

	if (!json_is_object(json))
		return false;
	json_object_foreach(json, name, value)
		if (!json_is_null(value) &&
		    !read_connection_member(d, name, value))
			ignore(d, "connection.", name);
	return true;
}

static bool
member_software(struct decoder *d, json_t *json)
{
	d->report->software = read_text(d, json, SOFTWARE_MAX);
	return d->report->software != NULL;
}

static bool
member_enabled(struct decoder *d, json_t *json)
{
	return read_bool(json, &d->report->enabled);
}

static bool
member_tamper_enabled(struct decoder *d, json_t *json)
{
	return read_bool(json, &d->report->tamper_enabled);
}

static bool
member_tamper_open(struct decoder *d, json_t *json)
{
	return read_bool(json, &d->report->tamper_open);
}

static bool
in_degrees(const json_t *json, double most)
{
	return json_is_number(json) && fabs(json_number_value(json)) <= most;
}

static bool
member_gps(struct decoder *d, json_t *json)
{
	const json_t *latitude = json_object_get(json, "latitude");
	const json_t *longitude = json_object_get(json, "longitude");

	if (!in_degrees(latitude, 90) || !in_degrees(longitude, 180))
		return false;
	d->report->latitude = value_float(json_number_value(latitude));
	d->report->longitude = value_float(json_number_value(longitude));
	return true;
}

static bool
member_ip_address(struct decoder *d, json_t *json)
{
	const char *text = read_text(d, json, IP_MAX);
	struct in_addr address;

	if (text == NULL || inet_pton(AF_INET, text, &address) != 1)
		return false;
	d->report->ip_address = text;
	return true;
}

static bool
member_balance(struct decoder *d, json_t *json)
{
	int64_t balance;

	if (!read_int(json, 0, BALANCE_MAX, &balance))
		return false;
	d->report->balance_s = value_int(balance);
	return true;
}

/* ---- applied ---- */

static void
read_payment(struct decoder *d, size_t number, const json_t *json)
{
	struct report *report = d->report;
	int64_t id;

	if (report->n_payment_commands < REPORT_IDS_MAX &&
	    read_int(json, 1, INT64_MAX, &id))
		report->payment_command[report->n_payment_commands++] = id;
	else
		ignore(d, "applied.payment_commands.", arena_printf(d->arena,
		    "#%zu", number));
}

static void
read_parameter(struct decoder *d, size_t number, const json_t *json)
{
	const char *kind = json_string_value(json_object_get(json, "kind"));
	struct report *report = d->report;
	struct report_parameter said = { false, 0 };
	bool ok = kind != NULL && report->n_parameters < REPORT_IDS_MAX &&
	    read_int(json_object_get(json, "id"), 1, INT64_MAX, &said.id);

	said.of_part = ok && strcmp(kind, "part") == 0;
	if (ok && (said.of_part || strcmp(kind, "product") == 0))
		report->parameter[report->n_parameters++] = said;
	else
		ignore(d, "applied.parameters.", arena_printf(d->arena,
		    "#%zu", number));
}

static const struct {
	const char	*name;
	void		(*read)(struct decoder *, size_t, const json_t *);
} applied_lists[] = {
	{ "payment_commands", read_payment },
	{ "parameters", read_parameter },
};

static bool
read_applied(struct decoder *d, const char *name, const json_t *json)
{
	size_t i, k, n = json_array_size(json);

	for (i = 0; i < COUNT(applied_lists); i++) {
		if (strcmp(name, applied_lists[i].name) != 0)
			continue;
		/* Behind the last that fits, one is enough to name. */
		for (k = 0; k < n && k <= REPORT_IDS_MAX; k++)
			applied_lists[i].read(d, k, json_array_get(json, k));
		return json_is_array(json);
	}
	return false;
}

static bool
member_applied(struct decoder *d, json_t *json)
{
	const char *name;
	json_t *value;

	if (!json_is_object(json))
		return false;
	json_object_foreach(json, name, value)
		if (!read_applied(d, name, value))
			ignore(d, "applied.", name);
	return true;
}

static const struct {
	const char	*name;
	bool		(*read)(struct decoder *, json_t *);
} members[] = {
	{ "applied", member_applied },
	{ "balance", member_balance },
	{ "connection", member_connection },
	{ "enabled", member_enabled },
	{ "gps", member_gps },
	{ "ip_address", member_ip_address },
	{ "software", member_software },
	{ "tamper_enabled", member_tamper_enabled },
	{ "tamper_open", member_tamper_open },
};

static bool
read_member(struct decoder *d, const char *name, json_t *json)
{
	size_t i;

	for (i = 0; i < COUNT(members); i++)
		if (strcmp(name, members[i].name) == 0)
			return members[i].read(d, json);
	return false;
}

enum helio_rc
rc_decode(struct arena *arena, const char *body, size_t n, int64_t now_us,
    struct report *ret, struct helio_err *err)
{
	struct report report = { .software = NULL };
	struct decoder d = { arena, &report, now_us };
	json_t *json, *value;
	const char *name;
	enum helio_rc rc;

	rc = body_check(body, n, err);
	if (rc != HELIO_OK)
		return rc;
	json = json_tree(body, n);
	if (json == NULL)
		return err_set(err, HELIO_E_DECODE, "The body is no JSON");
	if (!json_is_object(json)) {
		json_decref(json);
		return err_set(err, HELIO_E_BAD, "The body must be an object");
	}
	json_object_foreach(json, name, value)
		if (!json_is_null(value) && !read_member(&d, name, value))
			ignore(&d, "", name);
	json_decref(json);
	*ret = report;
	return HELIO_OK;
}

/* ---- replies ---- */

static void
put_time(struct json_write *json, int64_t now_us)
{
	jw_put_int(json, "server_time", now_us / 1000);
}

void
rc_write_taken(struct json_write *json, int64_t now_us,
    const struct report_ignored *ignored)
{
	size_t i;

	jw_object(json);
	put_time(json, now_us);
	jw_key(json, "ignored");
	jw_array(json);
	for (i = 0; i < ignored->n; i++)
		jw_str(json, ignored->name[i]);
	jw_end(json);
	jw_end(json);
}

static void
write_software(struct json_write *json, const struct offer *offer)
{
	jw_key(json, "software");
	if (offer->software_name == NULL) {
		jw_null(json);
		return;
	}
	jw_object(json);
	jw_put_str(json, "name", offer->software_name);
	jw_put_str(json, "link", offer->software_link);
	jw_put_str(json, "checksum", offer->software_checksum);
	jw_end(json);
}

static void
write_parameters(struct json_write *json, const struct offer *offer)
{
	const struct offer_parameter *parameter;
	size_t i;

	jw_key(json, "parameters");
	jw_array(json);
	for (i = 0; i < offer->n_parameters; i++) {
		parameter = &offer->parameter[i];
		jw_object(json);
		jw_put_str(json, "kind", parameter->kind);
		jw_put_int(json, "id", parameter->id);
		jw_put_str(json, "name", parameter->name);
		jw_put_str(json, "value", parameter->value);
		jw_end(json);
	}
	jw_end(json);
}

void
rc_write_offer(struct json_write *json, int64_t now_us, int64_t poll_after_s,
    const struct offer *offer)
{
	jw_object(json);
	put_time(json, now_us);
	jw_put_bool(json, "enabled", offer->enabled);
	jw_put_bool(json, "tamper_enabled", offer->tamper_enabled);
	write_parameters(json, offer);
	write_software(json, offer);
	/* No credit is given out yet. */
	jw_key(json, "payment_commands");
	jw_array(json);
	jw_end(json);
	jw_put_int(json, "poll_after", poll_after_s);
	jw_end(json);
}
