/* Answers: a list of records, or one record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "connector/netsapiens/internal.h"

helio_code
pbx_records(json_t *root, helio_pbx_records **ret, helio_error *error)
{
	helio_pbx_records *records = NULL;

	if (!json_is_array(root) && !json_is_object(root)) {
		json_decref(root);
		return helio_error_set(error, HELIO_MALFORMED,
		    "the answer is no JSON list or object");
	}
	records = calloc(1, sizeof(*records));
	if (records == NULL) {
		json_decref(root);
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	records->root = root;
	*ret = records;
	return HELIO_DONE;
}

helio_code
pbx_parse(const char *body, size_t n, helio_pbx_records **ret,
    helio_error *error)
{
	return pbx_records(json_loadb(body, n, 0, NULL), ret, error);
}

helio_code
helio_pbx_read(const helio_reply *reply, helio_pbx_records **ret,
    helio_error *error)
{
	helio_code code = helio_reply_check(reply, error);
	const char *body;
	size_t n;

	if (code != HELIO_DONE)
		return code;
	body = helio_reply_body(reply, &n);
	return pbx_parse(body, n, ret, error);
}

void
helio_pbx_records_free(helio_pbx_records *records)
{
	if (records == NULL)
		return;
	json_decref(records->root);
	free(records->text);
	free(records);
}

size_t
helio_pbx_count(const helio_pbx_records *records)
{
	return json_is_array(records->root) ? json_array_size(records->root) :
	    1;
}

static json_t *
record(const helio_pbx_records *records, size_t i)
{
	if (json_is_array(records->root))
		return json_array_get(records->root, i);
	return i == 0 ? records->root : NULL;
}

const char *
helio_pbx_text(const helio_pbx_records *records, size_t i, const char *name)
{
	helio_pbx_records *own = (helio_pbx_records *)records;
	const json_t *member = json_object_get(record(records, i), name);

	if (json_is_string(member))
		return json_string_value(member);
	if (member == NULL || json_is_null(member))
		return NULL;
	free(own->text);
	own->text = json_dumps(member, JSON_ENCODE_ANY | JSON_COMPACT);
	return own->text;
}

char *
helio_pbx_json(const helio_pbx_records *records, size_t i)
{
	const json_t *one = i < helio_pbx_count(records) ?
	    record(records, i) : records->root;

	return json_dumps(one, JSON_ENCODE_ANY);
}

void
pbx_time(int64_t at_us, char out[PBX_TIME_SIZE])
{
	char text[TIME_TEXT_MAX];

	time_format_blank(at_us - at_us % US_PER_S, text);
	snprintf(out, PBX_TIME_SIZE, "%.19s", text);
}
