/* From the fields of a SELECT to columns, names and calls. */
#include "influxql/plan.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"

struct planner {
	struct iql_run	*run;
	const struct iql_statement *s;
	const struct iql_keys *fields, *tags;
	struct iql_plan	*plan;
	struct iql_field *field;	/* expanded */
	size_t		 n, cap;
	struct helio_err *err;
};

static enum helio_rc
refuse(struct planner *p, const char *text)
{
	return err_field(p->err, IQL_FIELD, "%s", text);
}

/* ---- wildcards ---- */

static enum helio_rc
add_field(struct planner *p, struct iql_expr *e, const char *alias)
{
	if (p->n == IQL_FIELDS_MAX)
		return err_field(p->err, IQL_FIELD, "more than %d columns",
		    IQL_FIELDS_MAX);
	p->field = iql_grow(p->run->arena, p->field, p->n, &p->cap,
	    sizeof(*p->field));
	p->field[p->n++] = (struct iql_field){ e, alias };
	return HELIO_OK;
}

static bool
is_pattern(const struct iql_expr *e)
{
	return e->kind == IQL_WILDCARD || e->kind == IQL_REGEX;
}

static bool
pattern_takes(const struct iql_expr *e, const char *name)
{
	return e->kind != IQL_REGEX ||
	    iql_regex_match(e->regex, name, strlen(name));
}

/* Tags that are grouped by stand above the rows already. */
static bool
is_dimension(const struct planner *p, const char *name)
{
	for (size_t i = 0; i < p->plan->n_tags; i++)
		if (strcmp(p->plan->tags[i], name) == 0)
			return true;
	return false;
}

/* *, *::field, *::tag, /re/: fields and tags together by name. */
static enum helio_rc
expand_names(struct planner *p, const struct iql_expr *pattern)
{
	size_t i = 0, j = 0;
	enum helio_rc rc = HELIO_OK;

	while (rc == HELIO_OK && (i < p->fields->n || j < p->tags->n)) {
		bool tag = i == p->fields->n || (j < p->tags->n &&
		    strcmp(p->tags->key[j].name, p->fields->key[i].name) < 0);
		const char *name = tag ? p->tags->key[j++].name :
		    p->fields->key[i++].name;
		struct iql_expr *e;

		if (pattern->cast == (tag ? CAST_FIELD : CAST_TAG) ||
		    (tag && is_dimension(p, name)) ||
		    !pattern_takes(pattern, name))
			continue;
		e = iql_name_expr(p->run->arena, name);
		e->cast = tag ? CAST_TAG : CAST_FIELD;
		rc = add_field(p, e, NULL);
	}
	return rc;
}

static bool
takes(const struct iql_func *f, enum telemetry_type type)
{
	switch (type) {
	case TELEMETRY_TEXT:
		return f->input == INPUT_ANY;
	case TELEMETRY_BOOL:
		return f->input != INPUT_NUMERIC;
	default:
		return true;
	}
}

/* The argument of the innermost call. */
static struct iql_expr **
hole_of(struct iql_expr *call)
{
	struct iql_expr **hole = NULL;

	while (call->kind == IQL_CALL && call->n_args > 0) {
		hole = &call->args[0];
		call = call->args[0];
	}
	return hole;
}

/* A call with another argument in its innermost place. */
static struct iql_expr *
call_with(struct arena *arena, const struct iql_expr *call,
    struct iql_expr *name)
{
	struct iql_expr *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *call;
	copy->args = arena_alloc(arena, call->n_args * sizeof(*copy->args));
	memcpy(copy->args, call->args, call->n_args * sizeof(*copy->args));
	copy->args[0] = call->args[0]->kind == IQL_CALL ?
	    call_with(arena, call->args[0], name) : name;
	return copy;
}

/* mean(*): one for each field that the function takes. */
static enum helio_rc
expand_call(struct planner *p, const struct iql_field *f,
    const struct iql_expr *pattern)
{
	struct arena *arena = p->run->arena;
	enum helio_rc rc = HELIO_OK;

	if (pattern->cast == CAST_TAG)
		return refuse(p, "unable to use tag as wildcard in a call");
	for (size_t i = 0; i < p->fields->n && rc == HELIO_OK; i++) {
		const struct iql_key *key = &p->fields->key[i];

		if (!takes(f->expr->func, key->type) ||
		    !pattern_takes(pattern, key->name))
			continue;
		rc = add_field(p, call_with(arena, f->expr,
		    iql_name_expr(arena, key->name)),
		    p->s->bare_titles ? key->name : arena_printf(arena,
		    "%s_%s", f->alias != NULL ? f->alias : f->expr->s,
		    key->name));
	}
	return rc;
}

