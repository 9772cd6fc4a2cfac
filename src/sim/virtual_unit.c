/* What a simulated device decides. */
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "sim/virtual_unit.h"

enum {
	UNHEARD_PERCENT = 5,
	REBOOT_PER_MILLE = 2,
};

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators" (2014). */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Uniform in 0 .. n-1 (n far below 2^32, so the bias is nothing). */
static uint32_t
below(struct virtual_unit *unit, uint32_t n)
{
	return (uint32_t)(next_random(&unit->random) >> 32) % n;
}

void
virtual_unit_init(struct virtual_unit *unit, uint64_t seed, unsigned index,
    int64_t sample_s, int64_t now_s)
{
	uint64_t state = seed * UINT64_C(1000003) + index;

	memset(unit, 0, sizeof(*unit));
	snprintf(unit->imei, sizeof(unit->imei), "99%05u%08u",
	    (unsigned)(seed % 100000), index % 100000000);
	snprintf(unit->device_key, sizeof(unit->device_key), "%08x%016llx",
	    (unsigned)(next_random(&state) >> 32),
	    (unsigned long long)next_random(&state));
	unit->noise = next_random(&state);
	unit->random = state;
	unit->sample_s = sample_s;
	unit->now_s = now_s;
	unit->first_sample_s = now_s;
	snprintf(unit->software, sizeof(unit->software), "hub-stc-6");
	unit->voltage = 12.0 + below(unit, 200) / 100.0;
}

/* The number of a sample among all that the unit ever takes. */
static uint64_t
sample_number(const struct virtual_unit *unit, size_t index)
{
	return (uint64_t)(unit->first_sample_s / unit->sample_s) + index;
}

static bool
was_on(const struct virtual_unit *unit, size_t index)
{
	uint64_t at = sample_number(unit, index) % VIRTUAL_SAMPLES_MAX;

	return unit->was_on[at / 8] >> at % 8 & 1;
}

/* What will be uploaded stays as it was sampled, whatever changes later. */
static void
note_on(struct virtual_unit *unit, size_t index)
{
	uint64_t at = sample_number(unit, index) % VIRTUAL_SAMPLES_MAX;
	uint8_t bit = (uint8_t)(1u << at % 8);

	unit->was_on[at / 8] &= (uint8_t)~bit;
	if (unit->enabled)
		unit->was_on[at / 8] |= bit;
}

static void
sample(struct virtual_unit *unit)
{
	int64_t due = (unit->now_s - unit->first_sample_s) / unit->sample_s;
	int64_t had = (int64_t)unit->n_samples, lost;

	if (due > VIRTUAL_SAMPLES_MAX) {
		lost = due - VIRTUAL_SAMPLES_MAX;
		unit->first_sample_s += lost * unit->sample_s;
		had = had > lost ? had - lost : 0;
		due = VIRTUAL_SAMPLES_MAX;
	}
	for (int64_t i = had; i < due; i++)
		note_on(unit, (size_t)i);
	unit->n_samples = (size_t)due;
}

bool
virtual_unit_advance(struct virtual_unit *unit, int64_t now_s)
{
	int64_t passed = now_s - unit->now_s;

	if (passed <= 0)
		return false;
	unit->now_s = now_s;
	if (unit->enabled)
		unit->balance_s = unit->balance_s > passed ?
		    unit->balance_s - passed : 0;
	sample(unit);
	if (below(unit, 1000) >= REBOOT_PER_MILLE)
		return false;
	unit->reboots++;
	return true;
}

bool
virtual_unit_unheard(struct virtual_unit *unit)
{
	return below(unit, 100) < UNHEARD_PERCENT;
}

