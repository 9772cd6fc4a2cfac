/*
 * Uploads to batches: the two JSON forms of an upload, strictly (an API
 * caller) or point by point (a unit).  No I/O.
 */
#include <stdio.h>
#include <string.h>

#include "base/json_read.h"
#include "base/times.h"
#include "base/utf8.h"
#include "telemetry/layout.h"
#include "telemetry/telemetry.h"

enum {
	ECHO_MAX = 64,		/* bytes of a bad point that are repeated */
	MS_DIGITS_MIN = 11,	/* a text of so many digits is milliseconds */
};

/* 2010-01-01: no unit of ours has measured anything before (DESIGN 6). */
#define FIRST_NS	(INT64_C(1262304000) * 1000000000)
#define DAY_NS		(INT64_C(86400) * 1000000000)
#define NS_PER_MS	INT64_C(1000000)

struct decoder {
	struct arena	*arena;
	struct json_read in;
	enum telemetry_mode mode;
	int64_t		 latest_ns;	/* lenient: later is rejected */
	struct telemetry_batch *batch;
	struct telemetry_rejects *rejects;
	struct helio_err *err;
	size_t		 cap_series;
	size_t		 points;	/* in all series, rejected ones too */
	/* regular samples */
	bool		 regular, has_start;
	int64_t		 start_ns, interval_ns;
	const char	*time;		/* of the point at hand, JSON as sent */
	size_t		 time_n;
	/* where the values of "fields" begin */
	const char	*fields, *fields_end;
};

