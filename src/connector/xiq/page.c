/*
 * A reply of the monitor API: {"data": [..], "pagination": {..}, "error": ..}.
 * Its HTTP status means nothing: an error is told by the member alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connector/xiq/internal.h"

static helio_xiq_fault
api_error(const json_t *error, char text[XIQ_TEXT_SIZE])
{
	const json_t *status = json_object_get(error, "status");
	const char *message = json_string_value(json_object_get(error,
	    "message"));
	char number[24];

	snprintf(number, sizeof(number), "%lld",
	    (long long)json_integer_value(status));
	snprintf(text, XIQ_TEXT_SIZE, "Status Code %s: %.160s",
	    json_is_string(status) ? json_string_value(status) : number,
	    message != NULL ? message : "");
	return HELIO_XIQ_API_ERROR;
}

/* Later pages may lack it: total is then negative. */
static void
read_pagination(helio_xiq_page *page)
{
	json_t *pagination = json_object_get(page->root, "pagination");
	json_t *total = json_object_get(pagination, "totalCount");
	json_t *in_page = json_object_get(pagination, "countInPage");

	page->total = json_is_integer(total) ? json_integer_value(total) : -1;
	page->in_page = json_integer_value(in_page);
}

/* Only clients are read from the list: each must be an object. */
static bool
read_data(helio_xiq_page *page)
{
	size_t i;
	json_t *client;

	page->data = json_object_get(page->root, "data");
	if (!json_is_array(page->data))
		return false;
	json_array_foreach(page->data, i, client)
		if (!json_is_object(client))
			return false;
	return true;
}

static helio_xiq_fault
unknown(const char *why, char text[XIQ_TEXT_SIZE])
{
	snprintf(text, XIQ_TEXT_SIZE, "%s", why);
	return HELIO_XIQ_UNKNOWN;
}

static bool
says_something(const json_t *error)
{
	return json_is_string(error) || json_is_true(error) ||
	    json_is_number(error) || json_is_array(error) ||
	    json_object_size(error) > 0;
}

static helio_xiq_fault
read_root(helio_xiq_page *page, char text[XIQ_TEXT_SIZE])
{
	const json_t *error = json_object_get(page->root, "error");

	if (!json_is_object(page->root))
		return unknown("the reply is not a JSON object", text);
	if (says_something(error))
		return api_error(error, text);
	if (!read_data(page))
		return unknown("the reply has no list of clients", text);
	read_pagination(page);
	return HELIO_XIQ_FINE;
}

helio_xiq_fault
xiq_page_read(const char *body, size_t n, helio_xiq_page **ret,
    char text[XIQ_TEXT_SIZE])
{
	helio_xiq_page *page = calloc(1, sizeof(*page));
	helio_xiq_fault fault;

	if (page == NULL)
		return unknown("no memory", text);
	page->root = json_loadb(body, n, 0, NULL);
	fault = read_root(page, text);
	if (fault == HELIO_XIQ_FINE)
		*ret = page;
	else
		helio_xiq_page_free(page);
	return fault;
}

void
helio_xiq_page_free(helio_xiq_page *page)
{
	if (page == NULL)
		return;
	json_decref(page->root);
	free(page);
}

unsigned
xiq_page_count(const helio_xiq_page *first)
{
	int64_t n;

	if (first->total < 0)
		return 0;
	if (first->in_page >= first->total)
		return 1;
	if (first->in_page <= 0)
		return 0;
	n = (first->total - 1) / first->in_page + 1;
	return n <= XIQ_PAGES_MAX ? (unsigned)n : 0;
}

size_t
helio_xiq_page_clients(const helio_xiq_page *page)
{
	return json_array_size(page->data);
}

int64_t
helio_xiq_page_total(const helio_xiq_page *page)
{
	return page->total;
}

/* Ids have been seen as numbers and as texts. */
void
helio_xiq_page_client(const helio_xiq_page *page, size_t i,
    const char **ret_ssid, const char **ret_id)
{
	const json_t *client = json_array_get(page->data, i);
	const json_t *id = json_object_get(client, "clientId");
	char *scratch = ((helio_xiq_page *)page)->scratch;

	snprintf(scratch, sizeof(page->scratch), "%lld",
	    (long long)json_integer_value(id));
	*ret_ssid = json_string_value(json_object_get(client, "ssid"));
	*ret_id = json_is_integer(id) ? scratch : json_string_value(id);
}
