/*
 * test_sql_oracle.c - random conditions over random rows, for random callers:
 * the SQL must find what a plain walk over the same rows in memory finds.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sql_fixture.h"

enum {
	ROWS_MAX = 64,
	N_TABLES = 9,
	ROUNDS = 3000,
	NESTING = 4,
	CHAINS = 2000,
};

/* Three-valued logic. */
enum truth { NO, UNKNOWN, YES };

struct world {
	struct sql_fixture *f;
	uint64_t	 seed;
	struct row	*rows[N_TABLES][ROWS_MAX];
	size_t		 n[N_TABLES];
};

static unsigned
pick(struct world *w, unsigned n)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return (unsigned)(w->seed >> 20) % n;
}

/* ---- rows ---- */

static struct value
random_key(struct world *w, const struct schema_table *t)
{
	unsigned i = pick(w, 8);

	if (t->natural_key)
		return value_text(arena_printf(w->f->arena, "p%u", i));
	return value_int((int64_t)i);
}

static struct value
random_value(struct world *w, const struct schema_field *f)
{
	if (!f->required && pick(w, 3) == 0)
		return value_null();
	if (f->target != NULL)
		return random_key(w, f->target);
	if (f->type == FIELD_TEXT)
		return value_text(arena_printf(w->f->arena, "%c%c",
		    "aAb"[pick(w, 3)], "%_x"[pick(w, 3)]));
	if (f->type == FIELD_FLOAT || f->type == FIELD_DURATION)
		return value_float(pick(w, 4) / 2.0);
	if (f->type == FIELD_JSON)
		return value_text("{}");
	return value_int(pick(w, f->type == FIELD_BOOL ? 2 : 4));
}

static void
add_row(struct world *w, const struct schema_table *t, struct value key)
{
	struct row *row = row_new(w->f->arena, t);

	for (size_t i = 0; i < t->n_fields; i++) {
		const struct schema_field *f = &t->fields[i];

		if (f->meta || (f->unique && f != t->key))
			continue;
		row->v[i] = f == t->key ? key : random_value(w, f);
		row->set |= UINT64_C(1) << i;
	}
	if (schema_field(t, "name") != NULL)
		row_set_text(row, "name", arena_printf(w->f->arena, "a%u%s",
		    (unsigned)w->n[t->number], t->natural_key ? "" : "n"));
	sql_reset(&w->f->sql);
	sql_insert(&w->f->sql, row);
	fx_run(w->f);
	w->rows[t->number][w->n[t->number]++] = row;
}

/* Entities, hubs, kinds and products 0..7 all exist; others are random. */
static void
fill(struct world *w)
{
	static const char *const order[] = {
		"entity", "hub", "kind", "product", "product_entity_linker",
		"state", "report", "part", "part_product_linker",
	};

	for (size_t k = 0; k < N_TABLES; k++) {
		const struct schema_table *t = fx_table(w->f, order[k]);
		size_t n = t->n_fields > 8 || k < 4 || k == 7 ? 8 : 24;

		for (size_t i = 0; i < n; i++)
			add_row(w, t, t->natural_key ?
			    value_text(arena_printf(w->f->arena, "p%zu", i)) :
			    value_int((int64_t)i));
	}
}

/* ---- random conditions ---- */

static const struct cond *random_cond(struct world *,
    const struct schema_table *,
    unsigned depth);

