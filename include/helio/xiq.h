/*
 * libhelio: counting Wi-Fi clients per network name (SSID) with the monitor
 * API of ExtremeCloud IQ (seed "XIQ Collecting Client Count per SSID").
 *
 * A day is asked for in windows of some hours; each window comes in pages.
 * A capture goes through them, tries again what fails, asks its owner what
 * to do when that does not help, and keeps what it has in a file after every
 * window, so that stopping it loses nothing.
 *
 * The rules of <helio/helio.h> hold: opaque handles, copied inputs, borrowed
 * outputs, nothing global, one thread per handle.  Structs that a caller fills
 * begin with their size (sizeof): they may grow.
 */
#ifndef HELIO_XIQ_H
#define HELIO_XIQ_H

#include "helio/helio.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the service ---- */

typedef struct helio_xiq helio_xiq;

typedef enum {
	HELIO_XIQ_CLIENT_ID,	/* required, as are the next four */
	HELIO_XIQ_CLIENT_SECRET,
	HELIO_XIQ_REDIRECT_URI,
	HELIO_XIQ_TOKEN,
	HELIO_XIQ_OWNER,	/* the ownerId whose clients are counted */
	HELIO_XIQ_DATA_CENTER,	/* "ava": https://ava.extremecloudiq.com */
	HELIO_XIQ_URL,		/* in its place, "https://host[:port]" */
	HELIO_XIQ_PAGE_SIZE,	/* clients in a page (the service's 500) */
	HELIO_XIQ_CA_FILE,	/* PEM file to trust instead of the system's */
	HELIO_XIQ_SETTINGS
} helio_xiq_setting;

helio_xiq	*helio_xiq_new(void);	/* NULL: no memory */
void		 helio_xiq_free(helio_xiq *);	/* NULL is allowed */
/* HELIO_BAD_INPUT: a value that cannot be sent, such as one with a line end. */
helio_code	 helio_xiq_set(helio_xiq *, helio_xiq_setting,
		    const char *value, helio_error *);
/* Whole answer within so many milliseconds (10000). */
void		 helio_xiq_timeout(helio_xiq *, long ms);

/* ---- one page ---- */

typedef struct helio_xiq_page helio_xiq_page;

/*
 * The clients seen between two times (microseconds since 1970, UTC); pages
 * count from 0.  One try.  HELIO_REFUSED: the service says why not;
 * HELIO_MALFORMED: its answer is not one.
 */
helio_code	 helio_xiq_get(helio_xiq *, int64_t start_us, int64_t end_us,
		    unsigned page, helio_xiq_page **ret, helio_error *);
void		 helio_xiq_page_free(helio_xiq_page *);
/* Clients in this page, and in the whole window. */
size_t		 helio_xiq_page_clients(const helio_xiq_page *);
int64_t		 helio_xiq_page_total(const helio_xiq_page *);
/* One of them: its SSID (NULL: none, a wired one) and id; i is below
 * helio_xiq_page_clients(). */
void		 helio_xiq_page_client(const helio_xiq_page *, size_t i,
		    const char **ret_ssid, const char **ret_id);

/* ---- what is kept ---- */

typedef struct helio_xiq_counts helio_xiq_counts;

/*
 * The counts of a file {"2020-11-23T15:00:00.000Z": {"SSID": clients}, ..};
 * a file that is not there yet has none.  path NULL: in memory alone.
 * HELIO_LOCAL: it cannot be read, or is something else.
 */
helio_code	 helio_xiq_counts_open(const char *path, helio_xiq_counts **ret,
		    helio_error *);
void		 helio_xiq_counts_free(helio_xiq_counts *);
/* Replace the file in one step.  Beside it, PATH.failed keeps the links of
 * calls whose clients are missing in it, and is gone when there are none. */
helio_code	 helio_xiq_counts_save(helio_xiq_counts *, helio_error *);
/* Walk the windows in the file's order and the SSIDs of each; one in which
 * nobody was seen comes once, with SSID NULL. */
typedef void	 helio_xiq_each(void *arg, const char *start, const char *ssid,
		    int64_t clients);
void		 helio_xiq_counts_each(const helio_xiq_counts *,
		    helio_xiq_each *, void *arg);

