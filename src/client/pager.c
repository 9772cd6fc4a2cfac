/* Lists of many pages as one sequence of rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/call.h"
#include "client/json.h"

enum {
	PAGES_MAX = 1000000,	/* a service that never ends is not believed */
	PAGING_TEXTS = 6,
};

struct helio_pager {
	helio_http	*http;		/* borrowed */
	helio_call	*call;
	size_t		 target_len;	/* of the call without the paging */
	bool		 had_query;
	helio_paging	 how;		/* own copies of its texts */
	long		 number;	/* of the page to ask for */
	unsigned long	 pages;		/* received */
	json_t		*page;		/* the answer being walked, or NULL */
	json_t		*rows;		/* borrowed from it */
	size_t		 at;		/* the next row */
	int64_t		 seen;		/* rows of the pages received */
	int64_t		 total;		/* -1: not known */
	bool		 last;		/* no page follows this one */
	helio_json	 row;		/* what was given last, borrowed */
};

/* The texts of a paging, to copy and free them all alike. */
static void
paging_texts(helio_paging *how, const char **texts[PAGING_TEXTS])
{
	memcpy(texts, (const char **[PAGING_TEXTS]){
		&how->page, &how->limit, &how->rows, &how->pages,
		&how->total, &how->next,
	}, PAGING_TEXTS * sizeof(*texts));
}

static bool
copy_paging(helio_paging *to, const helio_paging *from)
{
	const char **texts[PAGING_TEXTS];
	bool ok = true;

	*to = *from;
	paging_texts(to, texts);
	for (size_t i = 0; i < PAGING_TEXTS; i++) {
		if (*texts[i] == NULL)
			continue;
		*texts[i] = strdup(*texts[i]);
		ok &= *texts[i] != NULL;
	}
	return ok;
}

helio_code
helio_pager_new(helio_http *http, helio_call *call, const helio_paging *how,
    helio_pager **ret, helio_error *error)
{
	helio_pager *pager = calloc(1, sizeof(*pager));

	if (pager == NULL || call == NULL) {
		free(pager);
		helio_call_free(call);
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	pager->http = http;
	pager->call = call;
	pager->target_len = call->target.len;
	pager->had_query = call->has_query;
	pager->number = how->first;
	pager->total = -1;
	if (!copy_paging(&pager->how, how)) {
		helio_pager_free(pager);
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	*ret = pager;
	return HELIO_DONE;
}

void
helio_pager_free(helio_pager *pager)
{
	const char **texts[PAGING_TEXTS];

	if (pager == NULL)
		return;
	paging_texts(&pager->how, texts);
	for (size_t i = 0; i < PAGING_TEXTS; i++)
		free((char *)*texts[i]);
	json_decref(pager->page);
	helio_call_free(pager->call);
	free(pager);
}

/* ---- a page ---- */

static void
add_number(helio_call *call, const char *name, long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	helio_call_query_raw(call, name, text);
}

static void
describe_page(helio_pager *pager)
{
	const helio_paging *how = &pager->how;
	helio_call *call = pager->call;

	call->target.len = pager->target_len;
	call->target.data[pager->target_len] = '\0';
	call->has_query = pager->had_query;
	if (how->page != NULL && (pager->pages > 0 || !how->first_unsaid))
		add_number(call, how->page, pager->number);
	if (how->limit != NULL && how->limit_rows > 0)
		add_number(call, how->limit, how->limit_rows);
}

/* Does the number at a path tell that `reached` is the end? */
static bool
told_end(json_t *page, const char *path, int64_t reached, int64_t *ret_told)
{
	json_t *value = path != NULL ? json_at(page, path) : NULL;

	if (!json_is_integer(value))
		return false;
	*ret_told = json_integer_value(value);
	return *ret_told <= reached;
}

static bool
is_last(helio_pager *pager, size_t n)
{
	const helio_paging *how = &pager->how;
	int64_t pages;

	return n == 0 || how->page == NULL || pager->pages >= PAGES_MAX ||
	    told_end(pager->page, how->pages, (int64_t)pager->pages, &pages) |
	    told_end(pager->page, how->total, pager->seen, &pager->total) ||
	    (how->short_ends && (long)n < how->limit_rows) ||
	    (how->next != NULL &&
	    !json_is_integer(json_at(pager->page, how->next)));
}

/* Take over an answer: its rows, and where the next page is. */
static void
take_page(helio_pager *pager, json_t *page, json_t *rows)
{
	const helio_paging *how = &pager->how;
	size_t n = json_array_size(rows);

	json_decref(pager->page);
	pager->page = page;
	pager->rows = rows;
	pager->at = 0;
	pager->pages++;
	pager->seen += (int64_t)n;
	pager->last = is_last(pager, n);
	if (how->next != NULL && !pager->last)
		pager->number = (long)json_integer_value(json_at(page,
		    how->next));
	else
		pager->number += how->offset ? (long)n : 1;
}

static helio_code
read_page(helio_pager *pager, const helio_reply *reply, helio_error *error)
{
	size_t n;
	const char *body = helio_reply_body(reply, &n);
	json_error_t where;
	json_t *page = NULL, *rows;
	helio_code code = helio_reply_check(reply, error);

	if (code != HELIO_DONE)
		return code;
	page = json_loadb(body, n, 0, &where);
	rows = json_at(page, pager->how.rows != NULL ? pager->how.rows : "");
	if (json_is_array(rows)) {
		take_page(pager, page, rows);
		return HELIO_DONE;
	}
	if (page == NULL)
		return helio_error_set(error, HELIO_MALFORMED, "no JSON: %s",
		    where.text);
	json_decref(page);
	return helio_error_set(error, HELIO_MALFORMED,
	    "there are no rows in the answer");
}

static helio_code
get_page(helio_pager *pager, helio_error *error)
{
	helio_reply *reply = NULL;
	helio_code code;

	describe_page(pager);
	code = helio_http_send(pager->http, pager->call, &reply, error);
	if (code == HELIO_DONE)
		code = read_page(pager, reply, error);
	helio_reply_free(reply);
	if (code != HELIO_DONE)
		helio_error_step(error, "page %lu", pager->pages + 1);
	return code;
}

helio_code
helio_pager_next(helio_pager *pager, const helio_json **ret,
    helio_error *error)
{
	helio_code code;

	while (pager->at >= json_array_size(pager->rows)) {
		if (pager->last) {
			*ret = NULL;
			return HELIO_DONE;
		}
		code = get_page(pager, error);
		if (code != HELIO_DONE)
			return code;
	}
	pager->row.root = json_array_get(pager->rows, pager->at++);
	*ret = &pager->row;
	return HELIO_DONE;
}

int64_t
helio_pager_total(const helio_pager *pager)
{
	return pager->total;
}