static const struct cond *
random_leaf(struct world *w, const struct schema_table *t)
{
	const struct schema_field *f = &t->fields[pick(w,
	    (unsigned)t->n_fields)];
	const struct schema_field *other = &t->fields[pick(w,
	    (unsigned)t->n_fields)];
	struct arena *arena = w->f->arena;
	struct value *v = arena_alloc(arena, 3 * sizeof(*v));
	enum cond_op op = pick(w, 4) > 0 ? OP_EQ : (enum cond_op)pick(w, 6);

	if (f->type == FIELD_TEXT && pick(w, 4) == 0)
		op = pick(w, 2) == 0 ? OP_LIKE : OP_ILIKE;
	for (size_t i = 0; i < 3; i++)
		do
			v[i] = f == t->key ? random_key(w, t) :
			    random_value(w, f);
		while (v[i].type == VALUE_NULL);
	switch (pick(w, 8)) {
	case 0:
		return cond_null(arena, f);
	case 1:
		return cond_in(arena, f, v, pick(w, 4));
	case 2:
		if (field_type_storage(f->type) ==
		    field_type_storage(other->type))
			return cond_fields(arena, f, op >= OP_LIKE ? OP_NE : op,
			    other);
		break;
	case 3:
		if (pick(w, 3) == 0)
			return pick(w, 2) == 0 ? cond_true() : cond_false();
		break;
	default:
		break;
	}
	return cond_compare(arena, f, op, v[0]);
}

static const struct cond *
random_group(struct world *w, const struct schema_table *t, unsigned depth)
{
	const struct cond *part[3];
	size_t n = pick(w, 4);

	for (size_t i = 0; i < n; i++)
		part[i] = random_cond(w, t, depth - 1);
	return pick(w, 2) == 0 ? cond_all(w->f->arena, part, n) :
	    cond_any(w->f->arena, part, n);
}

static const struct cond *
random_cond(struct world *w, const struct schema_table *t, unsigned depth)
{
	const struct schema_relation *r;

	if (depth == 0)
		return random_leaf(w, t);
	switch (pick(w, 6)) {
	case 0:
		return random_leaf(w, t);
	case 1:
		return cond_not(w->f->arena, random_cond(w, t, depth - 1));
	case 2:
	case 3:
		if (t->n_relations == 0)
			break;
		r = &t->relations[pick(w, (unsigned)t->n_relations)];
		return cond_related(w->f->arena, r, pick(w, 5) == 0 ? NULL :
		    random_cond(w, r->target, depth - 1));
	default:
		break;
	}
	return random_group(w, t, depth);
}

/* ---- the plain walk ---- */

static bool	visible(struct world *, const struct row *,
    const struct caller *);

static enum truth
negate(enum truth t)
{
	return (enum truth)(YES - t);
}

static int
lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool
like(const char *s, const char *p, bool fold)
{
	if (*p == '\0')
		return *s == '\0';
	if (*p == '%')
		return like(s, p + 1, fold) || (*s != '\0' && like(s + 1, p,
		    fold));
	if (*s == '\0')
		return false;
	if (*p != '_' && (fold ? lower(*s) != lower(*p) : *s != *p))
		return false;
	return like(s + 1, p + 1, fold);
}

static int
order_of(struct value a, struct value b)
{
	if (a.type == VALUE_TEXT)
		return strcmp(a.s, b.s);
	if (a.type == VALUE_FLOAT)
		return (a.f > b.f) - (a.f < b.f);
	return (a.i > b.i) - (a.i < b.i);
}

static enum truth
compare(enum cond_op op, struct value a, struct value b)
{
	int d;

	if (a.type == VALUE_NULL || b.type == VALUE_NULL)
		return UNKNOWN;
	if (op == OP_LIKE || op == OP_ILIKE)
		return like(a.s, b.s, op == OP_ILIKE) ? YES : NO;
	d = order_of(a, b);
	return (op == OP_EQ ? d == 0 : op == OP_NE ? d != 0 : op == OP_GT ?
	    d > 0 : op == OP_LT ? d < 0 : op == OP_GE ? d >= 0 : d <= 0) ?
	    YES : NO;
}

static enum truth eval(struct world *, const struct row *, const struct cond *,
    const struct caller *);

