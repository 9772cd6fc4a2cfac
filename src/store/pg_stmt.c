/*
 * Statements: prepared once per connection and kept by their text, arguments
 * and results in binary form.  The server says which types the arguments of
 * a text have; a value of another type is an error of ours, and never sent.
 */
#include "store/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"

static void
stmt_free(struct pg_stmt *s)
{
	if (s == NULL)
		return;
	free(s->kept.text);
	free(s->types);
	free(s);
}

/*
 * A statement has left the cache: the server may forget it, too.  It is told
 * in the next transaction: this one may have failed, and then takes no
 * command but its end.
 */
static void
stmt_end(struct kept *k, void *arg)
{
	struct pg_stmt *s = (struct pg_stmt *)k;
	struct db *db = arg;

	if (db->c == NULL) {
		stmt_free(s);
		return;
	}
	s->next = db->ended;
	db->ended = s;
}

enum helio_rc
pg_stmt_forget(struct db *db, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	struct pg_stmt *s;
	char text[48];

	while ((s = db->ended) != NULL) {
		db->ended = s->next;
		(void)snprintf(text, sizeof(text), "DEALLOCATE %s", s->name);
		if (rc == HELIO_OK && db->c != NULL)
			rc = pg_put(db, text, err);
		stmt_free(s);
	}
	return rc;
}

void
pg_stmt_init(struct db *db)
{
	db->cache.end = stmt_end;
	db->cache.arg = db;
}

void
pg_stmt_free(struct db *db)
{
	free(db->args.value);
	free(db->args.length);
	free(db->args.format);
	free(db->args.number);
	db->args = (struct pg_args){ 0 };
}

/* ---- preparing ---- */

static struct pg_stmt *
stmt_new(const struct buf *text)
{
	struct pg_stmt *s = calloc(1, sizeof(*s));

	if (s != NULL && stmt_name(&s->kept, text->data, text->len))
		return s;
	stmt_free(s);
	return NULL;
}

struct pg_stmt *
pg_stmt_find(struct db *db, const struct buf *text)
{
	struct pg_stmt *s = (struct pg_stmt *)stmt_cache_find(&db->cache,
	    text->data, text->len);

	if (s == NULL && (s = stmt_new(text)) != NULL)
		stmt_cache_add(&db->cache, &s->kept);
	return s;
}

enum helio_rc
pg_put_prepare(struct db *db, struct pg_stmt *s, struct helio_err *err)
{
	(void)snprintf(s->name, sizeof(s->name), "s%lu", ++db->names);
	if (PQsendPrepare(db->c, s->name, s->kept.text, 0, NULL) != 1)
		return pg_fail_lost(db->c, err);
	pg_count(db);
	if (PQsendDescribePrepared(db->c, s->name) != 1)
		return pg_fail_lost(db->c, err);
	pg_count(db);
	return HELIO_OK;
}

enum helio_rc
pg_stmt_described(struct pg_stmt *s, const PGresult *described,
    struct helio_err *err)
{
	s->n_types = (size_t)PQnparams(described);
	s->types = calloc(s->n_types + 1, sizeof(*s->types));
	if (s->types == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	for (size_t i = 0; i < s->n_types; i++)
		s->types[i] = PQparamtype(described, (int)i);
	return HELIO_OK;
}

static enum helio_rc
prepare(struct db *db, struct pg_stmt *s, struct helio_err *err)
{
	PGresult *described = NULL;
	enum helio_rc rc = pg_put_prepare(db, s, err);

	if (rc == HELIO_OK)
		rc = pg_answer(db, &described, err);
	if (rc == HELIO_OK)
		rc = pg_stmt_described(s, described, err);
	PQclear(described);
	return rc;
}

static enum helio_rc
stmt_take(struct db *db, const struct buf *text, struct pg_stmt **ret,
    struct helio_err *err)
{
	struct pg_stmt *s = (struct pg_stmt *)stmt_cache_find(&db->cache,
	    text->data, text->len);
	enum helio_rc rc;

