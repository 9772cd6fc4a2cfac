/* The arguments of a telemetry read. */
#include "action/data_query.h"

#include <stdlib.h>
#include <string.h>

#include "base/times.h"

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
read_fields(struct action_call *c, struct telemetry_query *query,
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
add_tag(struct action_call *c, struct telemetry_query *query,
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
add_tags(struct action_call *c, struct telemetry_query *query,
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
read_tags(struct action_call *c, struct telemetry_query *query,
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

/* ---- the rest ---- */

static void
refuse_later(struct action_call *c, struct helio_err *err)
{
	static const struct {
		size_t		 arg;
		const char	*name;
	} later[] = {
		{ DATA_WHERE, "where" }, { DATA_DS_INTERVAL, "ds_interval" },
		{ DATA_DS_FUNCTION, "ds_function" },
		{ DATA_DS_FUCNTION, "ds_fucntion" },
	};
	size_t i;

	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (c->arg[later[i].arg].type != VALUE_NULL)
			err_field(err, later[i].name,
			    "not available in this version");
}

enum helio_rc
data_query_read(struct action_call *c, struct telemetry_query *ret,
    struct helio_err *err)
{
	const char *measurement = action_text(c, DATA_MEASUREMENT);
	struct telemetry_query query = {
		.measurement = measurement != NULL && measurement[0] != '\0' ?
		    measurement : "telemetry",
		.limit = -1,
	};

	query.start_ns = read_time(c, DATA_START, "start", c->now_us - WEEK_US,
	    err);
	query.end_ns = read_time(c, DATA_END, "end", c->now_us, err);
	if (c->arg[DATA_LIMIT].type == VALUE_INT)
		query.limit = c->arg[DATA_LIMIT].i;
	if (c->arg[DATA_LIMIT].type == VALUE_INT && query.limit < 1)
		err_field(err, "limit", "must be a positive number");
	read_fields(c, &query, err);
	read_tags(c, &query, err);
	refuse_later(c, err);
	if (err->rc == HELIO_OK)
		*ret = query;
	return err->rc;
}