static void
write_applied(const struct virtual_unit *unit, struct json_write *json)
{
	jw_key(json, "applied");
	jw_object(json);
	jw_key(json, "payment_commands");
	jw_array(json);
	for (size_t i = 0; i < unit->n_acks; i++)
		jw_int(json, unit->acks[i]);
	jw_end(json);
	jw_key(json, "parameters");
	jw_array(json);
	for (size_t i = 0; i < unit->n_parameters; i++) {
		jw_object(json);
		jw_put_str(json, "kind",
		    unit->parameters[i].of_part ? "part" : "product");
		jw_put_int(json, "id", unit->parameters[i].id);
		jw_end(json);
	}
	jw_end(json);
	jw_end(json);
}

void
virtual_unit_report(const struct virtual_unit *unit, struct buf *out)
{
	struct json_write json;

	jw_start(&json, out);
	jw_object(&json);
	jw_put_str(&json, "software", unit->software);
	jw_put_bool(&json, "enabled", unit->enabled);
	jw_put_bool(&json, "tamper_enabled", unit->tamper_enabled);
	jw_put_bool(&json, "tamper_open", false);
	jw_put_int(&json, "balance", unit->balance_s);
	jw_key(&json, "connection");
	jw_object(&json);
	jw_put_int(&json, "mcc", 635);
	jw_put_int(&json, "mnc", 10);
	jw_end(&json);
	write_applied(unit, &json);
	if (unit->zero_id != 0) {
		jw_key(&json, "final_balance");
		jw_object(&json);
		jw_put_int(&json, "zero_command_id", unit->zero_id);
		jw_put_int(&json, "final_balance", unit->final_balance_s);
		jw_put_int(&json, "total_added", unit->final_added_s);
		jw_end(&json);
	}
	jw_end(&json);
}

void
virtual_unit_reported(struct virtual_unit *unit)
{
	unit->n_acks = 0;
	unit->n_parameters = 0;
	unit->zero_id = 0;
}

/* A flag in the answer; true when it was news. */
static bool
obey_flag(const json_t *data, const char *name, bool *flag)
{
	const json_t *wanted = json_object_get(data, name);

	if (!json_is_boolean(wanted) || json_is_true(wanted) == *flag)
		return false;
	*flag = json_is_true(wanted);
	return true;
}

static bool
parameter_noted(const struct virtual_unit *unit,
    const struct virtual_parameter *parameter)
{
	for (size_t i = 0; i < unit->n_parameters; i++)
		if (unit->parameters[i].id == parameter->id &&
		    unit->parameters[i].of_part == parameter->of_part)
			return true;
	return false;
}

static bool
obey_parameters(struct virtual_unit *unit, const json_t *list)
{
	bool news = false;

	for (size_t i = 0; i < json_array_size(list) &&
	    unit->n_parameters < VIRTUAL_ACKS_MAX; i++) {
		const json_t *one = json_array_get(list, i);
		const char *kind =
		    json_string_value(json_object_get(one, "kind"));
		struct virtual_parameter parameter = {
			.of_part = kind != NULL && strcmp(kind, "part") == 0,
			.id = json_integer_value(json_object_get(one, "id")),
		};

		if (kind == NULL)
			continue;
		if (!parameter_noted(unit, &parameter))
			unit->parameters[unit->n_parameters++] = parameter;
		news = true;
	}
	return news;
}

static void
apply_zero(struct virtual_unit *unit, int64_t id)
{
	unit->zero_id = id;
	unit->final_balance_s = unit->balance_s;
	unit->final_added_s = unit->added_s;
	unit->balance_s = 0;
	unit->added_s = 0;
}

/* Add, and stay where it is rather than wrap around. */
static void
add(int64_t *sum, int64_t value)
{
	int64_t result;

	if (!__builtin_add_overflow(*sum, value, &result))
		*sum = result;
}

static void
acknowledge(struct virtual_unit *unit, int64_t id)
{
	for (size_t i = 0; i < unit->n_acks; i++)
		if (unit->acks[i] == id)
			return;
	unit->acks[unit->n_acks++] = id;
}

/*
 * One payment command, in id order; each at most once (DESIGN section 6).
 * A zero-command is acknowledged by its final balance alone.
 */
