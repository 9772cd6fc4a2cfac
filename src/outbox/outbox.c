/*
 * The outbox: events in the store, leased in batches, handed to handlers,
 * settled in one transaction per batch.
 *
 *   put -> waiting -> leased -> done (row deleted)
 *             ^         |-> retry: waiting again, due later
 *             |         `-> dead: moved to outbox_dead
 *             `-- lease ran out (its holder died)
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/crypto.h"
#include "base/log.h"
#include "base/times.h"
#include "outbox/outbox.h"

enum {
	OWNER_SIZE = 17,
	WHY_SIZE = 240,
	BATCH_MAX = 256,
	LOOK_AGAIN_S = 5,	/* also without being woken */
};

static const char *const event_names[OUTBOX_EVENT_MAX] = {
#define OUTBOX_EVENT(id, name, help) name,
#include "outbox/event.def"
#undef OUTBOX_EVENT
};

struct handler {
	outbox_handler	 run;
	void		*arg;
};

struct outbox {
	struct outbox_options options;
	char		 owner[OWNER_SIZE];	/* of our leases */
	struct handler	 handler[OUTBOX_EVENT_MAX];
	pthread_t	 thread;
	bool		 started;
	pthread_mutex_t	 lock;		/* guards the two flags */
	pthread_cond_t	 changed;
	bool		 woken, stopping;
};

/* One item on its way through run_once(). */
struct leased {
	struct outbox_item item;
	bool		 tried;		/* else the lease is given back */
	enum outbox_result result;
	char		 why[WHY_SIZE];
};

struct batch {
	struct outbox	*outbox;
	struct arena	*arena;		/* the items' texts */
	struct leased	*leased;
	unsigned	 n;
	int64_t		 now_us;
};

const char *
outbox_event_name(enum outbox_event event)
{
	return event_names[event];
}

enum helio_rc
outbox_put(struct tx *tx, enum outbox_event event, const char *subject,
    const char *payload, int64_t due_us, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "outbox"));
	int64_t now_us = tx_now_us(tx);

	row_set_text(row, "event", event_names[event]);
	row_set_text(row, "subject", subject);
	row_set_text(row, "payload", payload);
	row_set_int(row, "created_at", now_us);
	row_set_int(row, "due_at", due_us > 0 ? due_us : now_us);
	row_set_int(row, "attempts", 0);
	return tx_insert(tx, row, err);
}

void
outbox_options_init(struct outbox_options *options)
{
	memset(options, 0, sizeof(*options));
	options->lease_us = 60 * US_PER_S;
	options->retry_first_us = 5 * US_PER_S;
	options->retry_most_us = 3600 * US_PER_S;
	options->give_up_us = 3 * US_PER_DAY;
	options->batch = 32;
}

enum helio_rc
outbox_new(const struct outbox_options *options, struct outbox **ret,
    struct helio_err *err)
{
	struct outbox *outbox = calloc(1, sizeof(*outbox));
	pthread_condattr_t clock;
	char token[TOKEN_SIZE];

