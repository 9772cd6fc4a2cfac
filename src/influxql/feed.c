/* Cursors of a group's series, in sequence or through a heap. */
#include "influxql/feed.h"

#include <string.h>

/* One series being read. */
struct source {
	const struct iql_series *series;
	struct telemetry_cursor *cursor;
	const struct telemetry_block *block;	/* NULL: no more */
	size_t		 at;			/* first row not given out */
	uint64_t	*mask;			/* NULL: every row */
	size_t		 cap;			/* its words */
	size_t		 number;		/* in the group */
};

struct iql_feed {
	struct iql_run	*run;
	struct iql_feed_options opt;
	struct telemetry_range range;	/* the cursors borrow it */
	struct iql_masker *masker;
	struct source	*sources;	/* merged: all, else one */
	size_t		 n_sources;
	struct source	**heap;
	size_t		 n_heap;
	size_t		 next;		/* series to read, in sequence */
	size_t		 given;		/* rows of the top that are done with */
	bool		 begun;
};

struct iql_feed *
iql_feed_open(struct iql_run *run, const struct iql_feed_options *opt)
{
	struct iql_feed *feed = arena_alloc(opt->arena, sizeof(*feed));
	size_t n = opt->merged ? opt->group->n : 1;

	feed->run = run;
	feed->opt = *opt;
	feed->range = (struct telemetry_range){
		.first_ns = opt->first_ns, .last_ns = opt->last_ns,
		.fields = opt->plan->fields, .n_fields = opt->plan->n_fields,
		.descending = opt->descending,
	};
	feed->masker = iql_masker_new(opt->arena, opt->plan);
	feed->sources = arena_alloc(opt->arena, (n + 1) *
	    sizeof(*feed->sources));
	feed->heap = arena_alloc(opt->arena, (n + 1) * sizeof(*feed->heap));
	return feed;
}

void
iql_feed_close(struct iql_feed *feed)
{
	if (feed == NULL)
		return;
	for (size_t i = 0; i < feed->n_sources; i++)
		telemetry_cursor_close(feed->sources[i].cursor);
}

/* ---- one series ---- */

static void
mask_source(struct iql_feed *feed, struct source *source)
{
	size_t words = (source->block->n + 63) / 64;

	if (source->series->where == NULL)
		return;
	if (words > source->cap) {
		source->mask = arena_alloc(feed->opt.arena,
		    words * sizeof(*source->mask));
		source->cap = words;
	}
	iql_mask(feed->masker, source->series->where, source->block,
	    source->mask);
}

static enum helio_rc
next_block(struct iql_feed *feed, struct source *source, struct helio_err *err)
{
	enum helio_rc rc = telemetry_cursor_next(source->cursor,
	    &source->block, err);

	source->at = 0;
	if (rc != HELIO_OK || source->block == NULL)
		return rc;
	mask_source(feed, source);
	return iql_count_rows(feed->run, source->block->n, err);
}

static enum helio_rc
open_source(struct iql_feed *feed, struct source *source, size_t number,
    struct helio_err *err)
{
	enum helio_rc rc;

	telemetry_cursor_close(source->cursor);
	source->cursor = NULL;
	source->block = NULL;
	source->series = &feed->opt.group->series[number];
	source->number = number;
	rc = telemetry_cursor_open(feed->opt.plan->scan, source->series->id,
	    &feed->range, &source->cursor, err);
	return rc == HELIO_OK ? next_block(feed, source, err) : rc;
}

static void
give(struct iql_feed *feed, const struct source *source, size_t hi,
    struct iql_rows *ret)
{
	*ret = (struct iql_rows){
		.series = source->series, .block = source->block,
		.lo = source->at, .hi = hi,
		.mask = source->series->where != NULL ? source->mask : NULL,
	};
	feed->given = hi;
}

/* ---- in sequence ---- */