	if (s == NULL) {
		s = stmt_new(text);
		if (s == NULL)
			return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
		rc = prepare(db, s, err);
		if (rc != HELIO_OK) {
			stmt_free(s);
			return rc;
		}
		stmt_cache_add(&db->cache, &s->kept);
	}
	*ret = s;
	return HELIO_OK;
}

/* ---- arguments ---- */

static bool
args_reserve(struct pg_args *a, size_t n)
{
	void *value, *length, *format, *number;

	if (n <= a->cap)
		return true;
	n += 32;
	value = realloc(a->value, n * sizeof(*a->value));
	a->value = value != NULL ? value : a->value;
	length = realloc(a->length, n * sizeof(*a->length));
	a->length = length != NULL ? length : a->length;
	format = realloc(a->format, n * sizeof(*a->format));
	a->format = format != NULL ? format : a->format;
	number = realloc(a->number, n * sizeof(*a->number));
	a->number = number != NULL ? number : a->number;
	if (value == NULL || length == NULL || format == NULL ||
	    number == NULL)
		return false;
	a->cap = n;
	return true;
}

static void
arg_number(struct pg_args *a, size_t i, uint64_t bits)
{
	a->number[i] = __builtin_bswap64(bits);
	a->value[i] = (const char *)&a->number[i];
	a->length[i] = sizeof(a->number[i]);
}

static void
arg_float(struct pg_args *a, size_t i, double f)
{
	uint64_t bits;

	memcpy(&bits, &f, sizeof(bits));
	arg_number(a, i, bits);
}

static enum helio_rc
arg_bytes(struct pg_args *a, size_t i, const struct value *v, bool text,
    struct helio_err *err)
{
	if (v->n > INT32_MAX)
		return err_set(err, HELIO_E_TOO_LARGE,
		    "a value is too large to store");
	if (text && v->n > 0 && memchr(v->s, '\0', v->n) != NULL)
		return err_set(err, HELIO_E_INVALID,
		    "a text may not hold the character NUL");
	a->value[i] = v->n > 0 ? v->s : "";
	a->length[i] = (int)v->n;
	return HELIO_OK;
}

/* One argument as the server wants it. */
static enum helio_rc
arg_set(struct pg_args *a, size_t i, const struct value *v, Oid type,
    struct helio_err *err)
{
	bool is_text = type == PG_TEXT || type == PG_VARCHAR;

	a->format[i] = PG_BINARY;
	a->value[i] = NULL;
	a->length[i] = 0;
	if (v->type == VALUE_NULL)
		return HELIO_OK;
	if (v->type == VALUE_INT && type == PG_INT8)
		arg_number(a, i, (uint64_t)v->i);
	else if (v->type == VALUE_INT && type == PG_FLOAT8)
		arg_float(a, i, (double)v->i);
	else if (v->type == VALUE_FLOAT && type == PG_FLOAT8)
		arg_float(a, i, v->f);
	else if ((v->type == VALUE_TEXT && is_text) ||
	    (v->type == VALUE_BLOB && type == PG_BYTEA))
		return arg_bytes(a, i, v, is_text, err);
	else
		return err_set(err, HELIO_E_INTERNAL,
		    "argument %zu is no value of type %u", i + 1, type);
	return HELIO_OK;
}

static enum helio_rc
args_set(struct db *db, const struct sql *sql, const struct pg_stmt *s,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	if (s->n_types != sql->n_args)
		return err_set(err, HELIO_E_INTERNAL,
		    "%zu arguments for %zu", sql->n_args, s->n_types);
	if (!args_reserve(&db->args, sql->n_args))
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	for (size_t i = 0; i < sql->n_args && rc == HELIO_OK; i++)
		rc = arg_set(&db->args, i, &sql->args[i], s->types[i], err);
	return rc;
}

/* ---- running ---- */

/* The statement of a finished text, and its arguments in db->args. */
static enum helio_rc
take_sql(struct db *db, const struct sql *sql, struct pg_stmt **ret,
    struct helio_err *err)
{
	enum helio_rc rc;

	if (sql->failed || sql->text.failed)
		return err_set(err, HELIO_E_TOO_LARGE,
		    "the query is too large");
	if (!pg_is_connected(db))
		return pg_fail_lost(db->c, err);
	rc = stmt_take(db, &sql->text, ret, err);
	return rc == HELIO_OK ? args_set(db, sql, *ret, err) : rc;
}

static enum helio_rc
put_prepared(struct db *db, const struct pg_stmt *s, size_t n,
    struct helio_err *err)
{
	const struct pg_args *a = &db->args;

