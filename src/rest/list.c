/* list.c - GET of a collection: count, cut the page, write its rows */
#include "rest/list.h"

#include <string.h>

#include "rest/link.h"
#include "rest/resource.h"
#include "rest/snapshot.h"
#include "store/row_json.h"

enum {
	/* the event loop walks over no more rows than this to reach a page */
	QUICK_OFFSET = 1000,
};

/* ---- reading the request ---- */

/* A `q` that cannot be decoded must not look like none. */
static enum helio_rc
find_q(struct api_call *call, const char **ret)
{
	const char *query = http_query(call->http);
	size_t n;

	*ret = http_param(call->http, "q");
	if (*ret != NULL)
		return HELIO_OK;
	for (; *query != '\0'; query += n + (query[n] == '&')) {
		n = strcspn(query, "&");
		if (*query == 'q' && (n == 1 || query[1] == '='))
			return err_set(&call->err, HELIO_E_DECODE, "%s",
			    rc_text(HELIO_E_DECODE));
	}
	return HELIO_OK;
}

static bool
is_slow(const struct api_call *call, const struct list *list, bool has_q)
{
	if (has_q || list->page.number > QUICK_OFFSET / list->page.size)
		return true;
	return !call->caller.global &&
	    list->plan.query.table->scope != SCOPE_ALL;
}

enum helio_rc
list_read(struct api_call *call, const struct schema_table *table,
    struct list *ret)
{
	struct plan_input in = {
		.arena = call->arena,
		.table = table,
		.reader = call->caller.level,
		.now_us = store_now_us(api_store(call->api)),
	};
	struct list list = { .plan.query = query_all(table) };
	const char *q;
	enum helio_rc rc;

	rc = find_q(call, &q);
	if (rc == HELIO_OK && q != NULL)
		rc = plan_read(&in, q, strlen(q), &list.plan, &call->err);
	if (rc == HELIO_OK && !list.plan.single)
		rc = page_read(http_param(call->http, "page"),
		    http_param(call->http, "results_per_page"), &list.page,
		    &call->err);
	if (rc != HELIO_OK)
		return rc;
	list.slow = list.plan.single || is_slow(call, &list, q != NULL);
	*ret = list;
	return HELIO_OK;
}

enum helio_rc
list_read_related(struct api_call *call, const struct schema_table *table,
    struct list *ret)
{
	struct list list = {
		.plan.query = query_all(table), .unlinked = true,
	};
	enum helio_rc rc = page_read(http_param(call->http, "page"),
	    http_param(call->http, "results_per_page"), &list.page,
	    &call->err);

	if (rc == HELIO_OK)
		*ret = list;
	return rc;
}

/* ---- one object ---- */

struct found {
	struct arena	*arena;
	struct row	*row;
	unsigned	 n;
};

static enum helio_rc
keep_first(const struct row *row, void *arg, struct helio_err *err)
{
	struct found *found = arg;

	if (found->n++ == 0)
		found->row = row_copy(found->arena, row);
	return HELIO_OK;
}

static enum helio_rc
answer_single(struct api_call *call, struct tx *tx, const struct list *list,
    struct buf *out)
{
	struct found found = { .arena = call->arena };
	struct query query = list->plan.query;
	struct json_write w;
	enum helio_rc rc;

	if (query.limit < 0 || query.limit > 2)
		query.limit = 2;
	rc = tx_each(tx, &query, keep_first, &found, &call->err);
	if (rc != HELIO_OK)
		return rc;
	if (found.n == 0)
		return err_set(&call->err, HELIO_E_NOT_FOUND,
		    "No result found");
	if (found.n > 1)
		return err_set(&call->err, HELIO_E_BAD,
		    "Multiple results found");
	jw_start(&w, out);
	row_write_json(&w, found.row, call->caller.level);
	link_location(call, found.row);
	return HELIO_OK;
}

/* ---- a page ---- */

struct writing {
	struct json_write json;
	enum level	 reader;
	/* keys of the page so far, when a row may come more than once */
	struct arena	*arena;		/* NULL: it cannot */
	struct value	 seen[PAGE_SIZE_MAX];
	size_t		 n_seen;
};

static bool
is_repeated(struct writing *w, const struct row *row)
{
	struct value key = row_key(row);

	for (size_t i = 0; i < w->n_seen; i++)
		if (value_equal(w->seen[i], key))
			return true;
	if (key.type == VALUE_TEXT)
		key.s = arena_strndup(w->arena, key.s, key.n);
	w->seen[w->n_seen++] = key;
	return false;
}

