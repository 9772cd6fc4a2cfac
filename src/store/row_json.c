/* row_json.c - rows as JSON objects */
#include "store/row_json.h"

#include <string.h>

#include "base/json_read.h"
#include "base/times.h"

/* ---- masked JSON ---- */

/* Copying JSON text without the members of one name, byte for byte. */
struct mask {
	struct json_read r;
	const char	*member;
	size_t		 n;
	const char	*copied;	/* what is before was dealt with */
	unsigned	 depth;
	bool		 kept[JSON_READ_DEPTH + 1];	/* some member */
};

/* A key was read; `before` is where the text before it ended. */
static bool
mask_key(struct mask *m, const char *before, struct buf *out)
{
	bool *kept = &m->kept[m->depth];

	if (m->r.n == m->n && memcmp(m->r.text, m->member, m->n) == 0) {
		buf_add(out, m->copied, (size_t)(before - m->copied));
		if (!jr_skip(&m->r))
			return false;
		m->copied = m->r.at;
		return true;
	}
	/* the first one kept, after some left out: not their comma */
	if (!*kept && m->copied == before)
		m->copied = (char *)memchr(before, ',',
		    (size_t)(m->r.at - before)) + 1;
	*kept = true;
	return true;
}

static bool
mask_copy(struct mask *m, struct buf *out)
{
	const char *before;
	enum json_token token;

	do {
		before = m->r.at;
		token = jr_next(&m->r);
		if (token == JR_OBJECT || token == JR_ARRAY)
			m->kept[++m->depth] = false;
		else if (token == JR_OBJECT_END || token == JR_ARRAY_END)
			m->depth--;
		else if (token == JR_KEY && !mask_key(m, before, out))
			return false;
	} while (token != JR_END && token != JR_ERROR);
	buf_add(out, m->copied, (size_t)(m->r.at - m->copied));
	return token == JR_END;
}

/* Unreadable text is all hidden. */
static void
write_masked(struct json_write *w, const char *member, struct value v)
{
	struct mask m = { .member = member, .n = strlen(member) };
	struct buf *out = w->out;
	size_t start;

	jw_raw(w, "", 0);	/* the value's place; its text follows */
	start = out->len;
	m.copied = v.s;
	jr_init(&m.r, v.s, v.n);
	if (!mask_copy(&m, out)) {
		out->len = start;
		buf_adds(out, "null");
	}
	jr_free(&m.r);
}

/* ---- values ---- */

static void
write_date(struct json_write *w, int64_t days)
{
	char text[TIME_TEXT_MAX];

	jw_strn(w, text, time_format_date(days, text));
}

static void
write_int(struct json_write *w, const struct schema_field *f, int64_t i)
{
	if (f->type == FIELD_BOOL)
		jw_bool(w, i != 0);
	else if (f->type == FIELD_DATETIME)
		jw_time(w, i);
	else if (f->type == FIELD_DATE)
		write_date(w, i);
	else
		jw_int(w, i);
}

static void
write_text(struct json_write *w, const struct schema_field *f,
    struct value v, enum level reader)
{
	if (f->type != FIELD_JSON)
		jw_strn(w, v.s, v.n);
	else if (f->masked_member != NULL && reader < f->masked_below)
		write_masked(w, f->masked_member, v);
	else
		jw_raw(w, v.s, v.n);
}

void
row_write_value(struct json_write *w, const struct schema_field *f,
    struct value v, enum level reader)
{
	switch (v.type) {
	case VALUE_INT:
		write_int(w, f, v.i);
		return;
	case VALUE_FLOAT:
		jw_real(w, v.f);
		return;
	case VALUE_TEXT:
		write_text(w, f, v, reader);
		return;
	case VALUE_NULL:
	case VALUE_BLOB:	/* no field type is stored so */
		break;
	}
	jw_null(w);
}

/* ---- rows ---- */

static void
write_member(struct json_write *w, const struct row *row,
    const struct schema_field *f, enum level reader)
{
	if (!row_has(row, f))
		return;
	jw_key(w, f->name);
	row_write_value(w, f, row->v[f->index], reader);
}

void
row_write_json(struct json_write *w, const struct row *row, enum level reader)
{
	const struct schema_table *table = row->table;

	jw_object(w);
	for (size_t i = 0; i < table->n_fields; i++)
		if (reader >= table->sorted[i]->secret)
			write_member(w, row, table->sorted[i], reader);
	jw_end(w);
}

void
row_write_export(struct json_write *w, const struct row *row)
{
	const struct schema_table *table = row->table;

	jw_object(w);
	for (size_t i = 0; i < table->n_fields; i++)
		write_member(w, row, &table->fields[i], LEVEL_NOBODY);
	jw_end(w);
}