	if (PQsendQueryPrepared(db->c, s->name, (int)n, a->value, a->length,
	    a->format, PG_BINARY) != 1)
		return pg_fail_lost(db->c, err);
	pg_count(db);
	return HELIO_OK;
}

enum helio_rc
pg_put_bound(struct db *db, const struct sql *sql, const struct pg_stmt *s,
    struct helio_err *err)
{
	enum helio_rc rc = args_set(db, sql, s, err);

	return rc == HELIO_OK ? put_prepared(db, s, sql->n_args, err) : rc;
}

enum helio_rc
pg_put_kept(struct db *db, const char *text, struct helio_err *err)
{
	/* borrowed, and not written to */
	const struct buf bytes = { (char *)(uintptr_t)text, strlen(text), 0,
	    false };
	struct pg_stmt *s = NULL;
	enum helio_rc rc;

	if (!pg_is_connected(db))
		return pg_fail_lost(db->c, err);
	rc = stmt_take(db, &bytes, &s, err);
	return rc == HELIO_OK ? put_prepared(db, s, 0, err) : rc;
}

enum helio_rc
pg_put_sql(struct db *db, const struct sql *sql, struct helio_err *err)
{
	struct pg_stmt *s;
	enum helio_rc rc;

	/* definitions, which come once, have no arguments */
	if (sql->n_args == 0 && !sql->failed && !sql->text.failed)
		return pg_put(db, sql->text.data, err);
	rc = take_sql(db, sql, &s, err);
	return rc == HELIO_OK ? put_prepared(db, s, sql->n_args, err) : rc;
}

/* Once, so not prepared; the types are those of the prepared query. */
enum helio_rc
pg_put_cursor(struct db *db, const struct sql *sql, unsigned number,
    struct helio_err *err)
{
	const struct pg_args *a = &db->args;
	struct pg_stmt *s;
	char *text = NULL;
	enum helio_rc rc = take_sql(db, sql, &s, err);

	if (rc != HELIO_OK)
		return rc;
	if (asprintf(&text, "DECLARE c%u NO SCROLL CURSOR FOR %s", number,
	    sql->text.data) < 0)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	if (PQsendQueryParams(db->c, text, (int)sql->n_args, s->types,
	    a->value, a->length, a->format, PG_BINARY) == 1)
		pg_count(db);
	free(text);
	return HELIO_OK;
}

/* ---- results ---- */

static double
float_of(uint64_t bits)
{
	double f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

static struct value
cell(const PGresult *res, int row, int column)
{
	const char *bytes = PQgetvalue(res, row, column);
	size_t n = (size_t)PQgetlength(res, row, column);
	uint64_t big;
	uint32_t small;

	if (PQgetisnull(res, row, column))
		return value_null();
	switch (PQftype(res, column)) {
	case PG_INT8:
		memcpy(&big, bytes, sizeof(big));
		return value_int((int64_t)__builtin_bswap64(big));
	case PG_FLOAT8:
		memcpy(&big, bytes, sizeof(big));
		return value_float(float_of(__builtin_bswap64(big)));
	case PG_INT4:
		memcpy(&small, bytes, sizeof(small));
		return value_int((int32_t)__builtin_bswap32(small));
	case PG_BYTEA:
		return value_blob(bytes, n);
	default:
		return value_textn(bytes, n);
	}
}

enum helio_rc
pg_in_time(const struct db *db, struct helio_err *err)
{
	if (db->deadline_ms == 0 || time_monotonic_ms() <= db->deadline_ms)
		return HELIO_OK;
	return err_set(err, HELIO_E_BUSY, "the query took too long");
}

enum helio_rc
pg_rows(const struct db *db, const PGresult *res, const struct db_sink *sink,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	int n = PQntuples(res);

	for (int i = 0; i < n && rc == HELIO_OK; i++) {
		rc = pg_in_time(db, err);
		if (rc != HELIO_OK)
			break;
		for (size_t j = 0; j < sink->n; j++)
			sink->v[j] = cell(res, i, (int)j);
		rc = sink->row(sink->arg, err);
	}
	return rc;
}
