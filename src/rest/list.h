/* Lists: a plan and a page over the rows of one table.  Private. */
#ifndef HELIO_REST_LIST_H
#define HELIO_REST_LIST_H

#include "api/api.h"
#include "rest/page.h"
#include "rest/plan.h"

struct list {
	struct plan	 plan;
	struct page	 page;
	bool		 slow;		/* too much for the event loop */
	bool		 unlinked;	/* without a Link header */
};

/* Read `q`, `page` and `results_per_page` of a request for a table's rows. */
enum helio_rc	 list_read(struct api_call *, const struct schema_table *,
		    struct list *ret);
/* The same without `q`, for an answer without links. */
enum helio_rc	 list_read_related(struct api_call *,
		    const struct schema_table *, struct list *ret);
/* Write the answer to a struct list, which is one object when the plan says
 * `single`, and set its headers; a snapshot_fn. */
enum helio_rc	 list_answer(struct api_call *, struct tx *, void *list,
		    struct buf *out);

#endif
