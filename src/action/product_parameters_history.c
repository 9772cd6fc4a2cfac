/*
 * GET /products/<imei>/parameters/history: all settings a unit and its parts
 * ever had, or those in force at a time, as they looked then.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "action/list.h"
#include "base/times.h"
#include "domain/find.h"
#include "store/row_json.h"

enum { DATE };

static const struct action_arg args[] = {
	[DATE] = { .name = "date", .type = FIELD_DATETIME,
	    .help = "the time to look at; without it all of history" },
};

/* A part that is, or at the time was, in the unit. */
struct part {
	struct value	 id;
	struct part	*next;
};

struct history {
	struct action_call *c;
	struct value	 at;		/* the time, or null: all */
	struct part	*parts, **last;
};

/* From its start to its end: was the row in force at that time? */
static bool
holds(const struct row *row, struct value at)
{
	return !row_is_null(row, "date_added") &&
	    row_int(row, "date_added") <= at.i &&
	    (row_is_null(row, "date_removed") ||
	    row_int(row, "date_removed") > at.i);
}

static bool
was_active(const struct row *parameter, struct value at)
{
	const char *status = row_text(parameter, "status");

	return status != NULL && (strcmp(status, "active") == 0 ||
	    strcmp(status, "removed") == 0) && holds(parameter, at);
}

/* What came after the time had not happened yet. */
static const struct row *
as_it_was(struct history *h, const struct row *parameter)
{
	struct row *then = row_copy(tx_arena(h->c->tx), parameter);

	row_set_text(then, "status", "active");
	row_set_null(then, "date_removed");
	return then;
}

static enum helio_rc
write_parameter(const struct row *row, void *arg, struct helio_err *err)
{
	struct history *h = arg;

	if (h->at.type != VALUE_NULL) {
		if (!was_active(row, h->at))
			return HELIO_OK;
		row = as_it_was(h, row);
	}
	row_write_json(&h->c->json, row, h->c->caller->level);
	return HELIO_OK;
}

static enum helio_rc
write_parameters(struct history *h, const char *table, const char *owner,
    struct value id, struct helio_err *err)
{
	struct query query = find_query(h->c->tx, &(struct find){
		.table = table, .by = { { owner, id } },
	});
	enum helio_rc rc;

	jw_array(&h->c->json);
	rc = tx_each(h->c->tx, &query, write_parameter, h, err);
	jw_end(&h->c->json);
	return rc;
}

/* ---- parts ---- */

static enum helio_rc
add_part(const struct row *linker, void *arg, struct helio_err *err)
{
	struct history *h = arg;
	struct value id = row_get(linker, "part_id");
	struct part *part;

	if (h->at.type != VALUE_NULL && !holds(linker, h->at))
		return HELIO_OK;
	for (part = h->parts; part != NULL; part = part->next)
		if (value_equal(part->id, id))
			return HELIO_OK;
	part = arena_alloc(tx_arena(h->c->tx), sizeof(*part));
	part->id = id;
	*h->last = part;
	h->last = &part->next;
	return HELIO_OK;
}

static enum helio_rc
write_parts(struct history *h, const struct row *product,
    struct helio_err *err)
{
	struct query query = find_query(h->c->tx, &(struct find){
		.table = "part_product_linker",
		.by = { { "product_imei", row_key(product) } },
	});
	enum helio_rc rc = tx_each(h->c->tx, &query, add_part, h, err);
	const struct part *part;
	char key[24];

	jw_key(&h->c->json, "part_parameters");
	jw_object(&h->c->json);
	for (part = h->parts; part != NULL && rc == HELIO_OK;
	    part = part->next) {
		snprintf(key, sizeof(key), "%" PRId64, part->id.i);
		jw_key(&h->c->json, key);
		rc = write_parameters(h, "part_parameter", "part_id", part->id,
		    err);
	}
	jw_end(&h->c->json);
	return rc;
}

static const char *
message(const struct history *h, const struct row *product)
{
	const char *imei = row_text(product, "product_imei");
	char at[TIME_TEXT_MAX];

	if (h->at.type == VALUE_NULL)
		return arena_printf(tx_arena(h->c->tx), "Full parameter "
		    "history for #%s returned successfully", imei);
	time_format_iso(h->at.i, at);
	return arena_printf(tx_arena(h->c->tx), "Active parameters for #%s "
	    "at %s returned successfully", imei, at);
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct history h = { .c = c, .at = c->arg[DATE], .last = &h.parts };
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc != HELIO_OK)
		return rc;
	jw_object(&c->json);
	rc = write_parts(&h, product, err);
	jw_key(&c->json, "product_parameters");
	if (rc == HELIO_OK)
		rc = write_parameters(&h, "product_parameter", "product_imei",
		    row_key(product), err);
	else
		jw_null(&c->json);
	jw_end(&c->json);
	c->message = message(&h, product);
	return rc;
}

const struct action action_product_parameters_history = {
	.name = "product parameters/history",
	.method = HTTP_GET,
	.path = "products/{product_imei}/parameters/history",
	.level = LEVEL_OVERVIEW,
	.reads = true,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "All settings of a unit and its parts, or those of a time.",
};
