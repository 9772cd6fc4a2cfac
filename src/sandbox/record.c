/* The recorded requests. */
#include "sandbox/record.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

void
record_init(struct record_list *list)
{
	memset(list, 0, sizeof(*list));
	STAILQ_INIT(&list->all);
}

static void
record_free(struct record *record)
{
	free(record->method);
	free(record->target);
	buf_free(&record->headers);
	buf_free(&record->body);
	free(record);
}

static void
forget_oldest(struct record_list *list)
{
	struct record *oldest = STAILQ_FIRST(&list->all);

	STAILQ_REMOVE_HEAD(&list->all, next);
	list->n--;
	list->bytes -= oldest->body.len;
	record_free(oldest);
}

void
record_clear(struct record_list *list)
{
	while (list->n > 0)
		forget_oldest(list);
	list->forgotten = 0;
}

struct record *
record_add(struct record_list *list, int64_t at_us, const char *method,
    const char *target, const char *body, size_t n)
{
	struct record *record = calloc(1, sizeof(*record));

	if (record == NULL)
		return NULL;
	record->at_us = at_us;
	record->n = n;
	record->method = strdup(method);
	record->target = strdup(target);
	buf_add(&record->body, body, n < RECORD_BODY_MAX ? n :
	    RECORD_BODY_MAX);
	if (record->method == NULL || record->target == NULL ||
	    record->body.failed) {
		record_free(record);
		return NULL;
	}
	record->seq = ++list->seq;
	STAILQ_INSERT_TAIL(&list->all, record, next);
	list->n++;
	list->bytes += record->body.len;
	while (list->n > RECORDS_MAX || list->bytes > RECORDS_BYTES_MAX) {
		forget_oldest(list);
		list->forgotten++;
	}
	return record;
}

static void
write_one(const struct record *record, struct json_write *json)
{
	jw_object(json);
	jw_put_int(json, "seq", (int64_t)record->seq);
	jw_put_time(json, "at", record->at_us);
	jw_put_str(json, "method", record->method);
	jw_put_str(json, "target", record->target);
	jw_key(json, "headers");
	if (record->headers.len > 0)
		jw_raw(json, record->headers.data, record->headers.len);
	else
		jw_raw(json, "[]", 2);
	jw_key(json, "body");
	jw_strn(json, record->body.len > 0 ? record->body.data : "",
	    record->body.len);
	jw_put_int(json, "size", (int64_t)record->n);
	jw_put_int(json, "status", record->status);
	jw_end(json);
}

void
record_write(const struct record_list *list, uint64_t after, const char *glob,
    struct buf *out)
{
	const struct record *record;
	struct json_write json;

	jw_start(&json, out);
	jw_object(&json);
	jw_key(&json, "requests");
	jw_array(&json);
	STAILQ_FOREACH(record, &list->all, next)
		if (record->seq > after && (*glob == '\0' ||
		    fnmatch(glob, record->target, 0) == 0))
			write_one(record, &json);
	jw_end(&json);
	jw_put_int(&json, "forgotten", (int64_t)list->forgotten);
	jw_end(&json);
}
