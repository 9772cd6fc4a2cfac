/*
 * What stands beside the products of a page, in other tables: one query for
 * each table, whatever the number of products.  A list of such tables is data;
 * rows found for one may give the keys for the next.
 */
#ifndef HELIO_ACTION_BESIDE_H
#define HELIO_ACTION_BESIDE_H

#include "rest/page.h"
#include "store/store.h"

enum {
	BESIDE_MAX = 16,	/* tables */
	BESIDE_PRODUCTS = -1,	/* `from`: the page itself */
};

/* Rows of `table` whose `field` is among the values of `key` in the rows of
 * `from`, an earlier entry or BESIDE_PRODUCTS. */
struct beside {
	const char	*table;
	const char	*field;
	int		 from;
	const char	*key;
	const char	*null;		/* field that must be null, or NULL */
	const char	*parameter;	/* only active ones of this type */
};

/* Rows in the order of one field. */
struct rows {
	struct row	**row;
	size_t		 n, cap;
	const struct schema_field *by;
};

struct product_page {
	struct rows	 products;
	struct rows	 beside[BESIDE_MAX];
};

/*
 * The products of a query (at most PAGE_SIZE_MAX) and what `list` finds beside
 * them, in the snapshot's arena and the caller's scope.
 */
enum helio_rc	 product_page_read(struct tx *, const struct query *,
		    const struct beside *list, size_t n,
		    struct product_page *ret, struct helio_err *);
/* The rows with this value of their field: the first, and how many. */
struct row	**rows_with(const struct rows *, struct value, size_t *ret_n);
/* The first of them, or NULL; none for null. */
const struct row *rows_one(const struct rows *, struct value);

#endif