static bool
holds_pattern(const struct iql_expr *e)
{
	if (e->kind == IQL_BINARY)
		return holds_pattern(e->lhs) || holds_pattern(e->rhs);
	for (size_t i = 0; i < e->n_args; i++)
		if (holds_pattern(e->args[i]))
			return true;
	return is_pattern(e);
}

static enum helio_rc
expand_field(struct planner *p, const struct iql_field *f)
{
	struct iql_expr **hole = f->expr->kind == IQL_CALL ?
	    hole_of(f->expr) : NULL;

	if (is_pattern(f->expr))
		return expand_names(p, f->expr);
	if (hole != NULL && is_pattern(*hole) && f->expr->func != NULL)
		return expand_call(p, f, *hole);
	if (f->expr->kind == IQL_BINARY && holds_pattern(f->expr))
		return refuse(p, "unsupported expression with wildcard");
	if (f->expr->kind == IQL_NAME && strcasecmp(f->expr->s, "time") == 0)
		return HELIO_OK;	/* always comes first */
	return add_field(p, f->expr, f->alias);
}

/* ---- dimensions ---- */

static void
add_dimension(struct planner *p, struct iql_keys *names, const char *name)
{
	iql_keys_add(p->run->arena, names, name, TELEMETRY_TEXT);
}

static void
expand_dimension(struct planner *p, struct iql_keys *names,
    const struct iql_dimension *d)
{
	if (d->name != NULL) {
		add_dimension(p, names, d->name);
		return;
	}
	for (size_t i = 0; i < p->tags->n; i++)
		if (d->all || iql_regex_match(d->regex, p->tags->key[i].name,
		    strlen(p->tags->key[i].name)))
			add_dimension(p, names, p->tags->key[i].name);
}

static void
plan_dimensions(struct planner *p)
{
	struct iql_plan *plan = p->plan;
	struct iql_keys names = { 0 };

	for (size_t i = 0; i < p->s->n_dimensions; i++)
		expand_dimension(p, &names, &p->s->dimensions[i]);
	plan->tags = arena_alloc(p->run->arena,
	    (names.n + 1) * sizeof(*plan->tags));
	for (size_t i = 0; i < names.n; i++) {
		plan->tags[i] = names.key[i].name;
		plan->virtual |= iql_is_virtual(plan->tags[i]);
	}
	plan->n_tags = names.n;
}

bool
iql_wants_tags(const struct iql_statement *s)
{
	for (size_t i = 0; i < s->n_dimensions; i++)
		if (s->dimensions[i].name == NULL)
			return true;
	for (size_t i = 0; i < s->n_fields; i++)
		if (is_pattern(s->fields[i].expr) &&
		    s->fields[i].expr->cast != CAST_FIELD)
			return true;
	return false;
}

/* ---- names ---- */

static size_t
add_ref(struct planner *p, struct iql_expr *e, bool shown)
{
	struct iql_plan *plan = p->plan;
	size_t i = 0;

	while (i < plan->n_refs && (plan->refs[i].expr->cast != e->cast ||
	    strcmp(plan->refs[i].expr->s, e->s) != 0))
		i++;
	if (i == plan->n_refs) {
		plan->refs = iql_grow(p->run->arena, plan->refs, plan->n_refs,
		    &plan->cap_refs, sizeof(*plan->refs));
		plan->refs[plan->n_refs++] = (struct iql_ref){
			.expr = e, .slot = plan->n_slots++,
		};
	}
	plan->refs[i].shown |= shown;
	plan->virtual |= iql_is_virtual(e->s);
	e->slot = plan->refs[i].slot;
	return i;
}

/* The names of a condition. */
static void
add_refs(struct planner *p, struct iql_expr *e)
{
	if (e->kind == IQL_NAME)
		add_ref(p, e, false);
	if (e->kind == IQL_BINARY) {
		add_refs(p, e->lhs);
		add_refs(p, e->rhs);
	}
}

/* ---- calls ---- */

static enum helio_rc
bad_call(struct planner *p, const struct iql_expr *e, const char *text)
{
	return err_field(p->err, IQL_FIELD, "%s() %s", e->s, text);
}

