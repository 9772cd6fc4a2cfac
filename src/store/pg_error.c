/* SQLSTATE codes and lost connections as our codes. */
#include "store/pg.h"

#include <string.h>

struct state_row {
	const char	*state;		/* all five characters, or the class */
	enum helio_rc	 rc;
	const char	*text;		/* NULL: what the server says */
};

/* The first match counts: codes before their classes. */
static const struct state_row states[] = {
	{ "25006", HELIO_E_IO, NULL },		/* read-only: a standby */
	{ "25P03", HELIO_E_IO, NULL },		/* said nothing for too long */
	{ "53100", HELIO_E_DISK_FULL, "" },
	{ "53200", HELIO_E_NO_MEMORY, "" },
	{ "55P03", HELIO_E_BUSY, "another process holds the store" },
	{ "57014", HELIO_E_BUSY, "the query took too long" },
	{ "08", HELIO_E_IO, NULL },
	{ "22", HELIO_E_INVALID, "a value cannot be stored" },
	{ "23", HELIO_E_CONSTRAINT, NULL },
	{ "28", HELIO_E_IO, NULL },
	{ "40", HELIO_E_BUSY, "another transaction was in the way" },
	{ "42501", HELIO_E_IO, NULL },		/* insufficient privilege */
	{ "53", HELIO_E_IO, NULL },
	{ "54", HELIO_E_TOO_LARGE, "a value is too large to store" },
	{ "57", HELIO_E_IO, NULL },
	{ "58", HELIO_E_IO, NULL },
	{ "XX", HELIO_E_IO, NULL },		/* damage */
};

static const char *
state_of(const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	return state != NULL ? state : "";
}

static bool
is_state(const PGresult *res, const char *state)
{
	return strncmp(state_of(res), state, strlen(state)) == 0;
}

enum helio_rc
pg_fail(const PGresult *res, struct helio_err *err)
{
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (is_state(res, states[i].state))
			return err_set(err, states[i].rc, "%s",
			    states[i].text != NULL ? states[i].text :
			    text != NULL ? text : "");
	return err_set(err, HELIO_E_INTERNAL, "database: %s",
	    text != NULL ? text : "no answer");
}

enum helio_rc
pg_fail_lost(PGconn *c, struct helio_err *err)
{
	const char *text = c != NULL ? PQerrorMessage(c) : "";
	size_t n = strcspn(text, "\n");

	if (n == 0)
		return err_set(err, HELIO_E_IO, "database: no connection");
	return err_set(err, HELIO_E_IO, "database: %.*s", (int)n, text);
}

bool
pg_is_conflict(const PGresult *res)
{
	return is_state(res, "40");
}

bool
pg_is_farewell(const PGresult *res)
{
	return is_state(res, "57P") || is_state(res, "25006") ||
	    is_state(res, "25P03") || is_state(res, "08");
}
