/*
 * Row counts, running numbers and named sums, kept in memory by the writer thread and
 * written once per batch, in the batch's own transaction: so that counting a
 * table costs one lookup and numbering a row costs nothing.
 *
 * A number, once given, is not given again: not after a delete, a job that
 * failed (gaps are allowed), a restart or a crash.
 */
#ifndef HELIO_STORE_COUNTER_H
#define HELIO_STORE_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"
#include "schema/schema.h"
#include "store/sum.h"

struct row;
struct tx;

/* Of one table. */
struct table_counter {
	int64_t		 last_id;	/* the highest key given */
	int64_t		 rows;		/* without the job under way */
	int64_t		 job_rows;	/* what the job under way adds */
	bool		 id_dirty, rows_dirty;
};

/* A running number with a name (tx_sequence). */
struct named_counter {
	char		*name;		/* owned */
	int64_t		 last_id;
	bool		 dirty;
};

struct counters {
	struct table_counter *table;	/* by table number */
	size_t		 n_tables;
	struct named_counter *named;
	size_t		 n_named, cap_named;
	unsigned	*job;		/* tables the job under way touched */
	size_t		 n_job;
	struct sums	 sums;
	bool		 stale;		/* read again before use */
};

bool		 counters_init(struct counters *, size_t n_tables);
void		 counters_free(struct counters *);
/* Read what is stored; numbers given meanwhile are kept. */
enum helio_rc	 counters_load(struct tx *, struct counters *, struct helio_err *);
/* Write what has changed. */
enum helio_rc	 counters_flush(struct tx *, struct counters *, struct helio_err *);

/* A transaction was lost: numbers given in it are to be stored by the next. */
void		 counters_lost(struct counters *);

/* Next key of a table, the last one given, and that one was given elsewhere. */
int64_t		 counters_next(struct counters *, const struct schema_table *);
int64_t		 counters_last(const struct counters *, const struct schema_table *);
void		 counters_seen(struct counters *, const struct schema_table *, int64_t key);
/* Next named number, from 1. */
enum helio_rc	 counters_named(struct counters *, const char *name, int64_t *ret,
		    struct helio_err *);
/* The name has been given numbers up to this one. */
enum helio_rc	 counters_named_seen(struct counters *, const char *name,
		    int64_t last, struct helio_err *);
/* As a stored row of running numbers says: import. */
enum helio_rc	 counters_imported(struct counters *, const struct schema *,
		    const struct row *, struct helio_err *);
/* Rows added (or removed) by the job under way, and its end. */
void		 counters_add(struct counters *, const struct schema_table *, int64_t rows);
void		 counters_job_end(struct counters *, bool kept);
int64_t		 counters_rows(const struct counters *, const struct schema_table *);

#endif
