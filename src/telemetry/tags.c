/* Names of types and texts of tags; see column.h and catalogue.h.  No I/O. */
#include <string.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "telemetry/catalogue.h"

const char *
telemetry_type_name(enum telemetry_type type)
{
	static const char *const names[TELEMETRY_TYPE_MAX] = {
		[TELEMETRY_FLOAT] = "float", [TELEMETRY_INT] = "integer",
		[TELEMETRY_BOOL] = "boolean", [TELEMETRY_TEXT] = "string",
	};

	return names[type];
}

bool
telemetry_is_reserved(const char *field)
{
	static const char *const names[] = { "measurement", "tags", "time" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(field, names[i]) == 0)
			return true;
	return false;
}

const char *
catalogue_tags_text(struct arena *arena, const struct telemetry_tag *tags,
    size_t n)
{
	struct buf out = BUF_INIT;
	struct json_write json;
	const char *text;

	jw_start(&json, &out);
	jw_object(&json);
	for (size_t i = 0; i < n; i++)
		jw_put_str(&json, tags[i].name, tags[i].value);
	jw_end(&json);
	text = out.failed ? NULL : arena_strndup(arena, out.data, out.len);
	buf_free(&out);
	return text;
}

size_t
catalogue_tags_read(struct arena *arena, const char *text,
    struct telemetry_tag *ret)
{
	struct json_read json;
	size_t n = 0;

	jr_init(&json, text, strlen(text));
	jr_next(&json);
	while (n < TELEMETRY_TAGS_MAX && jr_next(&json) == JR_KEY) {
		ret[n].name = arena_strndup(arena, json.text, json.n);
		if (jr_next(&json) != JR_STRING)
			break;
		ret[n++].value = arena_strndup(arena, json.text, json.n);
	}
	jr_free(&json);
	return n;
}

const char *
catalogue_tag(const struct telemetry_tag *tags, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(tags[i].name, name) == 0)
			return tags[i].value;
	return NULL;
}
