/* One row as a line of JSON, and back; see line.h. */
#include "store/line.h"

#include <string.h>

#include "base/json_read.h"
#include "base/times.h"
#include "base/utf8.h"
#include "store/row_json.h"

/* ---- writing ---- */

void
line_write(struct buf *out, const struct row *row)
{
	struct json_write w;

	jw_start(&w, out);
	jw_object(&w);
	jw_put_str(&w, "table", row->table->name);
	jw_key(&w, "row");
	row_write_export(&w, row);
	jw_end(&w);
	buf_addc(out, '\n');
}

/* ---- reading one value ---- */

struct reader {
	struct json_read json;
	struct arena	*arena;
	struct row	*row;
	struct helio_err *err;
};

/* NULL when the token was right for the type, else what was expected. */
typedef const char *(*value_fn)(struct reader *, enum json_token,
	    const struct schema_field *, struct value *ret);

static const char *
read_int(struct reader *r, enum json_token token, const struct schema_field *f,
    struct value *ret)
{
	(void)f;
	*ret = value_int(r->json.i);
	return token == JR_INT ? NULL : "must be a whole number";
}

static const char *
read_float(struct reader *r, enum json_token token,
    const struct schema_field *f, struct value *ret)
{
	(void)f;
	*ret = value_float(token == JR_INT ? (double)r->json.i : r->json.f);
	return token == JR_INT || token == JR_REAL ? NULL : "must be a number";
}

static const char *
read_bool(struct reader *r, enum json_token token,
    const struct schema_field *f, struct value *ret)
{
	(void)r;
	(void)f;
	*ret = value_int(token == JR_TRUE);
	return token == JR_TRUE || token == JR_FALSE ? NULL :
	    "must be true or false";
}

static bool
is_option(const struct schema_field *f, struct value v)
{
	if (f->options == NULL)
		return true;
	for (size_t i = 0; f->options[i] != NULL; i++)
		if (value_equal(v, value_text(f->options[i])))
			return true;
	return false;
}

static const char *
read_text(struct reader *r, enum json_token token,
    const struct schema_field *f, struct value *ret)
{
	size_t n = r->json.n;

	if (token != JR_STRING)
		return "must be a text";
	if (memchr(r->json.text, '\0', n) != NULL)
		return "must not contain a NUL character";
	if (f->max_len != 0 && utf8_count(r->json.text, n) > f->max_len)
		return arena_printf(r->arena, "must have at most %u characters",
		    f->max_len);
	*ret = value_textn(arena_strndup(r->arena, r->json.text, n), n);
	return is_option(f, *ret) ? NULL : "is none of the options";
}

static const char *
read_time(struct reader *r, enum json_token token,
    const struct schema_field *f, struct value *ret)
{
	const char *why = "must be a time";

	(void)f;
	if (token != JR_STRING)
		return why;
	ret->type = VALUE_INT;
	return time_parse(r->json.text, r->json.n, &ret->i, NULL, &why) ?
	    NULL : why;
}

static const char *
read_date(struct reader *r, enum json_token token,
    const struct schema_field *f, struct value *ret)
{
	const char *why = read_time(r, token, f, ret);
	int64_t days;

	if (why != NULL)
		return why;
	days = ret->i / US_PER_DAY;
	ret->i = days - (ret->i % US_PER_DAY < 0);
	return NULL;
}

/* The text of a JSON value without the blanks between its tokens. */
static struct value
squeeze(struct arena *arena, const char *s, const char *end)
{
	char *out = arena_alloc(arena, (size_t)(end - s) + 1), *to = out;
	bool quoted = false;

	for (; s < end; s++) {
		if (!quoted && memchr(" \t\r\n", *s, 4) != NULL)
			continue;
		if (quoted && *s == '\\')
			*to++ = *s++;
		else if (*s == '"')
			quoted = !quoted;
		*to++ = *s;
	}
	return value_textn(out, (size_t)(to - out));
}

static const value_fn value_fns[] = {
	[FIELD_INT] = read_int,
	[FIELD_FLOAT] = read_float,
	[FIELD_BOOL] = read_bool,
	[FIELD_TEXT] = read_text,
	[FIELD_DATETIME] = read_time,
	[FIELD_DATE] = read_date,
	[FIELD_DURATION] = read_float,
};

static bool
read_json(struct reader *r, struct value *ret)
{
	const char *start = r->json.at;

	if (!jr_skip(&r->json))
		return false;
	*ret = squeeze(r->arena, start, r->json.at);
	if (value_equal(*ret, value_text("null")))
		*ret = value_null();
	return true;
}

