/*
 * A store with the real schema and its reference data, one unit in it, and
 * short forms of what the tests of rules do all the time.
 */
#ifndef HELIO_TEST_DOMAIN_FIXTURE_H
#define HELIO_TEST_DOMAIN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

#define UNIT_IMEI "010101234560005"
#define UNIT_KEY "4ab1ab3ab1ab7ab9ab1ab4ab"

struct domain {
	char		 dir[64];
	char		*database;	/* NULL: SQLite */
	struct store	*store;
	struct helio_err err;
	int64_t		 now_us;	/* the store's clock; a second per job */
};

/* cmocka set-up (with a hub 2, UNIT_IMEI) and tear-down. */
int		 domain_setup(void **state);
int		 domain_teardown(void **state);

typedef enum helio_rc (*domain_job)(struct tx *, const struct row *product,
		    void *arg, struct helio_err *);
/* One committed job for the caller (NULL: the system) with the unit's row. */
enum helio_rc	 domain_run(struct domain *, const struct caller *, domain_job,
		    void *arg);
/* The same without a unit. */
enum helio_rc	 domain_write(struct domain *, const struct caller *,
		    enum helio_rc (*)(struct tx *, void *, struct helio_err *),
		    void *arg);

/* A caller of that name who sees everything. */
struct caller	 domain_user(const char *name, enum level);

/* All values of a column, oldest first: "a,b,c"; static memory. */
const char	*domain_column(struct domain *, const char *table,
		    const char *field);
int64_t		 domain_count(struct domain *, const char *table);
/* A column of the unit; null: -1. */
int64_t		 domain_unit(struct domain *, const char *field);
bool		 domain_fault(const struct domain *, const char *field);

#endif
