/*
 * What the files of the Wi-Fi counter share.
 *
 *   window.c   the day in windows, and how times are written
 *   request.c  the settings, and the address of a call
 *   page.c     a reply, read
 *   tally.c    clients of one window, each once
 *   counts.c   the file
 *   capture.c  what is asked when, and what follows from a failure
 *   client.c   the calls themselves: the only file that uses the network
 */
#ifndef HELIO_CONNECTOR_XIQ_INTERNAL_H
#define HELIO_CONNECTOR_XIQ_INTERNAL_H

#include <jansson.h>

#include "base/buf.h"
#include "helio/xiq.h"

enum {
	XIQ_TIME_SIZE = 32,	/* "2020-11-23T15:00:00.000Z" */
	XIQ_WINDOWS_MAX = 24 * 366,
	XIQ_PAGES_MAX = 100000,
	XIQ_TEXT_SIZE = 256,
};

/* ---- window.c ---- */

struct xiq_window {
	int64_t		 start_us, end_us;
	char		 start[XIQ_TIME_SIZE], end[XIQ_TIME_SIZE];
};

/* How many windows a span has: from `hours` before now, cut to the full
 * hour, while they begin before now.  0: too many. */
unsigned	 xiq_windows(const helio_xiq_span *);
/* The i-th. */
struct xiq_window xiq_window(const helio_xiq_span *, unsigned i);
/* The same for any two times. */
struct xiq_window xiq_window_of(int64_t start_us, int64_t end_us);
/* "2020-11-23T15:00:00.000Z" back to a time. */
bool		 xiq_time(const char *, int64_t *ret_us);

/* ---- request.c ---- */

struct xiq_settings {
	char		*text[HELIO_XIQ_SETTINGS];	/* secret memory, or NULL */
};

helio_code	 xiq_settings_set(struct xiq_settings *, helio_xiq_setting,
		    const char *value, helio_error *);
void		 xiq_settings_clear(struct xiq_settings *);	/* wipes */
/* HELIO_BAD_INPUT: names what is missing. */
helio_code	 xiq_settings_check(const struct xiq_settings *, helio_error *);
/* "https://ava.extremecloudiq.com" */
void		 xiq_add_base(struct buf *, const struct xiq_settings *);
/* "/xapi/v1/monitor/clients?ownerId=.." in the service's order. */
void		 xiq_add_target(struct buf *, const struct xiq_settings *,
		    const struct xiq_window *, unsigned page);

/* ---- page.c ---- */

struct helio_xiq_page {
	json_t		*root;
	json_t		*data;		/* borrowed from root */
	int64_t		 total, in_page;
	char		 scratch[32];	/* an id that is a number, as text */
};

/*
 * Read a reply, whatever its status.  Anything but HELIO_XIQ_FINE fills
 * text; HELIO_XIQ_API_ERROR: "Status Code 401: why".
 */
helio_xiq_fault	 xiq_page_read(const char *body, size_t n,
		    helio_xiq_page **ret, char text[XIQ_TEXT_SIZE]);
/* Pages of a window of which this is the first; 0: it does not say, or
 * nothing that can be. */
unsigned	 xiq_page_count(const helio_xiq_page *first);

/* ---- tally.c ---- */

/* {ssid: {client id: true}}: jansson's objects hold each key once. */
json_t		*xiq_tally_new(void);
/* False: no memory.  Clients without an SSID are on no Wi-Fi: left out. */
bool		 xiq_tally_add(json_t *tally, const helio_xiq_page *);
/* {ssid: clients}, new; NULL: no memory. */
json_t		*xiq_tally_counts(const json_t *tally);

/* ---- counts.c ---- */

struct helio_xiq_counts {
	char		*path;		/* NULL: in memory alone */
	json_t		*windows;	/* {start: {ssid: clients}} */
	json_t		*failed;	/* {"url::start": start} */
	int64_t		 written_us;	/* the file's time when it was read */
};

/* Is this window there, whole?  One that was still running when the file was
 * written, or that lacks a call, is not. */
bool		 xiq_counts_whole(const helio_xiq_counts *,
		    const struct xiq_window *);
/* Replace a window's counts (taken).  False: no memory. */
bool		 xiq_counts_set(helio_xiq_counts *, const char *start,
		    json_t *counts);
/* Note that a call's clients are missing, or no longer. */
bool		 xiq_counts_fail(helio_xiq_counts *, const char *start,
		    const char *url);
void		 xiq_counts_mend(helio_xiq_counts *, const char *start,
		    const char *url);
/* Forget what was missing in a window that is taken anew. */
void		 xiq_counts_begin(helio_xiq_counts *, const char *start);

/* ---- capture.c ---- */

/* How a capture reaches the world; tests bring their own. */
struct xiq_world {
	void		*arg;
	/* One try of a page.  Anything but FINE fills text. */
	helio_xiq_fault	 (*fetch)(void *arg, const struct xiq_window *,
			    unsigned page, helio_xiq_page **ret,
			    char text[XIQ_TEXT_SIZE]);
	/* Add the page's whole address. */
	void		 (*address)(void *arg, const struct xiq_window *,
			    unsigned page, struct buf *);
};

helio_code	 xiq_capture(const struct xiq_world *, const helio_xiq_span *,
		    helio_xiq_counts *, const helio_xiq_owner *,
		    helio_xiq_result *ret, helio_error *);

#endif