/* False: not JSON.  A value that does not fit is a fault. */
static bool
read_value(struct reader *r, const struct schema_field *f)
{
	struct value v = value_null();
	enum json_token token;
	const char *why;

	if (f->type == FIELD_JSON) {
		if (!read_json(r, &v))
			return false;
		if (f->list && v.type == VALUE_TEXT && v.s[0] != '[')
			(void)err_field(r->err, f->name, "must be a list");
	} else if ((token = jr_next(&r->json)) == JR_ERROR) {
		return false;
	} else if (token != JR_NULL) {
		why = value_fns[f->type](r, token, f, &v);
		if (why != NULL)
			(void)err_field(r->err, f->name, "%s", why);
		if (token == JR_OBJECT || token == JR_ARRAY)
			return jr_skip(&r->json);
	}
	r->row->v[f->index] = v;
	r->row->set |= UINT64_C(1) << f->index;
	return true;
}

static bool
read_row(struct reader *r, const char *s, const char *end)
{
	const struct schema_field *f;
	enum json_token token;

	jr_init(&r->json, s, (size_t)(end - s));
	if (jr_next(&r->json) != JR_OBJECT)
		return false;
	while ((token = jr_next(&r->json)) == JR_KEY) {
		f = schema_fieldn(r->row->table, r->json.text, r->json.n);
		if (f == NULL) {
			(void)err_field(r->err, arena_strndup(r->arena,
			    r->json.text, r->json.n), "there is no such field");
			if (!jr_skip(&r->json))
				return false;
		} else if (!read_value(r, f)) {
			return false;
		}
	}
	return token == JR_OBJECT_END;
}

/* ---- reading a line ---- */

/* The two members; the row as the span of its text. */
struct parts {
	const char	*table;
	const char	*row, *row_end;
};

static bool
read_part(struct json_read *j, struct arena *arena, struct parts *p)
{
	const char *start;
	bool is_row = j->n == 3 && memcmp(j->text, "row", 3) == 0;

	if (j->n == 5 && memcmp(j->text, "table", 5) == 0) {
		if (jr_next(j) != JR_STRING)
			return false;
		p->table = arena_strndup(arena, j->text, j->n);
		return true;
	}
	start = j->at;
	if (!is_row || !jr_skip(j))
		return false;
	p->row = start;
	p->row_end = j->at;
	return true;
}

static bool
read_parts(struct arena *arena, const char *s, size_t n, struct parts *p)
{
	struct json_read j;
	enum json_token token;
	bool ok;

	jr_init(&j, s, n);
	ok = jr_next(&j) == JR_OBJECT;
	while (ok && (token = jr_next(&j)) != JR_OBJECT_END)
		ok = token == JR_KEY && read_part(&j, arena, p);
	ok = ok && jr_next(&j) == JR_END && p->table != NULL && p->row != NULL;
	jr_free(&j);
	return ok;
}

static const struct schema_table *
find_table(const struct schema *const schemas[2], const char *name)
{
	const struct schema_table *t = NULL;

	for (int i = 0; i < 2 && t == NULL; i++)
		if (schemas[i] != NULL)
			t = schema_table(schemas[i], name);
	return t;
}

static void
check_key(const struct row *row, struct helio_err *err)
{
	const struct schema_table *t = row->table;
	struct value v = row_key(row);

	if (t->natural_key && v.type == VALUE_NULL)
		(void)err_field(err, t->key->name, "the key is missing");
	else if (v.type == VALUE_INT && !t->natural_key &&
	    (v.i < 1 || v.i > LINE_KEY_MAX))
		(void)err_field(err, t->key->name, "is no possible key");
}

enum helio_rc
line_read(const struct schema *const schemas[2], const char *s, size_t n,
    struct arena *arena, struct row **ret, struct helio_err *err)
{
	struct parts p = { 0 };
	struct reader r = { .arena = arena, .err = err };
	const struct schema_table *t;
	bool ok;

	if (!read_parts(arena, s, n, &p))
		return err_set(err, HELIO_E_DECODE,
		    "not a JSON object with \"table\" and \"row\"");
	t = find_table(schemas, p.table);
	if (t == NULL || !t->exported)
		return err_set(err, HELIO_E_INVALID,
		    "there is no table \"%.60s\"", p.table);
	r.row = row_new(arena, t);
	ok = read_row(&r, p.row, p.row_end);
	jr_free(&r.json);
	if (!ok)
		return err_set(err, HELIO_E_DECODE, "\"row\" is no object");
	if (err->n_faults == 0)
		check_key(r.row, err);
	if (err->n_faults > 0)
		return HELIO_E_INVALID;
	*ret = r.row;
	return HELIO_OK;
}
