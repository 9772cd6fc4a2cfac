/*
 * What a call of libhelio came to.
 *
 * Every call that can fail returns a helio_code and fills the helio_error
 * given (never NULL); on HELIO_DONE the error is left alone.  The text is a
 * trail: the outermost step first, the innermost cause last, for instance
 * "send to 12345: token of ops: POST https://pbx/ns-api/v2/tokens: timed out".
 */
#ifndef HELIO_ERROR_H
#define HELIO_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers stay; new ones are added at the end. */
typedef enum {
	HELIO_DONE = 0,		/* an answer came, whatever its status */
	HELIO_UNREACHABLE,	/* no connection, or it broke before an answer */
	HELIO_TIMED_OUT,	/* no answer in time; what was asked may have happened */
	HELIO_DENIED,		/* wrong user or password, or no token to use */
	HELIO_FORGED,		/* the answer's signature is not right */
	HELIO_BAD_INPUT,	/* the call itself makes no sense */
	HELIO_LOCAL,		/* a file, or memory, here */
	HELIO_UNAVAILABLE,	/* 429 or 5xx where a yes was needed: later */
	HELIO_REFUSED,		/* another status where a yes was needed */
	HELIO_MALFORMED,	/* the answer is not what the service promises */
} helio_code;

enum { HELIO_ERROR_SIZE = 512 };

/* Why a call failed.  Plain memory: on the stack, nothing to free. */
typedef struct helio_error {
	helio_code	code;
	int		status;	/* of the HTTP answer it is about, or 0 */
	char		text[HELIO_ERROR_SIZE];	/* the whole trail */
	unsigned	cause;	/* where in text the innermost cause begins */
} helio_error;

/* A short name: "timed out".  Never NULL. */
const char	*helio_code_name(helio_code);
/* Begin a trail: code, no status and the innermost cause.  Returns code. */
helio_code	 helio_error_set(helio_error *, helio_code, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
/* Put the step that failed for that reason in front; returns the code.  A
 * trail that grows too long loses the outer end of what it had. */
helio_code	 helio_error_step(helio_error *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* The innermost cause, borrowed from the error. */
const char	*helio_error_cause(const helio_error *);

#ifdef __cplusplus
}
#endif

#endif