static bool
obey_payment(struct virtual_unit *unit, const json_t *command)
{
	int64_t id = json_integer_value(json_object_get(command, "id"));
	int64_t value = json_integer_value(json_object_get(command, "value"));
	const char *category =
	    json_string_value(json_object_get(command, "category"));

	bool news = id > unit->applied_id;

	if (category == NULL || unit->n_acks == VIRTUAL_ACKS_MAX)
		return false;
	if (news)
		unit->applied_id = id;
	if (strcmp(category, "zero-command") == 0) {
		if (news)
			apply_zero(unit, id);
		return news;
	}
	if (news && strcmp(category, "force-reset") == 0)
		unit->balance_s = unit->added_s = value = 0;
	if (news) {
		add(&unit->balance_s, value);
		add(&unit->added_s, value);
	}
	acknowledge(unit, id);
	return true;
}

static bool
obey_software(struct virtual_unit *unit, const json_t *software)
{
	const char *name =
	    json_string_value(json_object_get(software, "name"));

	if (name == NULL || strcmp(name, unit->software) == 0)
		return false;
	snprintf(unit->software, sizeof(unit->software), "%s", name);
	return true;
}

bool
virtual_unit_obey(struct virtual_unit *unit, const json_t *data)
{
	const json_t *payments = json_object_get(data, "payment_commands");
	bool news;

	news = obey_flag(data, "enabled", &unit->enabled);
	news |= obey_flag(data, "tamper_enabled", &unit->tamper_enabled);
	news |= obey_parameters(unit, json_object_get(data, "parameters"));
	news |= obey_software(unit, json_object_get(data, "software"));
	for (size_t i = 0; i < json_array_size(payments); i++)
		news |= obey_payment(unit, json_array_get(payments, i));
	return news;
}

/* What is measured: a series round a centre, in volt, ampere, degrees. */
struct series {
	const char	*name;
	double		 centre[2];	/* while off, while on */
	uint32_t	 spread;	/* hundredths to either side */
};

/* Its noise is a function of the sample's number. */
static double
measure(const struct virtual_unit *unit, const struct series *series,
    size_t index)
{
	uint64_t state = unit->noise + ((uint64_t)series->name[0] << 32) +
	    sample_number(unit, index);
	uint32_t noise = (uint32_t)(next_random(&state) >> 32) %
	    (2 * series->spread + 1);

	/* whole hundredths, so that the text stays short */
	return (100 * series->centre[was_on(unit, index)] + noise -
	    series->spread) / 100;
}

static void
write_series(const struct virtual_unit *unit, struct json_write *json,
    const struct series *series)
{
	jw_key(json, series->name);
	jw_array(json);
	for (size_t i = 0; i < unit->n_samples; i++)
		jw_real(json, measure(unit, series, i));
	jw_end(json);
}

bool
virtual_unit_samples(const struct virtual_unit *unit, struct buf *out)
{
	const struct series series[] = {
		{ "voltage", { unit->voltage, unit->voltage }, 20 },
		{ "current", { 0.1, 1.5 }, 10 },
		{ "temperature", { 25.0, 25.0 }, 150 },
	};
	struct json_write json;

	if (unit->n_samples == 0)
		return false;
	jw_start(&json, out);
	jw_object(&json);
	jw_put_str(&json, "measurement", "telemetry");
	jw_put_int(&json, "start", unit->first_sample_s * 1000);
	jw_put_int(&json, "interval", unit->sample_s * 1000);
	jw_key(&json, "fields");
	jw_object(&json);
	for (size_t i = 0; i < sizeof(series) / sizeof(series[0]); i++)
		write_series(unit, &json, &series[i]);
	jw_end(&json);
	jw_end(&json);
	return true;
}

void
virtual_unit_uploaded(struct virtual_unit *unit)
{
	unit->first_sample_s += (int64_t)unit->n_samples * unit->sample_s;
	unit->n_samples = 0;
}
