/* A small schema and ways to look at plans and rows, for tests of src/rest. */
#ifndef TEST_REST_FIXTURE_H
#define TEST_REST_FIXTURE_H

#include "base/arena.h"
#include "base/rc.h"
#include "schema/schema.h"
#include "store/query.h"
#include "store/row.h"

struct rest_fixture {
	struct arena	*arena;
	struct schema	*schema;
	struct helio_err err;
};

/* 2016-07-28T08:43:09.5 */
#define REST_NOW_US	INT64_C(1469695389500000)

/* cmocka setup and teardown; *state is a struct rest_fixture. */
int	rest_setup(void **state);
int	rest_teardown(void **state);

/* A condition as text: "(imei = 'a' and not(hub(name null)))". */
const char	*rest_show_cond(struct arena *, const struct cond *);
/* "field,-field,relation.field" */
const char	*rest_show_order(struct arena *, const struct order *,
		    size_t n);
/* "field: text; field: text" in the order they were named. */
const char	*rest_show_faults(struct arena *, const struct helio_err *);
/* The set fields, "name=value ..", in field order. */
const char	*rest_show_row(struct arena *, const struct row *);

#endif
