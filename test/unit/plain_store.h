/*
 * A store with the built-in schema, nothing in it, and a clock that stands
 * still until the test moves it: for modules that stand on the store.
 */
#ifndef HELIO_TEST_PLAIN_STORE_H
#define HELIO_TEST_PLAIN_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

struct plain_store {
	char		 dir[64];
	char		*database;	/* NULL: SQLite */
	struct store	*store;
	struct helio_err err;
	_Atomic int64_t	 now_us;
};

/* cmocka set-up and tear-down. */
int		 plain_store_setup(void **state);
int		 plain_store_teardown(void **state);
/* Close and open again. */
void		 plain_store_reopen(struct plain_store *);
/* One job of the system; fails the test with what went wrong. */
void		 plain_store_write(struct plain_store *,
		    enum helio_rc (*run)(struct tx *, void *, struct helio_err *),
		    void *arg);
/* A snapshot of the system. */
struct tx	*plain_store_read(struct plain_store *);
int64_t		 plain_store_count(struct plain_store *, const char *table);
/* The first row (lowest key) of a table in the arena of tx, or NULL. */
struct row	*plain_store_first(struct tx *, const char *table);

#endif
