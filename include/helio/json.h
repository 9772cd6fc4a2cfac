/*
 * JSON answers, read by path; lists of many pages, read row by row.
 *
 * A path is member names and array indexes joined by dots: "data.0.name";
 * "" is the value itself.
 */
#ifndef HELIO_JSON_H
#define HELIO_JSON_H

#include "helio/http.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- one value ---- */

typedef struct helio_json helio_json;

/* Parse n bytes (RFC 8259).  HELIO_MALFORMED names the place. */
helio_code	 helio_json_parse(const char *, size_t n, helio_json **ret, helio_error *);
/* The body of a reply.  HELIO_MALFORMED when it is no JSON. */
helio_code	 helio_json_of(const helio_reply *, helio_json **ret, helio_error *);
void		 helio_json_free(helio_json *);	/* NULL is allowed */
/* Is there such a member, null or not? */
bool		 helio_json_has(const helio_json *, const char *path);
/* A string, borrowed; NULL: there is none, or it is something else. */
const char	*helio_json_text(const helio_json *, const char *path);
/* A number or truth; false, and *ret left alone, when it is something else. */
bool		 helio_json_int(const helio_json *, const char *path, int64_t *ret);
bool		 helio_json_real(const helio_json *, const char *path, double *ret);
bool		 helio_json_bool(const helio_json *, const char *path, bool *ret);
/* Elements of an array or members of an object; 0 for anything else. */
size_t		 helio_json_count(const helio_json *, const char *path);
/* The value as compact JSON, to be freed with free(); NULL: there is none, or
 * no memory. */
char		*helio_json_dump(const helio_json *, const char *path);

/* ---- pages ---- */

/* How a service pages its lists.  Leave zero what it does not have; the list
 * ends with the first rule that says so, or with an empty page. */
typedef struct helio_paging {
	size_t		 size;		/* sizeof(helio_paging) */
	const char	*page;		/* query name of the page number or offset */
	long		 first;		/* of the first page */
	bool		 first_unsaid;	/* which is asked for without it */
	bool		 offset;	/* add the rows received, not 1 */
	const char	*limit;		/* query name of the page size */
	long		 limit_rows;	/* its value; 0: not sent */
	const char	*rows;		/* path of the array; NULL: the answer */
	const char	*pages;		/* path of the number of pages: after it
					 * the list ends */
	const char	*total;		/* path of the number of rows: likewise */
	const char	*next;		/* path of the next page's number; null
					 * or absent ends the list */
	bool		 short_ends;	/* a page of less than limit_rows does */
} helio_paging;

typedef struct helio_pager helio_pager;

/*
 * Walk a list.  call: a GET with everything but the paging; taken, also on
 * failure.  Nothing is sent yet.  The service must outlive the pager.
 */
helio_code	 helio_pager_new(helio_http *, helio_call *call, const helio_paging *,
		    helio_pager **ret, helio_error *);
void		 helio_pager_free(helio_pager *);	/* NULL is allowed */
/*
 * The next row, borrowed until the next call; *ret is NULL after the last.
 * Gets a page when one is needed, and waits for it.  After a failure the same
 * page is asked for again.  HELIO_REFUSED, HELIO_UNAVAILABLE: the status of
 * the answer is no 2xx.  HELIO_MALFORMED: no JSON, or no rows in it.
 */
helio_code	 helio_pager_next(helio_pager *, const helio_json **ret, helio_error *);
/* Rows in all, as far as the service has told; -1: not known. */
int64_t		 helio_pager_total(const helio_pager *);

#ifdef __cplusplus
}
#endif

#endif
