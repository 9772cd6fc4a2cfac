/* SQLite's result codes as ours. */
#include "store/sqlite.h"

#include <errno.h>
#include <string.h>

struct code_row {
	int		 code;		/* primary or extended */
	enum helio_rc	 rc;
	const char	*text;		/* NULL: what SQLite says */
};

/* Extended codes first: the first match counts. */
static const struct code_row codes[] = {
	{ SQLITE_CONSTRAINT_DATATYPE, HELIO_E_INTERNAL, NULL },
	{ SQLITE_CONSTRAINT, HELIO_E_CONSTRAINT, NULL },
	{ SQLITE_BUSY, HELIO_E_BUSY, "another process holds the store" },
	{ SQLITE_LOCKED, HELIO_E_BUSY, NULL },
	{ SQLITE_PROTOCOL, HELIO_E_BUSY, NULL },
	{ SQLITE_INTERRUPT, HELIO_E_BUSY, "the query took too long" },
	{ SQLITE_FULL, HELIO_E_DISK_FULL, "" },
	{ SQLITE_NOMEM, HELIO_E_NO_MEMORY, "" },
	{ SQLITE_TOOBIG, HELIO_E_TOO_LARGE, "a value is too large to store" },
	{ SQLITE_IOERR, HELIO_E_IO, NULL },
	{ SQLITE_CANTOPEN, HELIO_E_IO, NULL },
	{ SQLITE_READONLY, HELIO_E_IO, NULL },
	{ SQLITE_PERM, HELIO_E_IO, NULL },
	{ SQLITE_AUTH, HELIO_E_IO, NULL },
	{ SQLITE_NOLFS, HELIO_E_IO, NULL },
	{ SQLITE_CORRUPT, HELIO_E_IO,
	    "the database file is damaged; run helio doctor" },
	{ SQLITE_NOTADB, HELIO_E_IO, "helio.db is not a database" },
};

static const struct code_row *
code_find(int code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code || codes[i].code == (code & 0xff))
			return &codes[i];
	return NULL;
}

/*
 * SQLite calls only ENOSPC a full disk; quotas and limits are one too.  Of a
 * commit that fails it keeps no error number, so ours (cleared before every
 * step) is asked as well.
 */
static bool
no_room(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

enum helio_rc
sqlite_fail(sqlite3 *h, int code, struct helio_err *err)
{
	int error = errno;
	const struct code_row *row = code_find(code);
	const char *text = row != NULL ? row->text : NULL;
	enum helio_rc rc = row != NULL ? row->rc : HELIO_E_INTERNAL;

	if (rc == HELIO_E_IO && (no_room(error) ||
	    (h != NULL && no_room(sqlite3_system_errno(h))))) {
		rc = HELIO_E_DISK_FULL;
		text = "";
	}
	if (text == NULL)
		text = h != NULL ? sqlite3_errmsg(h) : sqlite3_errstr(code);
	return err_set(err, rc, "%s", text);
}
