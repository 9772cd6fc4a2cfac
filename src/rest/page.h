/* Pages of a list: `page` and `results_per_page`, cut out of what limit and
 * offset leave.  Pure. */
#ifndef HELIO_REST_PAGE_H
#define HELIO_REST_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json_write.h"
#include "base/rc.h"
#include "store/query.h"

enum { PAGE_SIZE = 10, PAGE_SIZE_MAX = 100 };

struct page {
	int64_t		 number;	/* from 1; page 0 has no objects */
	int64_t		 size;		/* 1 to PAGE_SIZE_MAX */
	/* digits of a number beyond 64 bits, which is then INT64_MAX */
	const char	*huge;
};

/*
 * Read the two parameters (NULL: absent).  A size that is none is the
 * default, one too large the maximum; a page that is no number from 0 is
 * E_BAD with a fault.
 */
enum helio_rc	 page_read(const char *page, const char *size,
		    struct page *ret, struct helio_err *);
/* The rows of the page as limit and offset; false when it can have none. */
bool		 page_cut(const struct page *, struct query *);
/* How many pages `total` results make. */
int64_t		 page_count(const struct page *, int64_t total);
void		 page_write(const struct page *, struct json_write *);

#endif
