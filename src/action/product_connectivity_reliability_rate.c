/* GET /products/<imei>/connectivity_reliability_rate */
#include <ctype.h>
#include <string.h>

#include "action/list.h"
#include "base/times.h"
#include "domain/reliability.h"

enum { START, END };

static const struct action_arg args[] = {
	[START] = { .name = "start", .type = FIELD_TEXT,
	    .help = "time, exclusive; 7 days ago" },
	[END] = { .name = "end", .type = FIELD_TEXT,
	    .help = "time, inclusive; now" },
};

/* This reply names what is wrong in its message (seed). */
static enum helio_rc
refuse(struct helio_err *err, const char *what, const char *why)
{
	return err_set(err, HELIO_E_BAD, "%s %s", what, why);
}

/* ISO 8601 with its dashes, or with a blank in place of the T; the reader of
 * times would take far more. */
static bool
is_iso(const char *s)
{
	static const char shape[] = "dddd-dd-dd";
	size_t i;

	for (i = 0; shape[i] != '\0'; i++)
		if (shape[i] == 'd' ? !isdigit((unsigned char)s[i]) :
		    s[i] != shape[i])
			return false;
	return s[i] == '\0' || ((s[i] == 'T' || s[i] == ' ') &&
	    isdigit((unsigned char)s[i + 1]) && strchr(s + i, ':') != NULL);
}

static enum helio_rc
read_time(struct action_call *c, int which, int64_t fallback_us,
    int64_t *ret_us, struct helio_err *err)
{
	const char *text = action_text(c, which), *why;

	*ret_us = fallback_us;
	if (text == NULL)
		return HELIO_OK;
	if (!is_iso(text) ||
	    !time_parse(text, strlen(text), ret_us, NULL, &why))
		return refuse(err, args[which].name, "must be an ISO 8601 "
		    "time or yyyy-mm-dd HH:MM:SS");
	return HELIO_OK;
}

static enum helio_rc
read_range(struct action_call *c, int64_t *ret_start, int64_t *ret_end,
    struct helio_err *err)
{
	enum helio_rc rc = read_time(c, START, c->now_us - 7 * US_PER_DAY,
	    ret_start, err);

	if (rc == HELIO_OK)
		rc = read_time(c, END, c->now_us, ret_end, err);
	if (rc != HELIO_OK)
		return rc;
	if (*ret_end > c->now_us)
		return refuse(err, "end", "must not be in the future");
	if (*ret_end < *ret_start)
		return refuse(err, "end", "must not be before start");
	return HELIO_OK;
}

static enum helio_rc
count_connections(struct action_call *c, const struct row *product,
    int64_t start_us, int64_t end_us, int64_t *ret, struct helio_err *err)
{
	const struct schema_table *table = tx_table(c->tx, "connection");
	const struct schema_field *date = schema_field(table, "date");
	const struct cond *part[] = {
		cond_eq(c->arena, table, "product_imei", row_key(product)),
		cond_compare(c->arena, date, OP_GT, value_int(start_us)),
		cond_compare(c->arena, date, OP_LE, value_int(end_us)),
	};
	struct query query = query_all(table);

	query.where = cond_all(c->arena, part, sizeof(part) / sizeof(part[0]));
	return tx_count(c->tx, &query, ret, err);
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct row *product = NULL;
	int64_t start_us, end_us, n;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = read_range(c, &start_us, &end_us, err);
	if (rc == HELIO_OK)
		rc = count_connections(c, product, start_us, end_us, &n, err);
	if (rc != HELIO_OK)
		return rc;
	jw_object(&c->json);
	jw_put_real(&c->json, "connectivity_reliability_rate",
	    reliability_rate(n, start_us, end_us));
	jw_end(&c->json);
	c->message = "Successfully computed product connectivity reliability "
	    "rate";
	return HELIO_OK;
}

const struct action action_product_connectivity_reliability_rate = {
	.name = "product connectivity_reliability_rate",
	.method = HTTP_GET,
	.path = "products/{product_imei}/connectivity_reliability_rate",
	.level = LEVEL_OVERVIEW,
	.reads = true,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "Connections that a unit made, of those that were due.",
};
