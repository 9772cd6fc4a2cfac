/* The arguments of a telemetry read. */
#include "action/data_query.h"

#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "influxql/cond.h"
#include "influxql/lex.h"
#include "influxql/parse.h"

#define WEEK_US		(7 * US_PER_DAY)
#define NS_PER_MS	INT64_C(1000000)

enum {
	MS_DIGITS_MIN = 11,	/* so many digits are milliseconds .. */
	MS_DIGITS_MAX = 13,	/* .. and more would not fit in nanoseconds */
};

static bool
parse_ms(const char *text, int64_t *ret)
{
	size_t n = strspn(text, "0123456789");

	if (text[n] != '\0' || n < MS_DIGITS_MIN || n > MS_DIGITS_MAX)
		return false;
	*ret = strtoll(text, NULL, 10);
	if (*ret > INT64_MAX / NS_PER_MS)
		return false;
	*ret *= NS_PER_MS;
	return true;
}

static int64_t
read_time(struct action_call *c, size_t arg, const char *name,
    int64_t default_us, struct helio_err *err)
{
	const char *text = action_text(c, arg), *why = "";
	int64_t at_ns = 0;

	if (text == NULL || text[0] == '\0')
		return default_us * NS_PER_US;
	if (!parse_ms(text, &at_ns) &&
	    !time_parse(text, strlen(text), NULL, &at_ns, &why))
		err_field(err, name, "%s", why);
	return at_ns;
}

/* ---- fields ---- */

struct names {
	const char	**name;
	size_t		 n;
	bool		 all;
};

static void
add_name(struct action_call *c, struct names *names, const char *text,
    size_t n)
{
	while (n > 0 && *text == ' ')
		text++, n--;
	while (n > 0 && text[n - 1] == ' ')
		n--;
	if (n == 1 && *text == '*')
		names->all = true;
	else if (n > 0 && names->n < TELEMETRY_FIELDS_MAX)
		names->name[names->n++] = arena_strndup(c->arena, text, n);
}

static void
add_list(struct action_call *c, struct names *names, const char *text)
{
	size_t n;

	for (;;) {
		n = strcspn(text, ",");
		add_name(c, names, text, n);
		if (text[n] == '\0')
			return;
		text += n + 1;
	}
}

/* "a", "a,b", ["a", "b"], "[\"a\", \"b\"]". */
static void
add_names(struct action_call *c, struct names *names, const json_t *given,
    struct helio_err *err)
{
	const char *text = json_string_value(given);
	json_t *list = NULL;
	size_t i;

	if (text != NULL && text[0] == '[')
		given = list = json_loads(text, 0, NULL);
	else if (text != NULL) {
		add_list(c, names, text);
		return;
	}
	if (!json_is_array(given))
		err_field(err, "fields", "must be a list of names");
	for (i = 0; i < json_array_size(given); i++) {
		text = json_string_value(json_array_get(given, i));
		if (text != NULL)
			add_list(c, names, text);
		else
			err_field(err, "fields", "must be a list of names");
	}
	json_decref(list);
}

static void
read_fields(struct action_call *c, struct data_query *query,
    struct helio_err *err)
{
	const json_t *given = json_object_get(c->body, "fields");
	struct names names = { NULL, 0, false };

	if (given == NULL || json_is_null(given))
		return;
	names.name = arena_alloc(c->arena,
	    TELEMETRY_FIELDS_MAX * sizeof(*names.name));
	add_names(c, &names, given, err);
	if (names.all || names.n == 0)
		return;
	query->fields = names.name;
	query->n_fields = names.n;
}

/* ---- tags ---- */

