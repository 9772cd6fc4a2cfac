/*
 * Where the stores of unit tests live: in their folder, or with
 * HELIO_TEST_DATABASE set, each in a schema of its own of that database.
 */
#ifndef HELIO_TEST_DATABASE_H
#define HELIO_TEST_DATABASE_H

#include <stdint.h>

/* A new schema's URL, to be given back; NULL: SQLite. */
char	*test_database_new(void);
/* Drop the schema; NULL is allowed. */
void	 test_database_drop(char *url);
/* Run SQL there, foreign keys unchecked; one integer of the result, or 0. */
int64_t	 test_database_sql(const char *url, const char *sql);

#endif