static enum truth
eval_related(struct world *w, const struct row *row, const struct cond *c,
    const struct caller *scope)
{
	const struct schema_relation *r = c->relation;
	const struct schema_field *there, *here;

	there = r->kind == RELATION_ONE ? r->target->key : r->field;
	here = r->kind == RELATION_ONE ? r->field : row->table->key;
	for (size_t i = 0; i < w->n[r->target->number]; i++) {
		struct row *other = w->rows[r->target->number][i];

		if (compare(OP_EQ, row->v[here->index],
		    other->v[there->index]) == YES &&
		    visible(w, other, scope) && (c->n_parts == 0 ||
		    eval(w, other, c->parts[0], scope) == YES))
			return YES;
	}
	return NO;
}

static enum truth
eval_in(const struct row *row, const struct cond *c)
{
	enum truth best = NO, t;

	for (size_t i = 0; i < c->n_values; i++) {
		t = compare(OP_EQ, row->v[c->field->index], c->values[i]);
		if (t > best)
			best = t;
	}
	return best;
}

static enum truth
eval(struct world *w, const struct row *row, const struct cond *c,
    const struct caller *scope)
{
	enum truth all = YES, any = NO, t;

	for (size_t i = 0; c->kind <= COND_NOT && i < c->n_parts; i++) {
		t = eval(w, row, c->parts[i], scope);
		all = t < all ? t : all;
		any = t > any ? t : any;
	}
	switch (c->kind) {
	case COND_TRUE:
		return YES;
	case COND_FALSE:
		return NO;
	case COND_AND:
		return all;
	case COND_OR:
		return any;
	case COND_NOT:
		return negate(all);
	case COND_NULL:
		return row->v[c->field->index].type == VALUE_NULL ? YES : NO;
	case COND_IN:
		return eval_in(row, c);
	case COND_RELATED:
		return eval_related(w, row, c, scope);
	case COND_COMPARE:
		break;
	}
	return compare(c->op, row->v[c->field->index],
	    c->other != NULL ? row->v[c->other->index] : c->value);
}

static bool
product_visible(struct world *w, struct value imei, const struct caller *scope)
{
	const struct schema_table *t = fx_table(w->f, "product_entity_linker");

	for (size_t i = 0; i < w->n[t->number]; i++) {
		struct row *l = w->rows[t->number][i];

		if (value_equal(row_get(l, "product_imei"), imei) &&
		    row_is_null(l, "date_removed") &&
		    row_int(l, "entity_id") == scope->entity_id)
			return true;
	}
	return false;
}

static bool
part_visible(struct world *w, struct value part, const struct caller *scope)
{
	const struct schema_table *t = fx_table(w->f, "part_product_linker");
	bool used = false;

	for (size_t i = 0; i < w->n[t->number]; i++) {
		struct row *l = w->rows[t->number][i];

		if (!value_equal(row_get(l, "part_id"), part) ||
		    !row_is_null(l, "date_removed"))
			continue;
		used = true;
		if (product_visible(w, row_get(l, "product_imei"), scope))
			return true;
	}
	return !used && scope->level >= LEVEL_FACTORY;
}

static bool
visible(struct world *w, const struct row *row, const struct caller *scope)
{
	const char *name = row->table->name;

	if (scope == NULL || scope->global || strcmp(name, "kind") == 0)
		return true;
	if (strcmp(name, "entity") == 0 || strcmp(name, "hub") == 0)
		return row_int(row, "entity_id") == scope->entity_id;
	if (strcmp(name, "part") == 0)
		return part_visible(w, row_key(row), scope);
	if (strcmp(name, "product_entity_linker") == 0 &&
	    row_int(row, "entity_id") != scope->entity_id)
		return false;
	return product_visible(w, row_get(row, "product_imei"), scope);
}

static const char *
walk(struct world *w, const struct query *q, const struct caller *scope,
    char *out, int64_t *ret_n)
{
	const struct schema_table *t = q->table;
	size_t n = 0;

	*ret_n = 0;
	out[0] = '\0';
	for (size_t i = 0; i < w->n[t->number]; i++) {
		struct row *row = w->rows[t->number][i];
		struct value key = row_key(row);

		if (!visible(w, row, scope) || eval(w, row, q->where,
		    scope) != YES)
			continue;
		n += key.type == VALUE_TEXT ?
		    (size_t)sprintf(out + n, "%s%s", n == 0 ? "" : " ", key.s) :
		    (size_t)sprintf(out + n, "%s%lld", n == 0 ? "" : " ",
		    (long long)key.i);
		(*ret_n)++;
	}
	return out;
}