	if (outbox == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory for outbox");
	outbox->options = *options;
	if (outbox->options.batch > BATCH_MAX)
		outbox->options.batch = BATCH_MAX;
	if (outbox->options.batch == 0)
		outbox->options.batch = 1;
	token_new(token);
	snprintf(outbox->owner, sizeof(outbox->owner), "%.16s", token);
	pthread_mutex_init(&outbox->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&outbox->changed, &clock);
	pthread_condattr_destroy(&clock);
	*ret = outbox;
	return HELIO_OK;
}

void
outbox_handle(struct outbox *outbox, enum outbox_event event,
    outbox_handler run, void *arg)
{
	outbox->handler[event] = (struct handler){ run, arg };
}

static int64_t
now_us(const struct outbox *outbox)
{
	if (outbox->options.now_us != NULL)
		return outbox->options.now_us(outbox->options.now_arg);
	return store_now_us(outbox->options.store);
}

/* Which event a stored name is, or OUTBOX_EVENT_MAX. */
static enum outbox_event
event_of(const char *name)
{
	size_t i = 0;

	while (i < OUTBOX_EVENT_MAX && strcmp(event_names[i], name) != 0)
		i++;
	return (enum outbox_event)i;
}

/* ---- leasing ---- */

/* Items of events that have a handler, due and not leased. */
static struct query
due_query(struct arena *arena, const struct batch *batch,
    const struct schema_table *table)
{
	const struct outbox *outbox = batch->outbox;
	const struct schema_field *until = schema_field(table, "lease_until");
	const struct cond *parts[3], *free_now[2];
	struct value *events = arena_alloc(arena,
	    OUTBOX_EVENT_MAX * sizeof(*events));
	struct order *order = arena_alloc(arena, sizeof(*order));
	struct query query = query_all(table);
	size_t n = 0;

	for (size_t i = 0; i < OUTBOX_EVENT_MAX; i++)
		if (outbox->handler[i].run != NULL)
			events[n++] = value_text(event_names[i]);
	free_now[0] = cond_null(arena, until);
	free_now[1] = cond_compare(arena, until, OP_LT,
	    value_int(batch->now_us));
	parts[0] = cond_in(arena, schema_field(table, "event"), events, n);
	parts[1] = cond_compare(arena, schema_field(table, "due_at"), OP_LE,
	    value_int(batch->now_us));
	parts[2] = cond_any(arena, free_now, 2);
	order->field = schema_field(table, "due_at");
	query.where = cond_all(arena, parts, 3);
	query.order = order;
	query.n_order = 1;
	query.limit = outbox->options.batch;
	return query;
}

static enum helio_rc
copy_item(const struct row *row, void *arg, struct helio_err *err)
{
	struct batch *batch = arg;
	struct leased *leased = &batch->leased[batch->n++];
	struct row *kept = row_copy(batch->arena, row);

	leased->item = (struct outbox_item){
		.id = row_int(kept, "outbox_id"),
		.event = event_of(row_text(kept, "event")),
		.subject = row_text(kept, "subject"),
		.payload = row_text(kept, "payload"),
		.created_us = row_int(kept, "created_at"),
		.attempt = (unsigned)row_int(kept, "attempts") + 1,
	};
	return HELIO_OK;
}

static enum helio_rc
lease_one(struct tx *tx, const struct batch *batch,
    const struct leased *leased, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "outbox");
	struct row *row = row_new(tx_arena(tx), table);

	row_set_text(row, "lease_owner", batch->outbox->owner);
	row_set_int(row, "lease_until",
	    batch->now_us + batch->outbox->options.lease_us);
	row_set_int(row, "attempts", leased->item.attempt);
	return tx_update(tx, table, value_int(leased->item.id), row, NULL,
	    err);
}

static enum helio_rc
lease_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct batch *batch = arg;
	struct query query = due_query(tx_arena(tx), batch,
	    tx_table(tx, "outbox"));
	enum helio_rc rc;

	batch->n = 0;
	rc = tx_each(tx, &query, copy_item, batch, err);
	for (unsigned i = 0; rc == HELIO_OK && i < batch->n; i++)
		rc = lease_one(tx, batch, &batch->leased[i], err);
	return rc;
}

/* Is anything due?  A look on a snapshot, so that idling writes nothing. */
static enum helio_rc
anything_due(const struct batch *batch, bool *ret, struct helio_err *err)
{
	struct query query;
	struct tx *tx;
	enum helio_rc rc;

	rc = store_read(batch->outbox->options.store, &CALLER_SYSTEM, &tx,
	    err);
	if (rc != HELIO_OK)
		return rc;
	query = due_query(tx_arena(tx), batch, tx_table(tx, "outbox"));
	*ret = tx_exists(tx, &query);
	store_read_end(tx);
	return HELIO_OK;
}

/* ---- delivering ---- */

/* Doubling from the first delay to the longest, then 75 to 125 % of it. */
static int64_t
back_off_us(const struct outbox *outbox, unsigned attempt)
{
	const struct outbox_options *options = &outbox->options;
	int64_t delay = options->retry_first_us;
	uint32_t share;

	while (attempt-- > 1 && delay < options->retry_most_us)
		delay *= 2;
	if (delay > options->retry_most_us)
		delay = options->retry_most_us;
	share = options->random != NULL ?
	    options->random(5001, options->now_arg) : random_below(5001);
	return delay / 10000 * (7500 + (int64_t)share);
}

