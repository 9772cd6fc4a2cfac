/* name.c - names of fields and relations in `q` */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "rest/planner.h"

static void
print_place(struct buf *out, const struct place *at)
{
	if (at == NULL)
		return;
	print_place(out, at->up);
	if (at->member == NULL)
		buf_addf(out, "[%zu]", at->index);
	else
		buf_addf(out, "%s%s", out->len > 0 ? "." : "", at->member);
}

void
planner_refuse(struct planner *p, const struct place *at, const char *member,
    const char *fmt, ...)
{
	struct place last = { .up = at, .member = member };
	struct buf path = BUF_INIT;
	char text[sizeof(p->err->fault[0].text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	print_place(&path, member != NULL ? &last : at);
	err_set(p->err, HELIO_E_QUERY, "%s", rc_text(HELIO_E_QUERY));
	err_field(p->err, path.data != NULL ? path.data : "q", "%s", text);
	buf_free(&path);
}

/* Split "a__b" at its only "__". */
static bool
split(const char *text, size_t *ret_left, const char **ret_right)
{
	const char *sep = strstr(text, "__");

	if (sep == NULL || sep == text || sep[2] == '\0' ||
	    strstr(sep + 2, "__") != NULL)
		return false;
	*ret_left = (size_t)(sep - text);
	*ret_right = sep + 2;
	return true;
}

static bool
find_pair(const struct schema_table *table, const char *text, struct name *ret)
{
	const char *right;
	size_t left;

	if (!split(text, &left, &right))
		return false;
	ret->relation = schema_relationn(table, text, left);
	if (ret->relation != NULL) {
		ret->field = schema_field(ret->relation->target, right);
		return ret->field != NULL;
	}
	/* Flask-Restless wants them the other way round inside has and any */
	ret->relation = schema_relation(table, right);
	if (ret->relation != NULL)
		ret->field = schema_fieldn(ret->relation->target, text, left);
	return ret->field != NULL;
}

static bool
find(const struct schema_table *table, const char *text, enum name_want want,
    struct name *ret)
{
	const struct schema_field *field = schema_field(table, text);
	const struct schema_relation *relation = NULL;

	if (want != NAME_FIELD)
		relation = schema_relation(table, text);
	if (relation != NULL && want == NAME_RELATION)
		field = NULL;
	if (field != NULL)
		relation = NULL;
	*ret = (struct name){ .relation = relation, .field = field };
	if (relation != NULL || field != NULL)
		return true;
	return want != NAME_FIELD && find_pair(table, text, ret);
}

bool
name_read(struct planner *p, const struct place *at, const char *member,
    const json_t *object, const struct schema_table *table,
    enum name_want want, struct name *ret)
{
	const json_t *json = json_object_get(object, member);
	const char *text = json_string_value(json);
	struct name found;

	if (text == NULL) {
		planner_refuse(p, at, member, json == NULL ?
		    "is missing" : "must be a text");
		return false;
	}
	if (!find(table, text, want, &found)) {
		planner_refuse(p, at, member, "%s has no field '%.60s'",
		    table->name, text);
		return false;
	}
	if (found.relation != NULL &&
	    found.relation->target->allow[SCHEMA_GET] > p->in->reader) {
		planner_refuse(p, at, member, "your user may not read %s",
		    found.relation->target->name);
		return false;
	}
	if (found.field != NULL && found.field->secret != LEVEL_OVERVIEW) {
		planner_refuse(p, at, member,
		    "'%s' is secret and cannot be used in queries",
		    found.field->name);
		return false;
	}
	*ret = found;
	return true;
}
