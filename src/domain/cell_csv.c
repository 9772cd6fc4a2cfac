/* A line of OpenCelliD's CSV. */
#include "domain/cell_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RADIO, MCC, NET, AREA, CELL, UNIT, LON, LAT, RANGE, FIELDS };
enum { NUMBER_MAX = 31 };	/* characters of any number we take */

struct field {
	const char	*s;
	size_t		 n;
};

/* Cut at commas; false when there are fewer than FIELDS. */
static bool
split(const char *s, size_t n, struct field field[FIELDS])
{
	const char *end = s + n, *comma;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		comma = memchr(s, ',', (size_t)(end - s));
		if (comma == NULL)
			comma = end;
		field[i] = (struct field){ s, (size_t)(comma - s) };
		if (comma == end)
			return i == FIELDS - 1;
		s = comma + 1;
	}
	return true;
}

static bool
is(const struct field *field, const char *text)
{
	return field->n == strlen(text) && memcmp(field->s, text,
	    field->n) == 0;
}

/* A whole number of at most 18 digits. */
static bool
read_int(const struct field *field, int64_t *ret)
{
	int64_t v = 0;
	size_t i;

	if (field->n == 0 || field->n > 18)
		return false;
	for (i = 0; i < field->n; i++) {
		if (field->s[i] < '0' || field->s[i] > '9')
			return false;
		v = v * 10 + (field->s[i] - '0');
	}
	*ret = v;
	return true;
}

/* A decimal number within +-limit. */
static bool
read_degrees(const struct field *field, double limit, double *ret)
{
	char text[NUMBER_MAX + 1];
	char *end;
	double v;

	if (field->n == 0 || field->n > NUMBER_MAX)
		return false;
	memcpy(text, field->s, field->n);
	text[field->n] = '\0';
	if (strspn(text, "0123456789.eE+-") != field->n)
		return false;
	v = strtod(text, &end);
	if (*end != '\0' || !isfinite(v) || v < -limit || v > limit)
		return false;
	*ret = v;
	return true;
}

static bool
read_range(const struct field *field, int64_t *ret)
{
	double v;

	*ret = 0;
	if (field->n == 0)
		return true;
	if (!read_degrees(field, 1e7, &v) || v < 0)
		return false;
	*ret = (int64_t)v;
	return true;
}

static const char *
read_fields(const struct field field[FIELDS], struct cell_line *line)
{
	if (!read_int(&field[MCC], &line->id.mcc) ||
	    !read_int(&field[NET], &line->id.mnc) ||
	    !read_int(&field[AREA], &line->id.lac) ||
	    !read_int(&field[CELL], &line->id.cid))
		return "mcc, net, area or cell is no number";
	if (!cell_key(&line->id, &line->key))
		return "mcc, net, area or cell is out of range";
	if (!read_degrees(&field[LON], 180, &line->longitude))
		return "lon is no longitude";
	if (!read_degrees(&field[LAT], 90, &line->latitude))
		return "lat is no latitude";
	if (!read_range(&field[RANGE], &line->range_m))
		return "range is no distance";
	return NULL;
}

enum cell_csv
cell_csv_read(const char *s, size_t n, struct cell_line *ret,
    const char **ret_why)
{
	struct field field[FIELDS];
	struct cell_line line = { .range_m = 0 };
	const char *why;

	while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == '\r'))
		n--;
	if (n == 0)
		return CELL_CSV_OTHER;
	if (!split(s, n, field)) {
		*ret_why = "has fewer than 9 fields";
		return CELL_CSV_BAD;
	}
	if (is(&field[RADIO], "radio") || is(&field[RADIO], "NR"))
		return CELL_CSV_OTHER;
	why = read_fields(field, &line);
	if (why != NULL) {
		*ret_why = why;
		return CELL_CSV_BAD;
	}
	*ret = line;
	return CELL_CSV_CELL;
}
