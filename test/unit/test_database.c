/* See test_database.h. */
#include "test_database.h"

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
must(bool ok, const char *what, PGconn *c)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s\n", what, PQerrorMessage(c));
	abort();
}

int64_t
test_database_sql(const char *url, const char *sql)
{
	PGconn *c = PQconnectdb(url);
	PGresult *res;
	int64_t n = 0;

	must(PQstatus(c) == CONNECTION_OK, "connect", c);
	PQclear(PQexec(c, "SET client_min_messages = error; "
	    "SET session_replication_role = replica"));
	res = PQexec(c, sql);
	must(PQresultStatus(res) == PGRES_COMMAND_OK ||
	    PQresultStatus(res) == PGRES_TUPLES_OK, sql, c);
	if (PQntuples(res) > 0)
		n = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	PQfinish(c);
	return n;
}

char *
test_database_new(void)
{
	const char *base = getenv("HELIO_TEST_DATABASE");
	static atomic_uint n;
	char name[64], sql[96], *url = NULL;

	if (base == NULL || *base == '\0')
		return NULL;
	snprintf(name, sizeof(name), "t%d_%u", (int)getpid(), ++n);
	snprintf(sql, sizeof(sql), "CREATE SCHEMA %s", name);
	(void)test_database_sql(base, sql);
	/* named, so that a test finds its own connections among others' */
	if (asprintf(&url, "%s%coptions=-csearch_path%%3D%s&"
	    "application_name=%s", base,
	    strchr(base, '?') != NULL ? '&' : '?', name, name) < 0)
		abort();
	return url;
}

void
test_database_drop(char *url)
{
	if (url == NULL)
		return;
	(void)test_database_sql(url, "DO $$ BEGIN EXECUTE 'DROP SCHEMA ' || "
	    "current_schema() || ' CASCADE'; END $$");
	free(url);
}
