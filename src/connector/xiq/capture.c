/*
 * A capture: window by window, page by page.  Three chances for a call:
 *
 *   first call of a window   so many tries, then its owner is asked
 *   later page               once more when the window's others are done
 *   still failed             at the end, as often as the owner likes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connector/xiq/internal.h"

enum { TRIES = 5 };

/* A page that could not be had, with the clients of its window so far. */
struct failure {
	struct xiq_window window;
	unsigned	 page;
	json_t		*tally;		/* owned */
};

struct failures {
	struct failure	*list;
	size_t		 n, cap;
};

struct run {
	const struct xiq_world *world;
	const helio_xiq_span *span;
	const helio_xiq_owner *owner;
	helio_xiq_counts *counts;
	helio_xiq_result *result;
	helio_error	*error;
	struct buf	 url;		/* of the call spoken of */
	struct failures	 left;		/* for the third chance */
};

/* ---- the owner ---- */

static const char *
url_of(struct run *run, const struct xiq_window *window, unsigned page)
{
	buf_reset(&run->url);
	run->world->address(run->world->arg, window, page, &run->url);
	return run->url.data != NULL ? run->url.data : "";
}

static void
tell(struct run *run, const helio_xiq_event *event)
{
	if (run->owner->tell != NULL)
		run->owner->tell(run->owner->arg, event);
}

static void
tell_start(struct run *run, helio_xiq_event_kind kind,
    const struct xiq_window *window)
{
	tell(run, &(helio_xiq_event){ .kind = kind, .start = window->start });
}

static void
tell_count(struct run *run, helio_xiq_event_kind kind, size_t n, size_t of)
{
	tell(run, &(helio_xiq_event){ .kind = kind, .n = (unsigned)n,
	    .of = (unsigned)of });
}

static helio_xiq_answer
ask(struct run *run, helio_xiq_question question,
    const helio_xiq_event *about)
{
	helio_xiq_answer answer = HELIO_XIQ_NO;

	if (run->owner->ask != NULL)
		answer = run->owner->ask(run->owner->arg, question, about);
	if (answer == HELIO_XIQ_STOP)
		run->result->stopped = true;
	return answer;
}

static helio_code
no_memory(struct run *run)
{
	return helio_error_set(run->error, HELIO_LOCAL, "no memory");
}

/* ---- calls that failed ---- */

static bool
failures_add(struct failures *failures, const struct xiq_window *window,
    unsigned page, json_t *tally)
{
	size_t cap = failures->cap > 0 ? failures->cap * 2 : 8;
	struct failure *list = failures->list;

	if (failures->n == failures->cap) {
		list = reallocarray(list, cap, sizeof(*list));
		if (list == NULL)
			return false;
		failures->list = list;
		failures->cap = cap;
	}
	list[failures->n++] = (struct failure){ *window, page,
	    json_incref(tally) };
	return true;
}

static void
failures_free(struct failures *failures)
{
	for (size_t i = 0; i < failures->n; i++)
		json_decref(failures->list[i].tally);
	free(failures->list);
	*failures = (struct failures){ NULL, 0, 0 };
}

/*
 * One try of a page, its clients added to the tally.  A failure is told with
 * this event.
 */
static helio_xiq_fault
try_page(struct run *run, const struct xiq_window *window, unsigned page,
    json_t *tally, helio_xiq_event_kind failed, size_t n, size_t of)
{
	char text[XIQ_TEXT_SIZE] = "no memory";
	helio_xiq_page *reply = NULL;
	helio_xiq_fault fault = run->world->fetch(run->world->arg, window,
	    page, &reply, text);

	if (fault == HELIO_XIQ_FINE && !xiq_tally_add(tally, reply))
		fault = HELIO_XIQ_UNKNOWN;
	helio_xiq_page_free(reply);
	if (fault != HELIO_XIQ_FINE)
		tell(run, &(helio_xiq_event){ .kind = failed,
		    .start = window->start, .text = text, .fault = fault,
		    .url = url_of(run, window, page), .n = (unsigned)n,
		    .of = (unsigned)of });
	return fault;
}

/* ---- the first call of a window ---- */

static unsigned
tries_of(const struct run *run)
{
	return run->span->tries > 0 ? run->span->tries : TRIES;
}

/* What follows from the n-th failure in a row; YES: try again. */
static helio_xiq_answer
after_failure(struct run *run, const helio_xiq_event *failure)
{
	if (failure->n >= failure->of)
		return ask(run, HELIO_XIQ_ASK_MORE, failure);
	if (failure->fault == HELIO_XIQ_UNKNOWN)
		return ask(run, HELIO_XIQ_ASK_ONCE, failure);
	return HELIO_XIQ_YES;
}