/* The second argument by function. */
static enum helio_rc
check_second(struct planner *p, const struct iql_expr *e)
{
	const struct iql_expr *a = e->n_args > 1 ? e->args[1] : NULL;
	double f;

	if (a == NULL)
		return HELIO_OK;
	switch (e->func->id) {
	case FUNC_percentile:
		f = a->kind == IQL_INTEGER ? (double)a->i : a->f;
		return (a->kind == IQL_INTEGER || a->kind == IQL_NUMBER) &&
		    f >= 0 && f <= 100 ? HELIO_OK : bad_call(p, e,
		    "takes a number from 0 to 100");
	case FUNC_top:
	case FUNC_bottom:
	case FUNC_sample:
		return a->kind == IQL_INTEGER && a->i >= 1 ? HELIO_OK :
		    bad_call(p, e, "takes a whole number above 0");
	case FUNC_moving_average:
		return a->kind == IQL_INTEGER && a->i > 1 ? HELIO_OK :
		    bad_call(p, e, "takes a whole number above 1");
	default:
		return a->kind == IQL_DURATION && a->i > 0 ? HELIO_OK :
		    bad_call(p, e, "takes a duration above 0");
	}
}

static bool
is_distinct(const struct iql_expr *e)
{
	return e->kind == IQL_CALL && e->func != NULL &&
	    e->func->id == FUNC_distinct;
}

/* What may stand inside: a name, or a call where that makes sense. */
static enum helio_rc
check_first(struct planner *p, const struct iql_expr *e)
{
	const struct iql_expr *a = e->args[0];
	bool nests = (e->func->flags & FUNC_NESTS) != 0;

	if (a->kind == IQL_NAME && nests && p->s->interval_ns != 0)
		return err_field(p->err, IQL_FIELD, "aggregate function "
		    "required inside the call to %s", e->s);
	if (a->kind == IQL_NAME)
		return HELIO_OK;
	if (a->kind != IQL_CALL || a->func == NULL)
		return bad_call(p, e, "takes the name of a field");
	if (e->func->id == FUNC_count && is_distinct(a))
		return HELIO_OK;
	if (!nests)
		return bad_call(p, e, "takes the name of a field");
	return p->s->interval_ns != 0 ? HELIO_OK :
	    bad_call(p, e, "aggregate requires a GROUP BY interval");
}

static enum helio_rc
check_call(struct planner *p, const struct iql_expr *e)
{
	enum helio_rc rc;

	if (e->func == NULL)
		return bad_call(p, e, "cannot be a column");
	if (e->n_args < e->func->args_min || e->n_args > e->func->args_max)
		return err_field(p->err, IQL_FIELD, "invalid number of "
		    "arguments for %s, expected at least %zu and at most %zu",
		    e->s, e->func->args_min, e->func->args_max);
	rc = check_first(p, e);
	if (rc == HELIO_OK)
		rc = check_second(p, e);
	if (rc == HELIO_OK && (e->func->id == FUNC_top ||
	    e->func->id == FUNC_bottom) && p->s->limit > 0 &&
	    e->args[1]->i > p->s->limit)
		return bad_call(p, e, "wants more points than the LIMIT");
	if (rc == HELIO_OK && e->args[0]->kind == IQL_CALL)
		rc = check_call(p, e->args[0]);
	return rc;
}

static bool
same_expr(const struct iql_expr *a, const struct iql_expr *b)
{
	if (a->kind != b->kind || a->func != b->func ||
	    a->n_args != b->n_args || a->i != b->i || a->f != b->f ||
	    a->cast != b->cast || (a->kind == IQL_NAME &&
	    strcmp(a->s, b->s) != 0))
		return false;
	for (size_t i = 0; i < a->n_args; i++)
		if (!same_expr(a->args[i], b->args[i]))
			return false;
	return true;
}

static enum helio_rc
add_call(struct planner *p, struct iql_expr *e)
{
	struct iql_plan *plan = p->plan;
	struct iql_call *call;
	struct iql_expr *leaf = e;
	enum helio_rc rc = check_call(p, e);

	if (rc != HELIO_OK)
		return rc;
	for (size_t i = 0; i < plan->n_calls; i++)
		if (same_expr(plan->calls[i].expr, e)) {
			e->slot = plan->calls[i].slot;
			return HELIO_OK;
		}
	while (leaf->args[0]->kind == IQL_CALL)
		leaf = leaf->args[0];
	plan->calls = iql_grow(p->run->arena, plan->calls, plan->n_calls,
	    &plan->cap_calls, sizeof(*plan->calls));
	call = &plan->calls[plan->n_calls++];
	*call = (struct iql_call){ .expr = e, .leaf = leaf };
	call->slot = e->slot = plan->n_slots++;
	call->ref = add_ref(p, leaf->args[0], false);
	return HELIO_OK;
}