static enum helio_rc
next_in_sequence(struct iql_feed *feed, struct iql_rows *ret,
    struct helio_err *err)
{
	struct source *source = &feed->sources[0];
	enum helio_rc rc = HELIO_OK;

	feed->n_sources = 1;
	if (source->block != NULL)
		rc = next_block(feed, source, err);
	while (rc == HELIO_OK && source->block == NULL &&
	    feed->next < feed->opt.group->n)
		rc = open_source(feed, source, feed->next++, err);
	if (rc == HELIO_OK && source->block != NULL)
		give(feed, source, source->block->n, ret);
	return rc;
}

void
iql_feed_skip(struct iql_feed *feed)
{
	feed->sources[0].block = NULL;
}

/* ---- merged ---- */

static int64_t
time_of(const struct source *source)
{
	return source->block->at_ns[source->at];
}

/* Does a's next row come before b's? */
static bool
before(const struct iql_feed *feed, const struct source *a,
    const struct source *b)
{
	int64_t x = time_of(a), y = time_of(b);

	if (x != y)
		return feed->opt.descending ? x > y : x < y;
	return a->number < b->number;
}

static void
sift_down(struct iql_feed *feed, size_t at)
{
	struct source *moved = feed->heap[at];
	size_t child;

	while ((child = 2 * at + 1) < feed->n_heap) {
		if (child + 1 < feed->n_heap && before(feed,
		    feed->heap[child + 1], feed->heap[child]))
			child++;
		if (!before(feed, feed->heap[child], moved))
			break;
		feed->heap[at] = feed->heap[child];
		at = child;
	}
	feed->heap[at] = moved;
}

static enum helio_rc
open_all(struct iql_feed *feed, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; i < feed->opt.group->n && rc == HELIO_OK; i++) {
		feed->n_sources = i + 1;
		rc = open_source(feed, &feed->sources[i], i, err);
		if (rc == HELIO_OK && feed->sources[i].block != NULL)
			feed->heap[feed->n_heap++] = &feed->sources[i];
	}
	for (size_t i = feed->n_heap / 2; i-- > 0 && rc == HELIO_OK; )
		sift_down(feed, i);
	return rc;
}

/* Step over what was given out. */
static enum helio_rc
advance_top(struct iql_feed *feed, struct helio_err *err)
{
	struct source *top = feed->heap[0];
	enum helio_rc rc = HELIO_OK;

	top->at = feed->given;
	if (top->at == top->block->n)
		rc = next_block(feed, top, err);
	if (rc != HELIO_OK)
		return rc;
	if (top->block == NULL)
		feed->heap[0] = feed->heap[--feed->n_heap];
	if (feed->n_heap > 0)
		sift_down(feed, 0);
	return rc;
}

/* How far the top goes before another series has the next row. */
static size_t
reach(const struct iql_feed *feed)
{
	struct source probe = *feed->heap[0];
	const struct source *second = NULL;

	for (size_t i = 1; i < 3 && i < feed->n_heap; i++)
		if (second == NULL || before(feed, feed->heap[i], second))
			second = feed->heap[i];
	if (second == NULL)
		return probe.block->n;
	for (probe.at++; probe.at < probe.block->n; probe.at++)
		if (!before(feed, &probe, second))
			break;
	return probe.at;
}

static enum helio_rc
next_merged(struct iql_feed *feed, struct iql_rows *ret, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	if (!feed->begun)
		rc = open_all(feed, err);
	else if (feed->n_heap > 0)
		rc = advance_top(feed, err);
	feed->begun = true;
	if (rc == HELIO_OK && feed->n_heap > 0)
		give(feed, feed->heap[0], reach(feed), ret);
	return rc;
}

enum helio_rc
iql_feed_next(struct iql_feed *feed, struct iql_rows *ret,
    struct helio_err *err)
{
	*ret = (struct iql_rows){ .block = NULL };
	return feed->opt.merged ? next_merged(feed, ret, err) :
	    next_in_sequence(feed, ret, err);
}