static void
deliver(struct batch *batch, struct leased *leased)
{
	const struct outbox *outbox = batch->outbox;
	const struct handler *handler =
	    &outbox->handler[leased->item.event];

	leased->tried = true;
	leased->why[0] = '\0';
	leased->result = handler->run(&leased->item, handler->arg,
	    leased->why, sizeof(leased->why));
	if (leased->result == OUTBOX_RETRY && now_us(outbox) -
	    leased->item.created_us >= outbox->options.give_up_us)
		leased->result = OUTBOX_DEAD;
	if (leased->result != OUTBOX_DONE)
		log_event(LOG_WARN, "outbox.undelivered",
		    "id=%lld event=%s attempt=%u dead=%d why=" LOG_TEXT,
		    (long long)leased->item.id,
		    event_names[leased->item.event], leased->item.attempt,
		    leased->result == OUTBOX_DEAD, LOG_ARG(leased->why));
}

static bool
stopping(struct outbox *outbox)
{
	bool is;

	pthread_mutex_lock(&outbox->lock);
	is = outbox->stopping;
	pthread_mutex_unlock(&outbox->lock);
	return is;
}

/* One after the other, while we may: the lease of those that waited for slow
 * ones may have run out, and then others try them. */
static unsigned
deliver_all(struct batch *batch)
{
	struct outbox *outbox = batch->outbox;
	int64_t until_us = batch->now_us + outbox->options.lease_us;
	unsigned i;

	for (i = 0; i < batch->n && !stopping(outbox) &&
	    now_us(outbox) < until_us; i++)
		deliver(batch, &batch->leased[i]);
	return i;
}

/* ---- settling ---- */

static struct row *
without_lease(struct tx *tx, const struct row *stored)
{
	struct row *row = row_new(tx_arena(tx), stored->table);

	row_set_null(row, "lease_owner");
	row_set_null(row, "lease_until");
	return row;
}

static enum helio_rc
settle_untried(struct tx *tx, const struct leased *leased,
    const struct row *stored, struct helio_err *err)
{
	struct row *row = without_lease(tx, stored);

	row_set_int(row, "attempts", leased->item.attempt - 1);
	return tx_update(tx, stored->table, row_key(stored), row, NULL, err);
}

static enum helio_rc
settle_retry(struct tx *tx, const struct batch *batch,
    const struct leased *leased, const struct row *stored,
    struct helio_err *err)
{
	struct row *row = without_lease(tx, stored);

	row_set_int(row, "due_at", now_us(batch->outbox) +
	    back_off_us(batch->outbox, leased->item.attempt));
	row_set_text(row, "last_error", leased->why);
	return tx_update(tx, stored->table, row_key(stored), row, NULL, err);
}

static enum helio_rc
settle_dead(struct tx *tx, const struct batch *batch,
    const struct leased *leased, const struct row *stored,
    struct helio_err *err)
{
	static const char *const same[] = {
		"outbox_id", "event", "subject", "payload", "created_at",
		"due_at", "attempts",
	};
	struct row *dead = row_new(tx_arena(tx), tx_table(tx, "outbox_dead"));
	enum helio_rc rc;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		row_set(dead, same[i], row_get(stored, same[i]));
	row_set_text(dead, "last_error", leased->why);
	row_set_int(dead, "died_at", now_us(batch->outbox));
	rc = tx_insert(tx, dead, err);
	if (rc != HELIO_OK)
		return rc;
	return tx_delete(tx, stored->table, row_key(stored), err);
}

/* One item; somebody else's by now when our lease had run out. */
static enum helio_rc
settle_one(struct tx *tx, const struct batch *batch,
    const struct leased *leased, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "outbox");
	const char *owner;
	struct row *stored;
	enum helio_rc rc;

	rc = tx_get(tx, table, value_int(leased->item.id), &stored, err);
	if (rc == HELIO_E_NOT_FOUND) {
		err_clear(err);
		return HELIO_OK;
	}
	if (rc != HELIO_OK)
		return rc;
	owner = row_text(stored, "lease_owner");
	if (owner == NULL || strcmp(owner, batch->outbox->owner) != 0)
		return HELIO_OK;
	if (!leased->tried)
		return settle_untried(tx, leased, stored, err);
	switch (leased->result) {
	case OUTBOX_DONE:
		return tx_delete(tx, table, row_key(stored), err);
	case OUTBOX_RETRY:
		return settle_retry(tx, batch, leased, stored, err);
	case OUTBOX_DEAD:
		return settle_dead(tx, batch, leased, stored, err);
	}
	return HELIO_OK;
}

