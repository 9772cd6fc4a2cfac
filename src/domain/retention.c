/* See retention.h. */
#include "domain/retention.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/times.h"
#include "domain/find.h"
#include "telemetry/telemetry.h"

enum {
	SERIES_A_JOB = 64,	/* the writer's time is everybody's */
	JOBS_A_LOOK = 200,
	POLICIES_MAX = 256,
};

static const int64_t hour_us = 3600 * US_PER_S;

/* The policies that end, read before anything is deleted. */
struct policy {
	const char	*measurement;
	int64_t		 before_ns;
};

struct policies {
	struct arena	*arena;
	int64_t		 now_us;
	struct policy	 policy[POLICIES_MAX];
	size_t		 n;
};

static enum helio_rc
take_policy(const struct row *row, void *arg, struct helio_err *err)
{
	struct policies *p = arg;
	double seconds = row_float(row, "duration");

	(void)err;
	if (row_is_null(row, "duration") || !(seconds > 0) || 
	    seconds > TELEMETRY_KEPT_MAX_S ||
	    p->n == POLICIES_MAX)
		return HELIO_OK;
	p->policy[p->n].measurement = arena_strdup(p->arena,
	    row_text(row, "measurement"));
	/* in microseconds first: the product would not fit */
	p->policy[p->n++].before_ns = (p->now_us -
	    (int64_t)(seconds * US_PER_S)) * NS_PER_US;
	return HELIO_OK;
}

static enum helio_rc
read_policies(struct store *store, struct policies *p, struct helio_err *err)
{
	struct query find;
	struct tx *tx;
	enum helio_rc rc = store_read(store, &CALLER_SYSTEM, &tx, err);

	if (rc != HELIO_OK)
		return rc;
	p->now_us = tx_now_us(tx);
	find = query_all(tx_table(tx, "retention_policy"));
	rc = tx_each(tx, &find, take_policy, p, err);
	store_read_end(tx);
	return rc;
}

struct step {
	struct telemetry_doomed doomed;
	int64_t		 after, next, rows;
};

static enum helio_rc
run_step(struct tx *tx, void *arg, struct helio_err *err)
{
	struct step *step = arg;

	step->next = step->after;
	return telemetry_delete(tx, &step->doomed, SERIES_A_JOB, &step->next,
	    &step->rows, err);
}

static enum helio_rc
apply(struct store *store, const struct policy *policy, unsigned *jobs,
    struct helio_err *err)
{
	struct step step = { .doomed = { .measurement = policy->measurement,
	    .first_ns = INT64_MIN, .last_ns = policy->before_ns,
	    .whole = true } };
	enum helio_rc rc = HELIO_OK;
	int64_t rows = 0;

	while (rc == HELIO_OK && step.after >= 0 && *jobs < JOBS_A_LOOK) {
		rc = store_write(store, &CALLER_SYSTEM, run_step, &step, err);
		step.after = step.next;
		rows += step.rows;
		++*jobs;
	}
	if (rows > 0)
		log_event(LOG_INFO, "telemetry.expired", "measurement="
		    LOG_TEXT " rows=%lld", LOG_ARG(policy->measurement),
		    (long long)rows);
	return rc;
}

enum helio_rc
retention_run(struct store *store, bool *ret_all, struct helio_err *err)
{
	struct policies policies = { .arena = arena_new() };
	unsigned jobs = 0;
	enum helio_rc rc;

	if (policies.arena == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s", "");
	rc = read_policies(store, &policies, err);
	for (size_t i = 0; i < policies.n && rc == HELIO_OK; i++)
		rc = apply(store, &policies.policy[i], &jobs, err);
	arena_free(policies.arena);
	*ret_all = jobs < JOBS_A_LOOK;
	return rc;
}

/* ---- again and again ---- */

struct next_look {
	int64_t		 but_id;	/* the item at hand */
	int64_t		 due_us;
};

/* One waiting event is enough, whoever put it. */
static enum helio_rc
plan_look(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct next_look *next = arg;
	const struct schema_table *table = tx_table(tx, "outbox");
	struct query find = query_all(table);
	const struct cond *parts[2] = {
		cond_eq(tx_arena(tx), table, "event",
		    value_text(outbox_event_name(OUTBOX_RETENTION))),
		cond_compare(tx_arena(tx), table->key, OP_NE,
		    value_int(next->but_id)),
	};

	find.where = cond_all(tx_arena(tx), parts, 2);
	if (tx_exists(tx, &find))
		return HELIO_OK;
	return outbox_put(tx, OUTBOX_RETENTION, NULL, NULL, next->due_us, err);
}

static enum outbox_result
look(const struct outbox_item *item, void *arg, char *why, size_t why_size)
{
	struct store *store = arg;
	struct next_look next = { .but_id = item->id };
	struct helio_err err;
	bool all = true;
	enum helio_rc rc;

	err_clear(&err);
	rc = retention_run(store, &all, &err);
	next.due_us = store_now_us(store) + (all ? hour_us : US_PER_S);
	if (rc == HELIO_OK)
		rc = store_write(store, &CALLER_SYSTEM, plan_look, &next,
		    &err);
	if (rc == HELIO_OK)
		return OUTBOX_DONE;
	snprintf(why, why_size, "%s", err_message(&err));
	return OUTBOX_RETRY;
}

enum helio_rc
retention_register(struct outbox *outbox, struct store *store,
    struct helio_err *err)
{
	struct next_look first = { .due_us = store_now_us(store) + hour_us };

	outbox_handle(outbox, OUTBOX_RETENTION, look, store);
	return store_write(store, &CALLER_SYSTEM, plan_look, &first, err);
}