static void
check(struct world *w, const struct query *q, const struct caller *scope)
{
	char expected[4096];
	const char *got;
	int64_t n;

	walk(w, q, scope, expected, &n);
	got = fx_keys(w->f, q, scope);
	if (strcmp(got, expected) != 0)
		fail_msg("%s\ngives %s\nnot   %s", w->f->sql.text.data, got,
		    expected);
	if (fx_count(w->f, q, scope) != n)
		fail_msg("%s\ngives %s, not %d", w->f->sql.text.data, w->f->out,
		    (int)n);
}

static void
sql_finds_what_a_walk_finds(void **state)
{
	struct world w = { .f = *state, .seed = UINT64_C(88172645463325252) };
	struct arena *rows = w.f->arena;
	struct caller caller;

	fill(&w);
	w.f->arena = arena_new();
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct query q = query_all(&w.f->schema->tables[pick(&w,
		    N_TABLES)]);

		arena_reset(w.f->arena);
		q.where = random_cond(&w, q.table, 1 + pick(&w, NESTING));
		caller = fx_caller(pick(&w, 4),
		    pick(&w, 2) == 0 ? LEVEL_FACTORY : LEVEL_ADMIN);
		caller.has_entity = true;
		if (cond_depth(q.where) > COND_DEPTH_MAX)
			continue;
		check(&w, &q, NULL);
		check(&w, &q, &caller);
	}
	arena_free(w.f->arena);
	w.f->arena = rows;
}

/* One long chain of groups and relations, leaves on either side. */
static const struct cond *
random_chain(struct world *w, const struct schema_table *t, unsigned depth)
{
	const struct schema_relation *r;
	const struct cond *part[3];

	if (depth == 0)
		return random_leaf(w, t);
	if (pick(w, 2) == 0 && t->n_relations > 0) {
		r = &t->relations[pick(w, (unsigned)t->n_relations)];
		return cond_related(w->f->arena, r,
		    random_chain(w, r->target, depth - 1));
	}
	if (pick(w, 4) == 0)
		return cond_not(w->f->arena, random_chain(w, t, depth - 1));
	part[0] = part[1] = part[2] = random_leaf(w, t);
	part[pick(w, 3)] = random_chain(w, t, depth - 1);
	return pick(w, 2) == 0 ? cond_all(w->f->arena, part, 3) :
	    cond_any(w->f->arena, part, 3);
}

/* Deep conditions fail when they are made, never in the engine's parser. */
static void
what_is_not_refused_can_be_prepared(void **state)
{
	struct world w = { .f = *state, .seed = UINT64_C(362436069) };
	struct caller caller = fx_caller(1, LEVEL_FACTORY);
	unsigned refused = 0;

	for (unsigned i = 0; i < CHAINS; i++) {
		struct query q = query_all(&w.f->schema->tables[pick(&w,
		    N_TABLES)]);

		q.where = random_chain(&w, q.table, 1 + pick(&w, 24));
		sql_reset(&w.f->sql);
		sql_select(&w.f->sql, &q, &caller, w.f->arena);
		if (w.f->sql.failed) {
			assert_true(cond_depth(q.where) > COND_DEPTH_MAX);
			refused++;
			continue;
		}
		fx_run(w.f);
		assert_true(fx_count(w.f, &q, &caller) >= 0);
	}
	assert_in_range(refused, 1, CHAINS - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sql_finds_what_a_walk_finds,
		    sql_fixture_setup, sql_fixture_teardown),
		cmocka_unit_test_setup_teardown(
		    what_is_not_refused_can_be_prepared,
		    sql_fixture_setup, sql_fixture_teardown),
	};

	return cmocka_run_group_tests_name("sql_oracle", tests, NULL, NULL);
}
