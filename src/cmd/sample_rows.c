/* See sample_rows.h. */
#include "cmd/sample_rows.h"

#include <string.h>

#include "cmd/sample_text.h"

const char sample_no_reply[] = "the answer is not one of /query";
const char sample_ended[] = "";

struct row {
	struct buf	 text;
	size_t		 at[SAMPLE_COLUMNS_MAX];
	struct sample_cell cell[SAMPLE_COLUMNS_MAX];
	size_t		 n;
};

/* A value of a row: its text goes to the row's buffer. */
static bool
take_cell(struct json_read *r, struct row *row, enum json_token token,
    const char *from)
{
	struct sample_cell *cell = &row->cell[row->n];

	if (row->n == SAMPLE_COLUMNS_MAX)
		return false;
	cell->kind = token;
	row->at[row->n++] = row->text.len;
	if (token == JR_STRING) {
		buf_add(&row->text, r->text, r->n);
	} else {
		from += strspn(from, ", \r\n\t");
		buf_add(&row->text, from, (size_t)(r->at - from));
	}
	cell->n = row->text.len - row->at[row->n - 1];
	buf_addc(&row->text, '\0');
	return token != JR_ERROR && token != JR_END && token != JR_OBJECT &&
	    token != JR_ARRAY && !row->text.failed;
}

/* Up to the end of a row, its opening bracket read. */
static bool
read_row(struct json_read *r, struct row *row)
{
	const char *from = r->at;
	enum json_token token;

	buf_reset(&row->text);
	row->n = 0;
	while ((token = jr_next(r)) != JR_ARRAY_END) {
		if (!take_cell(r, row, token, from))
			return false;
		from = r->at;
	}
	for (size_t i = 0; i < row->n; i++)
		row->cell[i].s = row->text.data + row->at[i];
	return true;
}

/* "values": an array of rows. */
static const char *
read_values(struct json_read *r, struct row *row, struct sample_rows *rows)
{
	enum json_token token = jr_next(r);

	if (token != JR_ARRAY)
		return sample_no_reply;
	while ((token = jr_next(r)) == JR_ARRAY) {
		if (!read_row(r, row))
			return sample_no_reply;
		rows->n++;
		if (rows->row != NULL && !rows->row(rows->arg, row->cell,
		    row->n))
			return sample_ended;
	}
	return token == JR_ARRAY_END ? NULL : sample_no_reply;
}

static bool
key_is(const struct json_read *r, const char *key)
{
	return r->n == strlen(key) && memcmp(r->text, key, r->n) == 0;
}

/* What follows a key; others are walked into. */
static const char *
read_member(struct json_read *r, struct row *row, struct sample_rows *rows,
    struct buf *out)
{
	if (key_is(r, "values"))
		return read_values(r, row, rows);
	if (!key_is(r, "error"))
		return NULL;
	if (jr_next(r) != JR_STRING)
		return sample_no_reply;
	buf_add(out, r->text, r->n);
	return out->failed ? "no memory" : out->data;
}

const char *
sample_rows_read(const char *body, size_t n, struct sample_rows *rows,
    struct buf *out)
{
	struct row row = { .text = BUF_INIT };
	const char *why = NULL;
	enum json_token token;
	struct json_read r;

	jr_init(&r, body, n);
	while (why == NULL && (token = jr_next(&r)) != JR_END) {
		if (token == JR_ERROR)
			why = sample_no_reply;
		else if (token == JR_KEY)
			why = read_member(&r, &row, rows, out);
	}
	jr_free(&r);
	buf_free(&row.text);
	return why;
}
