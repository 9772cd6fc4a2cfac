/*
 * Result codes and error details.
 *
 * Everything that can fail returns `enum helio_rc`.  On failure the callee
 * fills `struct helio_err` (never NULL); on success it leaves it alone.
 */
#ifndef HELIO_BASE_RC_H
#define HELIO_BASE_RC_H

#include <stddef.h>

enum helio_rc {
#define RC(name, code, status, text) HELIO_##name,
#include "base/rc.def"
#undef RC
	HELIO_RC_MAX
};

enum {
	HELIO_FAULTS_MAX = 64,	/* more bad fields than this are not named */
};

/* One thing that is wrong with one named field. */
struct helio_fault {
	char	field[48];
	char	text[144];
};

/*
 * Why a call failed.  Plain memory, nothing to free.  Start with
 * `err_clear()`; only the first bytes are touched by it, so one may sit in
 * every request at no cost.
 */
struct helio_err {
	enum helio_rc	rc;		/* the code that was returned */
	char		message[240];	/* one sentence; empty: the code's text */
	unsigned	n_faults;
	struct helio_fault fault[HELIO_FAULTS_MAX];
};

/* Stable short code such as "H100", for logs and the manual. */
const char	*rc_code(enum helio_rc);
/* HTTP status that answers this result. */
unsigned	 rc_status(enum helio_rc);
/* The code's text for a reader, used when an error has no message itself. */
const char	*rc_text(enum helio_rc);

void		 err_clear(struct helio_err *);
/* Set code and message (printf style, truncated) and return the code. */
enum helio_rc	 err_set(struct helio_err *, enum helio_rc, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
/*
 * Name one bad field (the first text per field wins); sets the code to
 * E_INVALID unless another failure is already set.  Returns the code.
 */
enum helio_rc	 err_field(struct helio_err *, const char *field,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The message, or the text of the code when there is none.  Borrowed. */
const char	*err_message(const struct helio_err *);

#endif