static bool
add_tag(struct action_call *c, struct data_query *query,
    const char *name, const json_t *value)
{
	struct telemetry_tag *tag = &query->tags[query->n_tags];
	const char *text = json_string_value(value);

	if (query->n_tags == TELEMETRY_TAGS_MAX)
		return false;
	if (json_is_integer(value))
		text = arena_printf(c->arena, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
	if (text == NULL)
		return false;
	tag->name = arena_strdup(c->arena, name);
	tag->value = arena_strdup(c->arena, text);
	query->n_tags++;
	return true;
}

static void
add_tags(struct action_call *c, struct data_query *query,
    json_t *given, struct helio_err *err)
{
	const char *name;
	json_t *value;

	if (!json_is_object(given)) {
		err_field(err, "tags", "must be an object of texts");
		return;
	}
	json_object_foreach(given, name, value) {
		if (strcmp(name, "product_imei") == 0) {
			if (json_is_string(value) && strcmp(c->path[0],
			    json_string_value(value)) == 0)
				continue;
			err_field(err, "tags", "product_imei is not the one "
			    "in the address");
		} else if (!add_tag(c, query, name, value))
			err_field(err, "tags", "must be an object of at most "
			    "%d texts", TELEMETRY_TAGS_MAX - 1);
	}
}

static void
read_tags(struct action_call *c, struct data_query *query,
    struct helio_err *err)
{
	json_t *given = json_object_get(c->body, "tags"), *parsed = NULL;
	const char *text = json_string_value(given);

	query->tags[0] = (struct telemetry_tag){ "product_imei", c->path[0] };
	query->n_tags = 1;
	if (text != NULL && text[0] == '\0')
		return;
	if (text != NULL)
		given = parsed = json_loads(text, 0, NULL);
	if (text != NULL || (given != NULL && !json_is_null(given)))
		add_tags(c, query, given, err);
	json_decref(parsed);
}

/* ---- functions ---- */

static const char *
given(struct action_call *c, size_t arg)
{
	const char *text = action_text(c, arg);

	return text != NULL && *text != '\0' ? text : NULL;
}

static void
fault_at(struct helio_err *err, const char *name,
    const struct iql_fault *fault)
{
	err_field(err, name, "%s at char %zu", fault->text, fault->at + 1);
}

/* percentile(95) may be said as percentile and 95. */
static void
add_argument(struct action_call *c, struct iql_expr *call,
    struct helio_err *err)
{
	const char *text = given(c, DATA_DS_ARGUMENT);
	struct iql_fault fault;

	if (text == NULL)
		return;
	call->args[1] = iql_parse_condition(c->arena, text, strlen(text),
	    &fault);
	call->n_args = 2;
	if (call->args[1] == NULL)
		fault_at(err, "ds_argument", &fault);
	else if (call->args[1]->kind != IQL_INTEGER &&
	    call->args[1]->kind != IQL_NUMBER &&
	    call->args[1]->kind != IQL_DURATION)
		err_field(err, "ds_argument",
		    "must be a number or a duration");
}

/* The function, and in *ret_hole the place of its field; NULL: none. */
static struct iql_expr *
read_function(struct action_call *c, struct iql_expr ***ret_hole,
    struct helio_err *err)
{
	const char *name = "ds_function", *text = given(c, DATA_DS_FUNCTION);
	bool interval = given(c, DATA_DS_INTERVAL) != NULL;
	struct iql_expr *call, *inner;
	struct iql_fault fault;

	if (text == NULL && given(c, DATA_DS_FUCNTION) != NULL) {
		name = "ds_fucntion";
		text = given(c, DATA_DS_FUCNTION);
	}
	if (text == NULL && !interval)
		return NULL;
	if (text == NULL)
		text = "mean";
	call = iql_parse_function(c->arena, text, strlen(text), ret_hole,
	    &fault);
	if (call == NULL) {
		fault_at(err, name, &fault);
		return NULL;
	}
	add_argument(c, call, err);
	/* from bucket to bucket: of their means */
	if (interval && *ret_hole == &call->args[0] &&
	    (call->func->flags & FUNC_NESTS) != 0) {
		inner = iql_parse_function(c->arena, "mean", strlen("mean"),
		    ret_hole, &fault);
		call->args[0] = inner;
	}
	return call;
}

static void
read_interval(struct action_call *c, struct iql_statement *s,
    struct helio_err *err)
{
	const char *text = given(c, DATA_DS_INTERVAL);

	if (text != NULL && (!iql_duration(text, strlen(text),
	    &s->interval_ns) || s->interval_ns <= 0))
		err_field(err, "ds_interval", "must be a number above 0 and "
		    "one of the units u, ms, s, m, h, d, w");
}

static void
read_fill(struct action_call *c, struct iql_statement *s,
    struct helio_err *err)
{
	const char *text = given(c, DATA_FILL);
	char *end = NULL;

	if (text == NULL || iql_fill_find(text, &s->fill))
		return;
	s->fill = FILL_NUMBER;
	s->fill_value = strtod(text, &end);
	if (*end != '\0' || !(s->fill_value > -1e300 && s->fill_value < 1e300))
		err_field(err, "fill", "must be null, none, previous, linear "
		    "or a number");
}

/* ---- the statement ---- */

static struct iql_expr *
binary(struct action_call *c, enum iql_op op, struct iql_expr *lhs,
    struct iql_expr *rhs)
{
	struct iql_expr *e = arena_alloc(c->arena, sizeof(*e));

	e->kind = IQL_BINARY;
	e->op = op;
	e->lhs = lhs;
	e->rhs = rhs;
	return e;
}

static struct iql_expr *
time_is(struct action_call *c, enum iql_op op, int64_t ns)
{
	struct iql_expr *at = arena_alloc(c->arena, sizeof(*at));

	at->kind = IQL_INTEGER;
	at->i = ns;
	return binary(c, op, iql_name_expr(c->arena, "time"), at);
}

static struct iql_expr *
tag_is(struct action_call *c, const struct telemetry_tag *tag)
{
	struct iql_expr *name = iql_name_expr(c->arena, tag->name);
	struct iql_expr *value = iql_name_expr(c->arena, tag->value);

	name->cast = CAST_TAG;
	value->kind = IQL_STRING;
	return binary(c, IQL_EQ, name, value);
}

/* The caller's own condition, looked at here so that faults name it. */
static struct iql_expr *
read_where(struct action_call *c, struct helio_err *err)
{
	struct iql_range range = { IQL_TIME_MIN, IQL_TIME_MAX };
	const char *text = given(c, DATA_WHERE);
	struct iql_expr *where, *rest;
	struct iql_fault fault;

	if (text == NULL)
		return NULL;
	where = iql_parse_condition(c->arena, text, strlen(text), &fault);
	if (where != NULL && iql_split_time(c->arena, where,
	    c->now_us * NS_PER_US, &range, &rest, &fault))
		return where;
	fault_at(err, "where", &fault);
	return NULL;
}

static void
add_where(struct action_call *c, const struct data_query *query,
    struct helio_err *err)
{
	struct iql_expr *own = read_where(c, err), *all;
	int64_t start_ns, end_ns;

	start_ns = read_time(c, DATA_START, "start", c->now_us - WEEK_US, err);
	end_ns = read_time(c, DATA_END, "end", c->now_us, err);
	all = binary(c, IQL_AND, time_is(c, IQL_GT, start_ns),
	    time_is(c, IQL_LE, end_ns));
	for (size_t i = 0; i < query->n_tags; i++)
		all = binary(c, IQL_AND, all, tag_is(c, &query->tags[i]));
	query->statement->where = own != NULL ?
	    binary(c, IQL_AND, all, own) : all;
}

/* The field itself, or the function of it. */
static struct iql_field
field_of(struct action_call *c, struct iql_expr *e, struct helio_err *err)
{
	struct iql_expr **hole = NULL, *call = read_function(c, &hole, err);

	e->cast = CAST_FIELD;
	if (call == NULL)
		return (struct iql_field){ .expr = e };
	*hole = e;
	return (struct iql_field){ .expr = call };
}

static void
add_fields(struct action_call *c, const struct data_query *query,
    struct helio_err *err)
{
	struct iql_statement *s = query->statement;
	size_t n = query->fields != NULL ? query->n_fields : 1;
	struct iql_expr *all = arena_alloc(c->arena, sizeof(*all));

	s->fields = arena_alloc(c->arena, n * sizeof(*s->fields));
	s->n_fields = n;
	s->bare_titles = true;
	all->kind = IQL_WILDCARD;
	for (size_t i = 0; i < n; i++) {
		s->fields[i] = field_of(c, query->fields == NULL ? all :
		    iql_name_expr(c->arena, query->fields[i]), err);
		if (query->fields != NULL)
			s->fields[i].alias = query->fields[i];
	}
}

static void
read_limit(struct action_call *c, struct iql_statement *s,
    struct helio_err *err)
{
	if (c->arg[DATA_LIMIT].type != VALUE_INT)
		return;
	s->limit = c->arg[DATA_LIMIT].i;
	if (s->limit < 1)
		err_field(err, "limit", "must be a positive number");
}

static void
read_statement(struct action_call *c, struct data_query *query,
    struct helio_err *err)
{
	struct iql_statement *s = arena_alloc(c->arena, sizeof(*s));

	query->statement = s;
	s->verb = IQL_SELECT;
	s->sources = arena_alloc(c->arena, sizeof(*s->sources));
	s->sources->name = query->measurement;
	s->n_sources = 1;
	read_limit(c, s, err);
	read_interval(c, s, err);
	read_fill(c, s, err);
	add_fields(c, query, err);
	add_where(c, query, err);
}

enum helio_rc
data_query_read(struct action_call *c, struct data_query *ret,
    struct helio_err *err)
{
	const char *measurement = given(c, DATA_MEASUREMENT);
	struct data_query query = {
		.measurement = measurement != NULL ? measurement :
		    "telemetry",
	};

	read_fields(c, &query, err);
	read_tags(c, &query, err);
	read_statement(c, &query, err);
	if (err->rc == HELIO_OK)
		*ret = query;
	return err->rc;
}