static enum helio_rc
add_column(struct planner *p, struct iql_expr *e)
{
	enum helio_rc rc;

	switch (e->kind) {
	case IQL_CALL:
		return add_call(p, e);
	case IQL_NAME:
		add_ref(p, e, true);
		return HELIO_OK;
	case IQL_BINARY:
		if (e->op <= IQL_NO_MATCH)
			return refuse(p, "a column cannot be a condition");
		rc = add_column(p, e->lhs);
		return rc == HELIO_OK ? add_column(p, e->rhs) : rc;
	case IQL_INTEGER:
	case IQL_NUMBER:
		return HELIO_OK;
	default:
		return refuse(p, "a column must be a field, a tag, a function "
		    "or arithmetic on them");
	}
}

/* ---- what may stand together ---- */

static bool
stands_alone(enum iql_func_id id)
{
	return id == FUNC_top || id == FUNC_bottom || id == FUNC_distinct;
}

static enum helio_rc
check_together(struct planner *p)
{
	struct iql_plan *plan = p->plan;
	bool names = false;

	for (size_t i = 0; i < plan->n_refs; i++)
		names |= plan->refs[i].shown;
	if (plan->n_calls == 0 && !names)
		return refuse(p,
		    "at least 1 non-time field must be queried");
	if (plan->n_calls == 0 && p->s->interval_ns != 0)
		return refuse(p,
		    "GROUP BY requires at least one aggregate function");
	if (plan->n_calls == 0 && p->s->fill_given &&
	    (p->s->fill == FILL_NONE || p->s->fill == FILL_LINEAR))
		return refuse(p, "fill(none) and fill(linear) must be used "
		    "with a function");
	plan->selects = plan->n_calls == 1 &&
	    plan->calls[0].expr == plan->calls[0].leaf &&
	    (plan->calls[0].expr->func->flags & FUNC_SELECTS) != 0;
	if (plan->n_calls > 0 && names && !plan->selects)
		return refuse(p, "mixing aggregate and non-aggregate queries "
		    "is not supported");
	for (size_t i = 0; i < plan->n_calls && plan->n_calls > 1; i++)
		if (stands_alone(plan->calls[i].expr->func->id))
			return bad_call(p, plan->calls[i].expr,
			    "cannot be combined with other functions");
	return HELIO_OK;
}

/* ---- titles ---- */

static void
name_of(const struct iql_expr *e, struct buf *out)
{
	if (e->kind == IQL_BINARY) {
		name_of(e->lhs, out);
		name_of(e->rhs, out);
	} else if (e->kind == IQL_NAME || e->kind == IQL_CALL) {
		if (out->len > 0)
			buf_addc(out, '_');
		buf_adds(out, e->s);
	}
}

static bool
is_taken(char *const *titles, const bool *set, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (set[i] && strcmp(titles[i], name) == 0)
			return true;
	return false;
}

/* The name without an alias: of the names in it; a number is added when
 * another column has it. */
static char *
make_title(struct planner *p, const struct iql_expr *e, char *const *titles,
    const bool *set)
{
	struct arena *arena = p->run->arena;
	struct buf out = BUF_INIT;
	char *name, *unique;

	name_of(e, &out);
	name = arena_strndup(arena, out.data != NULL ? out.data : "", out.len);
	buf_free(&out);
	unique = name;
	for (unsigned i = 1; is_taken(titles, set, p->n, unique); i++)
		unique = arena_printf(arena, "%s_%u", name, i);
	return unique;
}

static void
plan_titles(struct planner *p)
{
	struct iql_plan *plan = p->plan;
	char **titles = arena_alloc(p->run->arena,
	    (p->n + 1) * sizeof(*titles));
	bool *set = arena_alloc(p->run->arena, (p->n + 1) * sizeof(*set));

	for (size_t i = 0; i < p->n; i++)
		if (p->field[i].alias != NULL) {
			titles[i] = arena_strdup(p->run->arena,
			    p->field[i].alias);
			set[i] = true;
		}
	for (size_t i = 0; i < p->n; i++)
		if (!set[i]) {
			titles[i] = make_title(p, p->field[i].expr, titles,
			    set);
			set[i] = true;
		}
	plan->titles = arena_alloc(p->run->arena,
	    (p->n + 1) * sizeof(*plan->titles));
	plan->titles[0] = "time";
	for (size_t i = 0; i < p->n; i++)
		plan->titles[i + 1] = titles[i];
}