static enum helio_rc
settle_run(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct batch *batch = arg;
	enum helio_rc rc = HELIO_OK;

	for (unsigned i = 0; rc == HELIO_OK && i < batch->n; i++)
		rc = settle_one(tx, batch, &batch->leased[i], err);
	return rc;
}

/* *ret counts the items tried. */
static enum helio_rc
run_batch(struct batch *batch, unsigned *ret, struct helio_err *err)
{
	struct store *store = batch->outbox->options.store;
	unsigned tried = 0;
	bool due;
	enum helio_rc rc;

	rc = anything_due(batch, &due, err);
	if (rc == HELIO_OK && !due)
		*ret = 0;
	if (rc != HELIO_OK || !due)
		return rc;
	rc = store_write(store, &CALLER_SYSTEM, lease_run, batch, err);
	if (rc != HELIO_OK)
		return rc;
	tried = deliver_all(batch);
	rc = store_write(store, &CALLER_SYSTEM, settle_run, batch, err);
	if (rc == HELIO_OK)
		*ret = tried;
	return rc;
}

enum helio_rc
outbox_run_once(struct outbox *outbox, unsigned *ret, struct helio_err *err)
{
	struct batch batch = { .outbox = outbox, .now_us = now_us(outbox) };
	enum helio_rc rc;

	batch.arena = arena_new();
	batch.leased = calloc(outbox->options.batch, sizeof(*batch.leased));
	if (batch.arena == NULL || batch.leased == NULL)
		rc = err_set(err, HELIO_E_NO_MEMORY, "no memory for outbox");
	else
		rc = run_batch(&batch, ret, err);
	free(batch.leased);
	arena_free(batch.arena);
	return rc;
}

/* ---- the thread ---- */

/* Wait to be woken, or a little; false when it is time to end. */
static bool
wait_for_work(struct outbox *outbox)
{
	struct timespec until;
	bool going;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LOOK_AGAIN_S;
	pthread_mutex_lock(&outbox->lock);
	while (!outbox->woken && !outbox->stopping)
		if (pthread_cond_timedwait(&outbox->changed, &outbox->lock,
		    &until) == ETIMEDOUT)
			break;
	outbox->woken = false;
	going = !outbox->stopping;
	pthread_mutex_unlock(&outbox->lock);
	return going;
}

static void *
dispatch(void *arg)
{
	struct outbox *outbox = arg;
	struct helio_err err;

	do {
		unsigned tried = 0;

		do {
			err_clear(&err);
			if (outbox_run_once(outbox, &tried, &err) == HELIO_OK)
				continue;
			if (err.rc != HELIO_E_STOPPING)
				log_event(LOG_ERROR, "outbox.failed",
				    "why=" LOG_TEXT,
				    LOG_ARG(err_message(&err)));
			tried = 0;
		} while (tried > 0 && !stopping(outbox));
	} while (wait_for_work(outbox));
	return NULL;
}

enum helio_rc
outbox_start(struct outbox *outbox, struct helio_err *err)
{
	if (pthread_create(&outbox->thread, NULL, dispatch, outbox) != 0)
		return err_set(err, HELIO_E_NO_MEMORY,
		    "no thread for the outbox");
	outbox->started = true;
	return HELIO_OK;
}

void
outbox_wake(struct outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->woken = true;
	pthread_cond_signal(&outbox->changed);
	pthread_mutex_unlock(&outbox->lock);
}

void
outbox_stop(struct outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->stopping = true;
	pthread_cond_signal(&outbox->changed);
	pthread_mutex_unlock(&outbox->lock);
}

void
outbox_join(struct outbox *outbox)
{
	outbox_stop(outbox);
	if (outbox->started)
		pthread_join(outbox->thread, NULL);
	outbox->started = false;
}

void
outbox_free(struct outbox *outbox)
{
	if (outbox == NULL)
		return;
	outbox_join(outbox);
	pthread_cond_destroy(&outbox->changed);
	pthread_mutex_destroy(&outbox->lock);
	free(outbox);
}