static enum helio_rc
write_row(const struct row *row, void *arg, struct helio_err *err)
{
	struct writing *w = arg;

	if (w->arena == NULL || !is_repeated(w, row))
		row_write_json(&w->json, row, w->reader);
	return HELIO_OK;
}

/* Ordering over a relation gives pairs; each row is shown once on a page. */
static bool
may_repeat(const struct query *query)
{
	for (size_t i = 0; i < query->n_order; i++)
		if (query->order[i].relation != NULL)
			return true;
	return false;
}

static enum helio_rc
write_rows(struct tx *tx, const struct list *list, int64_t total,
    struct writing *w, struct helio_err *err)
{
	struct query query = list->plan.query;

	if (!page_cut(&list->page, &query) ||
	    query.offset - list->plan.query.offset >= total)
		return HELIO_OK;
	return tx_each(tx, &query, write_row, w, err);
}

static void
begin_page(struct writing *w, int64_t total, struct buf *out)
{
	jw_start(&w->json, out);
	jw_object(&w->json);
	jw_put_int(&w->json, "num_results", total);
	jw_key(&w->json, "objects");
	jw_array(&w->json);
}

static void
end_page(struct writing *w, struct api_call *call, const struct list *list,
    int64_t total)
{
	jw_end(&w->json);
	jw_key(&w->json, "page");
	page_write(&list->page, &w->json);
	jw_put_int(&w->json, "total_pages", page_count(&list->page, total));
	jw_end(&w->json);
	if (!list->unlinked)
		link_pages(call, &list->page, total);
}

static enum helio_rc
answer_page(struct api_call *call, struct tx *tx, const struct list *list,
    struct buf *out)
{
	struct writing w = {
		.reader = call->caller.level,
		.arena = may_repeat(&list->plan.query) ? call->arena : NULL,
	};
	enum helio_rc rc;
	int64_t total;

	rc = tx_count(tx, &list->plan.query, &total, &call->err);
	if (rc != HELIO_OK)
		return rc;
	begin_page(&w, total, out);
	rc = write_rows(tx, list, total, &w, &call->err);
	if (rc == HELIO_OK)
		end_page(&w, call, list, total);
	return rc;
}

enum helio_rc
list_answer(struct api_call *call, struct tx *tx, void *arg, struct buf *out)
{
	const struct list *list = arg;

	return list->plan.single ? answer_single(call, tx, list, out) :
	    answer_page(call, tx, list, out);
}

void
list_get(struct api_call *call)
{
	struct list *list = arena_alloc(call->arena, sizeof(*list));

	if (list_read(call, resource_of(call)->table, list) == HELIO_OK)
		snapshot_answer(call, list->slow, list_answer, list);
	else
		api_fail(call);
}

/* ---- asking for a page of a whole table ---- */

struct list_ask {
	struct snapshot_ask ask;	/* first */
	struct list	 list;
	struct writing	 writing;
	int64_t		 total;
};

static void
ask_counted(void *arg, int64_t rows)
{
	struct list_ask *a = arg;

	a->total = rows;
	begin_page(&a->writing, rows, &a->ask.out);
}

static enum helio_rc
ask_row(const struct row *row, void *arg, struct helio_err *err)
{
	struct list_ask *a = arg;

	return write_row(row, &a->writing, err);
}

static enum helio_rc
ask_end(struct snapshot_ask *ask)
{
	struct list_ask *a = (struct list_ask *)ask;

	end_page(&a->writing, ask->call, &a->list, a->total);
	return HELIO_OK;
}

bool
list_ask(struct api_call *call)
{
	struct list_ask *a = arena_alloc(call->arena, sizeof(*a));
	struct query query;

	if (list_read(call, resource_of(call)->table, &a->list) != HELIO_OK) {
		api_fail(call);
		return true;
	}
	query = a->list.plan.query;
	if (a->list.slow || !page_cut(&a->list.page, &query))
		return false;
	a->writing.reader = call->caller.level;
	a->ask = (struct snapshot_ask){
		.question = {
			.query = &query, .count = ask_counted, .each = ask_row,
		},
		.call = call, .end = ask_end,
	};
	return snapshot_ask(&a->ask);
}