/* ---- a capture ---- */

/* What happens on the way, in the order of the seed's lines. */
typedef enum {
	HELIO_XIQ_WINDOW,	/* `start` is begun */
	HELIO_XIQ_TRY_FAILED,	/* its first call, try n of `of`; text */
	HELIO_XIQ_CONNECTED,	/* its first call has succeeded */
	HELIO_XIQ_PAGE,		/* later page n of `of` is asked for */
	HELIO_XIQ_PAGE_FAILED,	/* text */
	HELIO_XIQ_SECOND,	/* n calls are going to be tried again */
	HELIO_XIQ_RETRY,	/* call n of `of` */
	HELIO_XIQ_RETRY_DONE,
	HELIO_XIQ_RETRY_FAILED,	/* text */
	HELIO_XIQ_SECOND_DONE,
	HELIO_XIQ_COUNTED,	/* `start` is in the counts, and in the file */
	HELIO_XIQ_SKIPPED,	/* `start` is not */
	HELIO_XIQ_KEPT,		/* `start` was there already */
	HELIO_XIQ_THIRD,	/* failed call n of `of`, at the end */
	HELIO_XIQ_THIRD_DONE,
	HELIO_XIQ_THIRD_FAILED,	/* text */
	HELIO_XIQ_LEFT,		/* `url` of `start` has failed for good */
} helio_xiq_event_kind;

/* How a call failed. */
typedef enum {
	HELIO_XIQ_FINE,
	HELIO_XIQ_API_ERROR,	/* the service said so */
	HELIO_XIQ_TRANSPORT,	/* no answer */
	HELIO_XIQ_UNKNOWN,	/* an answer that is none */
} helio_xiq_fault;

/* Members that say nothing in an event are NULL or 0. */
typedef struct helio_xiq_event {
	helio_xiq_event_kind kind;
	const char	*start;		/* of the window, as in the file */
	const char	*url;
	const char	*text;
	helio_xiq_fault	 fault;
	unsigned	 n, of;
} helio_xiq_event;

typedef enum {
	HELIO_XIQ_ASK_ONCE,	/* an answer that is none: try again? */
	HELIO_XIQ_ASK_MORE,	/* all tries failed: as many again? */
	HELIO_XIQ_ASK_FAILED,	/* n calls failed for good: try these again? */
} helio_xiq_question;

typedef enum {
	HELIO_XIQ_YES,
	HELIO_XIQ_NO,		/* the next window; or give the calls up */
	HELIO_XIQ_STOP,		/* end the capture here */
} helio_xiq_answer;

/* Whoever runs a capture; both may be NULL: nothing is told, NO is answered. */
typedef struct helio_xiq_owner {
	size_t		 size;		/* sizeof(helio_xiq_owner) */
	void		*arg;
	void		(*tell)(void *arg, const helio_xiq_event *);
	helio_xiq_answer (*ask)(void *arg, helio_xiq_question,
			    const helio_xiq_event *);
} helio_xiq_owner;

typedef struct helio_xiq_span {
	size_t		 size;		/* sizeof(helio_xiq_span) */
	int64_t		 now_us;	/* the end; microseconds since 1970 */
	unsigned	 hours;		/* back, from the full hour (24) */
	unsigned	 step;		/* hours in a window (1) */
	unsigned	 tries;		/* of a window's first call (5) */
	bool		 resume;	/* leave those in the counts */
} helio_xiq_span;

/* What became of the windows. */
typedef struct helio_xiq_result {
	unsigned	 counted, kept, skipped;
	unsigned	 calls_left;	/* that failed for good */
	bool		 stopped;
} helio_xiq_result;

/*
 * Go through the windows of a span (members of 0 take the value in
 * brackets).  HELIO_DONE also when something failed: *ret tells.  Other codes:
 * the settings are incomplete, the counts cannot be saved.
 */
helio_code	 helio_xiq_capture(helio_xiq *, const helio_xiq_span *,
		    helio_xiq_counts *, const helio_xiq_owner *,
		    helio_xiq_result *ret, helio_error *);

#ifdef __cplusplus
}
#endif

#endif