static bool
name_valid(const char *s, size_t n)
{
	if (n == 0 || n > TELEMETRY_NAME_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return true;
}

/* DESIGN section 6: tag values are [A-Za-z0-9_.:-]+, names likewise. */
static bool
tag_valid(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= TELEMETRY_NAME_MAX &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_.:-") == n;
}

bool
telemetry_set_tag(struct telemetry_batch *batch, const char *name,
    const char *value)
{
	size_t at = 0;

	while (at < batch->n_tags && strcmp(batch->tags[at].name, name) < 0)
		at++;
	if (at == batch->n_tags || strcmp(batch->tags[at].name, name) != 0) {
		if (batch->n_tags == TELEMETRY_TAGS_MAX)
			return false;
		memmove(&batch->tags[at + 1], &batch->tags[at],
		    (batch->n_tags - at) * sizeof(batch->tags[0]));
		batch->n_tags++;
	}
	batch->tags[at].name = name;
	batch->tags[at].value = value;
	return true;
}

size_t
telemetry_count(const struct telemetry_batch *batch)
{
	size_t n = 0;

	for (size_t i = 0; i < batch->n_series; i++)
		n += batch->series[i].n;
	return n;
}

static bool
is_scalar(enum json_token token)
{
	return token >= JR_STRING;
}

/* Pass over the rest of a value whose first token was just read. */
static bool
skip_value(struct decoder *d, enum json_token token)
{
	if (token == JR_OBJECT || token == JR_ARRAY)
		return jr_skip(&d->in);
	return is_scalar(token);
}

/* The time of the point at hand as it was sent, cut. */
static const char *
echo_time(const struct decoder *d)
{
	if (d->time == NULL || d->time_n > ECHO_MAX)
		return NULL;
	return arena_strndup(d->arena, d->time, d->time_n);
}

void
telemetry_add_reject(struct arena *arena, struct telemetry_rejects *rejects,
    const struct telemetry_reject *reject)
{
	struct telemetry_reject *grown;

	if (rejects->n == TELEMETRY_REJECTS_MAX)
		return;
	if (rejects->n == rejects->cap) {
		rejects->cap = rejects->cap > 0 ? 2 * rejects->cap : 16;
		grown = arena_alloc(arena, rejects->cap * sizeof(*grown));
		if (rejects->n > 0)
			memcpy(grown, rejects->reject,
			    rejects->n * sizeof(*grown));
		rejects->reject = grown;
	}
	rejects->reject[rejects->n++] = *reject;
}

/* A bad point: a fault, or set aside; json is what was sent. */
static void
refuse(struct decoder *d, const char *field, const char *json, size_t n,
    const char *reason)
{
	if (n > ECHO_MAX)
		n = ECHO_MAX;
	while (n > 0 && !utf8_valid(json, n))
		n--;
	if (d->mode == TELEMETRY_STRICT) {
		err_field(d->err, field, "%s: %.*s", reason, (int)n, json);
		return;
	}
	telemetry_add_reject(d->arena, d->rejects, &(struct telemetry_reject){
		.field = field, .point = arena_strndup(d->arena, json, n),
		.time = echo_time(d), .reason = reason,
	});
}

/* ---- tags ---- */

/* A unit's bad tag is set aside as a bad point is. */
static void
refuse_tag(struct decoder *d, const char *name, const char *reason)
{
	if (d->mode == TELEMETRY_LENIENT)
		refuse(d, "tags", name, strlen(name), reason);
	else
		err_field(d->err, "tags", "'%.40s' %s", name, reason);
}

static void
read_tag(struct decoder *d, const char *name)
{
	char number[32];
	const char *value;

	switch (jr_next(&d->in)) {
	case JR_STRING:
		value = arena_strndup(d->arena, d->in.text, d->in.n);
		break;
	case JR_INT:
		snprintf(number, sizeof(number), "%lld", (long long)d->in.i);
		value = arena_strdup(d->arena, number);
		break;
	case JR_OBJECT:
	case JR_ARRAY:
		jr_skip(&d->in);
		/* FALLTHROUGH */
	default:
		value = "";
	}
	if (!tag_valid(name) || !tag_valid(value))
		refuse_tag(d, name,
		    "must be letters, digits, '_', '.', ':' and '-'");
	else if (strcmp(name, "time") == 0)
		refuse_tag(d, name, "is no name for a tag");
	else if (!telemetry_set_tag(d->batch, name, value))
		refuse_tag(d, name, "is one tag too many");
}

static void
read_tags(struct decoder *d)
{
	enum json_token token = jr_next(&d->in);

	if (token == JR_NULL)
		return;
	if (token != JR_OBJECT) {
		refuse_tag(d, "tags", "must be an object");
		skip_value(d, token);
		return;
	}
	while (jr_next(&d->in) == JR_KEY)
		read_tag(d, arena_strndup(d->arena, d->in.text, d->in.n));
}

/* ---- the head: everything but the samples ---- */

static void
read_measurement(struct decoder *d)
{
	enum json_token token = jr_next(&d->in);

	if (token == JR_STRING && name_valid(d->in.text, d->in.n))
		d->batch->measurement = arena_strndup(d->arena, d->in.text,
		    d->in.n);
	else
		err_field(d->err, "measurement",
		    "must be a text of 1 to %d characters",
		    TELEMETRY_NAME_MAX);
	if (!is_scalar(token))
		skip_value(d, token);
}

/* Milliseconds as an integer or a real; false when out of range. */
static bool
ms_to_ns(const struct decoder *d, enum json_token token, int64_t *ret)
{
	int64_t ms;

	if (token == JR_INT)
		return !__builtin_mul_overflow(d->in.i, NS_PER_MS, ret);
	if (token != JR_REAL || d->in.f > 9e12 || d->in.f < -9e12)
		return false;
	/* whole milliseconds apart: a double has too few digits for ns */
	ms = (int64_t)d->in.f;
	*ret = ms * NS_PER_MS + (int64_t)((d->in.f - (double)ms) * 1e6);
	return true;
}

static void
read_ms(struct decoder *d, const char *member, int64_t *ret)
{
	enum json_token token = jr_next(&d->in);

	if (!ms_to_ns(d, token, ret))
		err_field(d->err, member, "must be a number of milliseconds");
	if (!is_scalar(token))
		skip_value(d, token);
}

/* Remember where the samples are; they are read when the rest is known. */
static void
note_fields(struct decoder *d)
{
	enum json_token token;

	while (d->in.at < d->in.end && strchr(" \t\r\n", *d->in.at) != NULL)
		d->in.at++;
	d->fields = d->in.at;
	token = jr_next(&d->in);
	if (token != JR_OBJECT) {
		err_field(d->err, "fields", "must be an object");
		d->fields = NULL;
	}
	skip_value(d, token);
	d->fields_end = d->in.at;
}

static void
read_member(struct decoder *d)
{
	static const char *const names[] = {
		"measurement", "tags", "fields", "start", "interval",
	};
	size_t i;

	for (i = 0; i < 5; i++)
		if (d->in.n == strlen(names[i]) &&
		    memcmp(d->in.text, names[i], d->in.n) == 0)
			break;
	switch (i) {
	case 0:
		read_measurement(d);
		break;
	case 1:
		read_tags(d);
		break;
	case 2:
		note_fields(d);
		break;
	case 3:
		d->regular = d->has_start = true;
		read_ms(d, "start", &d->start_ns);
		break;
	case 4:
		d->regular = true;
		read_ms(d, "interval", &d->interval_ns);
		break;
	default:
		jr_skip(&d->in);
	}
}

static enum helio_rc
read_head(struct decoder *d)
{
	enum json_token token = jr_next(&d->in);

	if (token != JR_OBJECT && token != JR_ERROR)
		return err_set(d->err, HELIO_E_DECODE,
		    "Unable to decode data: an upload is a JSON object");
	while (token != JR_ERROR && (token = jr_next(&d->in)) == JR_KEY)
		read_member(d);
	if (token != JR_OBJECT_END || jr_next(&d->in) != JR_END)
		return err_set(d->err, HELIO_E_DECODE,
		    "Unable to decode data: %s",
		    d->in.error ? d->in.error : "unexpected end");
	if (d->batch->measurement == NULL)
		err_field(d->err, "measurement", "is required");
	if (d->fields == NULL)
		err_field(d->err, "fields", "is required");
	if (d->regular && !d->has_start)
		err_field(d->err, "start", "is required with interval");
	if (d->regular && d->interval_ns <= 0)
		err_field(d->err, "interval", "must be above 0");
	return d->err->n_faults > 0 ? HELIO_E_INVALID : HELIO_OK;
}

/* ---- samples ---- */

static bool
all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

/* A time as text: milliseconds when it is a long number, else a date. */
static const char *
text_time(const struct decoder *d, int64_t *ret)
{
	const char *why = "is no time";
	int64_t ms = 0;

	if (d->in.n >= MS_DIGITS_MIN && d->in.n <= 15 &&
	    all_digits(d->in.text, d->in.n)) {
		for (size_t i = 0; i < d->in.n; i++)
			ms = ms * 10 + (d->in.text[i] - '0');
		if (__builtin_mul_overflow(ms, NS_PER_MS, ret))
			return "is out of range";
		return NULL;
	}
	if (time_parse(d->in.text, d->in.n, NULL, ret, &why))
		return NULL;
	return why;
}

/* Why a time cannot be that of a sample, or NULL. */
static const char *
time_refused(const struct decoder *d, int64_t at_ns)
{
	if (d->mode != TELEMETRY_LENIENT)
		return NULL;
	if (at_ns < FIRST_NS)
		return "is before 2010";
	if (at_ns > d->latest_ns)
		return "is more than a day ahead";
	return NULL;
}

/* The time token was read; why it is refused, or NULL. */
static const char *
read_time(struct decoder *d, enum json_token token, int64_t *ret)
{
	const char *why = NULL;

	if (token == JR_STRING)
		why = text_time(d, ret);
	else if (!ms_to_ns(d, token, ret))
		why = "is no time";
	return why != NULL ? why : time_refused(d, *ret);
}

/* The value token was read; why it is refused, or NULL. */
static const char *
read_value(struct decoder *d, enum json_token token,
    struct telemetry_point *ret)
{
	switch (token) {
	case JR_INT:
		ret->value = value_int(d->in.i);
		return NULL;
	case JR_REAL:
		ret->value = value_float(d->in.f);
		return NULL;
	case JR_HUGE:
		return "is out of range";
	case JR_TRUE:
	case JR_FALSE:
		ret->value = value_int(token == JR_TRUE);
		ret->is_bool = true;
		return NULL;
	case JR_STRING:
		if (d->in.n > TELEMETRY_TEXT_MAX)
			return "text value is too long";
		ret->value = value_textn(arena_strndup(d->arena, d->in.text,
		    d->in.n), d->in.n);
		return NULL;
	default:
		return "has no number, text or flag as value";
	}
}

static struct telemetry_point *
next_point(struct decoder *d, struct telemetry_series *series, size_t *cap)
{
	struct telemetry_point *grown;

	if (series->n == *cap) {
		*cap = *cap > 0 ? 2 * *cap : 64;
		grown = arena_alloc(d->arena, *cap * sizeof(*grown));
		if (series->n > 0)
			memcpy(grown, series->points,
			    series->n * sizeof(*grown));
		series->points = grown;
	}
	series->points[series->n] = (struct telemetry_point){ 0 };
	return &series->points[series->n];
}

/* Skip blanks and a comma, so that an error can repeat just the point. */
static const char *
point_start(const struct decoder *d)
{
	const char *at = d->in.at;

	while (at < d->in.end && strchr(" \t\r\n,", *at) != NULL)
		at++;
	return at;
}

/*
 * The two tokens of a pair, its array already opened.  Reads to the end of
 * the pair whatever it holds.
 */
static const char *
read_pair_body(struct decoder *d, struct telemetry_point *point)
{
	const char *start = point_start(d), *why;
	enum json_token token = jr_next(&d->in);

	if (token == JR_ARRAY_END)
		return "is not a [time, value] pair";
	why = read_time(d, token, &point->at_ns);
	skip_value(d, token);
	d->time = start;
	d->time_n = (size_t)(d->in.at - start);
	token = jr_next(&d->in);
	if (token == JR_ARRAY_END)
		return "is not a [time, value] pair";
	if (why == NULL)
		why = read_value(d, token, point);
	skip_value(d, token);
	while ((token = jr_next(&d->in)) != JR_ARRAY_END &&
	    token != JR_ERROR) {
		why = "is not a [time, value] pair";
		skip_value(d, token);
	}
	return why;
}

static const char *
read_pair(struct decoder *d, enum json_token token,
    struct telemetry_point *point)
{
	if (token == JR_ARRAY)
		return read_pair_body(d, point);
	skip_value(d, token);
	return "is not a [time, value] pair";
}

/* The time a regular sample has, for the refusal of it. */
static void
note_time(struct decoder *d, int64_t at_ns)
{
	d->time = arena_printf(d->arena, "%lld",
	    (long long)(at_ns / NS_PER_MS));
	d->time_n = strlen(d->time);
}

/* The index-th regular sample; null is no sample: *skip. */
static const char *
read_sample(struct decoder *d, enum json_token token, size_t index,
    struct telemetry_point *point, bool *skip)
{
	const char *why;
	int64_t offset;

	*skip = token == JR_NULL;
	if (*skip)
		return NULL;
	if (__builtin_mul_overflow(d->interval_ns, (int64_t)index, &offset) ||
	    __builtin_add_overflow(d->start_ns, offset, &point->at_ns)) {
		skip_value(d, token);
		return "is out of range";
	}
	why = time_refused(d, point->at_ns);
	if (why == NULL)
		why = read_value(d, token, point);
	if (why != NULL)
		note_time(d, point->at_ns);
	skip_value(d, token);
	return why;
}

static enum helio_rc
read_points(struct decoder *d, struct telemetry_series *series)
{
	size_t cap = 0, index = 0;

	for (;; index++) {
		struct telemetry_point *point = next_point(d, series, &cap);
		const char *start = point_start(d), *why;
		enum json_token token = jr_next(&d->in);
		bool skip = false;

		d->time = NULL;
		if (token == JR_ARRAY_END || token == JR_ERROR)
			return HELIO_OK;
		if (++d->points > TELEMETRY_POINTS_MAX)
			return err_field(d->err, series->field,
			    "more than %d values in one upload",
			    TELEMETRY_POINTS_MAX);
		if (d->regular)
			why = read_sample(d, token, index, point, &skip);
		else
			why = read_pair(d, token, point);
		if (why != NULL)
			refuse(d, series->field, start,
			    (size_t)(d->in.at - start), why);
		else if (!skip)
			series->n++;
	}
}

static struct telemetry_series *
next_series(struct decoder *d)
{
	struct telemetry_batch *batch = d->batch;
	struct telemetry_series *grown;

	if (batch->n_series == d->cap_series) {
		d->cap_series = d->cap_series > 0 ? 2 * d->cap_series : 16;
		grown = arena_alloc(d->arena, d->cap_series * sizeof(*grown));
		if (batch->n_series > 0)
			memcpy(grown, batch->series,
			    batch->n_series * sizeof(*grown));
		batch->series = grown;
	}
	return &batch->series[batch->n_series];
}

/* One member of "fields", its name just read. */
static enum helio_rc
read_field(struct decoder *d)
{
	struct telemetry_series *series = next_series(d);
	bool valid = name_valid(d->in.text, d->in.n);
	const char *start;
	enum json_token token;

	series->field = arena_strndup(d->arena, d->in.text,
	    valid ? d->in.n : (d->in.n < 40 ? d->in.n : 0));
	valid = valid && !telemetry_is_reserved(series->field);
	start = d->in.at;
	token = jr_next(&d->in);
	if (!valid || token != JR_ARRAY) {
		skip_value(d, token);
		refuse(d, series->field, start, (size_t)(d->in.at - start),
		    valid ? "must be a list" : "is no name for a field");
		return HELIO_OK;
	}
	if (d->batch->n_series == TELEMETRY_FIELDS_MAX)
		return err_field(d->err, series->field,
		    "more than %d fields in one upload", TELEMETRY_FIELDS_MAX);
	d->batch->n_series++;
	return read_points(d, series);
}

static enum helio_rc
read_fields(struct decoder *d)
{
	enum helio_rc rc = HELIO_OK;

	jr_free(&d->in);
	jr_init(&d->in, d->fields, (size_t)(d->fields_end - d->fields));
	jr_next(&d->in);
	while (rc == HELIO_OK && jr_next(&d->in) == JR_KEY)
		rc = read_field(d);
	if (rc == HELIO_OK && d->err->n_faults > 0)
		rc = HELIO_E_INVALID;
	return rc;
}

enum helio_rc
telemetry_decode(struct arena *arena, const char *body, size_t n,
    enum telemetry_mode mode, int64_t now_us, struct telemetry_batch *ret,
    struct telemetry_rejects *rejects, struct helio_err *err)
{
	struct telemetry_batch batch = { 0 };
	struct telemetry_rejects none = { 0 };
	struct decoder d = {
		.arena = arena, .mode = mode, .batch = &batch,
		.rejects = &none, .err = err,
		.latest_ns = now_us * NS_PER_US + DAY_NS,
	};
	enum helio_rc rc;

	jr_init(&d.in, body, n);
	rc = read_head(&d);
	if (rc == HELIO_OK)
		rc = read_fields(&d);
	jr_free(&d.in);
	if (rc != HELIO_OK)
		return rc;
	*ret = batch;
	if (rejects != NULL)
		*rejects = none;
	return HELIO_OK;
}