/* ---- all of it ---- */

static enum helio_rc
plan_where(struct planner *p)
{
	struct iql_plan *plan = p->plan;
	struct iql_fault fault;

	plan->range = (struct iql_range){ IQL_TIME_MIN, IQL_TIME_MAX };
	if (!iql_split_time(p->run->arena, p->s->where, p->run->now_ns,
	    &plan->range, &plan->where, &fault))
		return err_field(p->err, IQL_FIELD, "%s at char %zu",
		    fault.text, fault.at + 1);
	if (p->s->interval_ns != 0 && !plan->range.has_last &&
	    plan->range.last_ns > p->run->now_ns)
		plan->range.last_ns = p->run->now_ns;
	return HELIO_OK;
}

static enum helio_rc
plan_columns(struct planner *p)
{
	struct iql_plan *plan = p->plan;
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < p->s->n_fields && rc == HELIO_OK; i++)
		rc = expand_field(p, &p->s->fields[i]);
	plan->n_columns = p->n;
	plan->columns = arena_alloc(p->run->arena,
	    (p->n + 1) * sizeof(*plan->columns));
	for (size_t i = 0; i < p->n && rc == HELIO_OK; i++) {
		plan->columns[i] = p->field[i].expr;
		rc = add_column(p, p->field[i].expr);
	}
	if (rc == HELIO_OK && p->n > 0)
		rc = check_together(p);
	plan_titles(p);
	return rc;
}

enum helio_rc
iql_plan(struct iql_run *run, const struct iql_statement *s,
    const struct iql_keys *fields, const struct iql_keys *tags,
    struct iql_plan *ret, struct helio_err *err)
{
	struct planner p = {
		.run = run, .s = s, .fields = fields, .tags = tags,
		.plan = ret, .err = err,
	};
	enum helio_rc rc;

	*ret = (struct iql_plan){ .statement = s };
	rc = plan_where(&p);
	if (rc != HELIO_OK)
		return rc;
	plan_dimensions(&p);
	rc = plan_columns(&p);
	if (rc == HELIO_OK && ret->where != NULL)
		add_refs(&p, ret->where);
	return rc;
}

/* ---- one measurement ---- */

static void
bind_ref(struct iql_plan *plan, struct iql_ref *ref,
    const struct iql_keys *fields)
{
	const struct iql_key *key = ref->expr->cast == CAST_TAG ? NULL :
	    iql_keys_find(fields, ref->expr->s);
	size_t i = 0;

	ref->is_field = key != NULL;
	if (key == NULL)
		return;
	ref->type = key->type;
	while (i < plan->n_fields && strcmp(plan->fields[i], key->name) != 0)
		i++;
	if (i == plan->n_fields)
		plan->fields[plan->n_fields++] = key->name;
	ref->column = i;
}

static enum helio_rc
check_type(struct iql_plan *plan, const struct iql_call *call,
    struct helio_err *err)
{
	const struct iql_ref *ref = &plan->refs[call->ref];

	for (const struct iql_expr *e = call->expr; e->kind == IQL_CALL;
	    e = e->args[0])
		if (ref->is_field && !takes(e->func, ref->type) &&
		    !(e->args[0]->kind == IQL_CALL &&
		    e->args[0]->func->output != OUTPUT_SAME))
			return err_field(err, IQL_FIELD, "unsupported type: "
			    "%s() of \"%s\", which is a %s", e->s,
			    ref->expr->s, telemetry_type_name(ref->type));
	return HELIO_OK;
}

enum helio_rc
iql_bind(struct iql_run *run, struct iql_plan *plan,
    const struct iql_keys *fields, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	plan->fields = arena_alloc(run->arena,
	    (plan->n_refs + 1) * sizeof(*plan->fields));
	plan->n_fields = 0;
	for (size_t i = 0; i < plan->n_refs; i++)
		bind_ref(plan, &plan->refs[i], fields);
	for (size_t i = 0; i < plan->n_calls && rc == HELIO_OK; i++)
		rc = check_type(plan, &plan->calls[i], err);
	return rc;
}

int64_t
iql_call_unit(const struct iql_expr *e, int64_t ns)
{
	return e->n_args > 1 ? e->args[1]->i : ns;
}