/* Fetch the page that tells how many there are. */
static helio_xiq_fault
fetch_first(struct run *run, const struct xiq_window *window,
    helio_xiq_page **ret, char text[XIQ_TEXT_SIZE])
{
	helio_xiq_fault fault = run->world->fetch(run->world->arg, window, 0,
	    ret, text);

	if (fault == HELIO_XIQ_FINE && xiq_page_count(*ret) == 0) {
		helio_xiq_page_free(*ret);
		*ret = NULL;
		snprintf(text, XIQ_TEXT_SIZE,
		    "the reply does not tell how many pages there are");
		fault = HELIO_XIQ_UNKNOWN;
	}
	return fault;
}

/* NULL: the answer was not to go on. */
static helio_xiq_page *
first_call(struct run *run, const struct xiq_window *window)
{
	helio_xiq_event failure = { .kind = HELIO_XIQ_TRY_FAILED,
	    .start = window->start, .of = tries_of(run) };
	char text[XIQ_TEXT_SIZE] = "";
	helio_xiq_page *page = NULL;

	for (;;) {
		failure.fault = fetch_first(run, window, &page, text);
		if (failure.fault == HELIO_XIQ_FINE)
			return page;
		failure.n = failure.n % failure.of + 1;
		failure.text = text;
		failure.url = url_of(run, window, 0);
		tell(run, &failure);
		if (after_failure(run, &failure) != HELIO_XIQ_YES)
			return NULL;
	}
}

/* ---- later pages ---- */

static helio_code
later_pages(struct run *run, const struct xiq_window *window, unsigned pages,
    json_t *tally, struct failures *second)
{
	for (unsigned page = 1; page < pages; page++) {
		tell_count(run, HELIO_XIQ_PAGE, page, pages - 1);
		if (try_page(run, window, page, tally, HELIO_XIQ_PAGE_FAILED,
		    page, pages - 1) != HELIO_XIQ_FINE &&
		    !failures_add(second, window, page, tally))
			return no_memory(run);
	}
	return HELIO_DONE;
}

static bool
leave(struct run *run, const struct failure *failure)
{
	return failures_add(&run->left, &failure->window, failure->page,
	    failure->tally) && xiq_counts_fail(run->counts,
	    failure->window.start, url_of(run, &failure->window,
	    failure->page));
}

static helio_code
second_chance(struct run *run, const struct failures *second)
{
	if (second->n == 0)
		return HELIO_DONE;
	tell_count(run, HELIO_XIQ_SECOND, second->n, second->n);
	for (size_t i = 0; i < second->n; i++) {
		const struct failure *call = &second->list[i];

		tell_count(run, HELIO_XIQ_RETRY, i + 1, second->n);
		if (try_page(run, &call->window, call->page, call->tally,
		    HELIO_XIQ_RETRY_FAILED, i + 1, second->n) ==
		    HELIO_XIQ_FINE)
			tell_count(run, HELIO_XIQ_RETRY_DONE, i + 1,
			    second->n);
		else if (!leave(run, call))
			return no_memory(run);
	}
	tell_count(run, HELIO_XIQ_SECOND_DONE, second->n, second->n);
	return HELIO_DONE;
}

/* ---- a window ---- */

/* Its counts into the file. */
static helio_code
keep(struct run *run, const struct xiq_window *window, const json_t *tally)
{
	json_t *counts = xiq_tally_counts(tally);

	if (counts == NULL || !xiq_counts_set(run->counts, window->start,
	    counts))
		return no_memory(run);
	return helio_xiq_counts_save(run->counts, run->error);
}

static helio_code
take_pages(struct run *run, const struct xiq_window *window,
    const helio_xiq_page *first)
{
	struct failures second = { NULL, 0, 0 };
	json_t *tally = xiq_tally_new();
	helio_code code = HELIO_DONE;

	xiq_counts_begin(run->counts, window->start);
	if (!xiq_tally_add(tally, first))
		code = no_memory(run);
	if (code == HELIO_DONE)
		code = later_pages(run, window, xiq_page_count(first), tally,
		    &second);
	if (code == HELIO_DONE)
		code = second_chance(run, &second);
	if (code == HELIO_DONE)
		code = keep(run, window, tally);
	if (code == HELIO_DONE) {
		run->result->counted++;
		tell_start(run, HELIO_XIQ_COUNTED, window);
	}
	failures_free(&second);
	json_decref(tally);
	return code;
}

static helio_code
take_window(struct run *run, const struct xiq_window *window)
{
	helio_xiq_page *first;
	helio_code code = HELIO_DONE;

	tell_start(run, HELIO_XIQ_WINDOW, window);
	first = first_call(run, window);
	if (first != NULL) {
		tell_start(run, HELIO_XIQ_CONNECTED, window);
		code = take_pages(run, window, first);
	} else {
		run->result->skipped++;
		tell_start(run, HELIO_XIQ_SKIPPED, window);
	}
	helio_xiq_page_free(first);
	return code;
}

/* ---- the third chance ---- */

/* Try all again; those that fail stay. */
static helio_code
try_left(struct run *run)
{
	struct failures calls = run->left;
	helio_code code = HELIO_DONE;

	run->left = (struct failures){ NULL, 0, 0 };
	for (size_t i = 0; i < calls.n && code == HELIO_DONE; i++) {
		const struct failure *call = &calls.list[i];

		tell_count(run, HELIO_XIQ_THIRD, i + 1, calls.n);
		if (try_page(run, &call->window, call->page, call->tally,
		    HELIO_XIQ_THIRD_FAILED, i + 1, calls.n) !=
		    HELIO_XIQ_FINE) {
			if (!leave(run, call))
				code = no_memory(run);
			continue;
		}
		xiq_counts_mend(run->counts, call->window.start,
		    url_of(run, &call->window, call->page));
		code = keep(run, &call->window, call->tally);
		if (code == HELIO_DONE)
			tell_start(run, HELIO_XIQ_THIRD_DONE, &call->window);
	}
	failures_free(&calls);
	return code;
}

static void
tell_left(struct run *run)
{
	for (size_t i = 0; i < run->left.n; i++) {
		const struct failure *call = &run->left.list[i];

		tell(run, &(helio_xiq_event){ .kind = HELIO_XIQ_LEFT,
		    .start = call->window.start, .n = (unsigned)i + 1,
		    .of = (unsigned)run->left.n,
		    .url = url_of(run, &call->window, call->page) });
	}
}

static helio_code
third_chance(struct run *run)
{
	helio_code code = HELIO_DONE;

	while (run->left.n > 0 && code == HELIO_DONE) {
		const helio_xiq_event about = { .n = (unsigned)run->left.n,
		    .of = (unsigned)run->left.n };

		if (run->result->stopped || ask(run, HELIO_XIQ_ASK_FAILED,
		    &about) != HELIO_XIQ_YES)
			break;
		code = try_left(run);
	}
	tell_left(run);
	run->result->calls_left = (unsigned)run->left.n;
	return code;
}

/* ---- all windows ---- */

static bool
is_there(const struct run *run, const struct xiq_window *window)
{
	return run->span->resume && xiq_counts_whole(run->counts, window);
}

/*
 * Windows that are in the file but not whole are noted as such before it is
 * written the first time: its time no longer tells afterwards.
 */
static helio_code
note_partial(struct run *run, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct xiq_window window = xiq_window(run->span, i);

		if (json_object_get(run->counts->windows, window.start) !=
		    NULL && !xiq_counts_whole(run->counts, &window) &&
		    !xiq_counts_fail(run->counts, window.start,
		    url_of(run, &window, 0)))
			return no_memory(run);
	}
	return HELIO_DONE;
}

static helio_code
take_windows(struct run *run, unsigned n)
{
	helio_code code = note_partial(run, n);

	for (unsigned i = 0; i < n && code == HELIO_DONE &&
	    !run->result->stopped; i++) {
		struct xiq_window window = xiq_window(run->span, i);

		if (is_there(run, &window)) {
			run->result->kept++;
			tell_start(run, HELIO_XIQ_KEPT, &window);
		} else {
			code = take_window(run, &window);
		}
	}
	return code;
}

helio_code
xiq_capture(const struct xiq_world *world, const helio_xiq_span *span,
    helio_xiq_counts *counts, const helio_xiq_owner *owner,
    helio_xiq_result *ret, helio_error *error)
{
	helio_xiq_result result = { 0 };
	struct run run = { .world = world, .span = span, .counts = counts,
	    .owner = owner, .result = &result, .error = error,
	    .url = BUF_INIT };
	unsigned n = xiq_windows(span);
	helio_code code;

	if (n == 0)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "the time asked for has too many windows");
	code = take_windows(&run, n);
	if (code == HELIO_DONE)
		code = third_chance(&run);
	if (code == HELIO_DONE)
		code = helio_xiq_counts_save(counts, error);
	if (code == HELIO_DONE)
		*ret = result;
	failures_free(&run.left);
	buf_free(&run.url);
	return code;
}
