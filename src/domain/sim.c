/* The SIM part of a unit, and the chain from it to networks. */
#include "domain/sim.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "domain/find.h"

enum { PARTS_MAX = 64, IDS_MAX = 4096, DIGITS_MIN = 5, DIGITS_MAX = 15 };

/* One step: the values of a column, in the order of keys. */
struct gather {
	const char	*column;
	struct value	*out;
	size_t		 n, max;
};

static enum helio_rc
add_value(const struct row *row, void *arg, struct helio_err *err)
{
	struct gather *g = arg;
	struct value v = row_get(row, g->column);

	if (g->n < g->max && v.type == VALUE_INT)
		g->out[g->n++] = v;
	return HELIO_OK;
}

static enum helio_rc
parts_now(struct tx *tx, const struct row *product, struct gather *g,
    struct helio_err *err)
{
	const struct find find = {
		.table = "part_product_linker", .by = {
			{ "product_imei", row_key(product) },
			{ "date_removed", value_null() },
		},
	};
	struct query query = find_query(tx, &find);

	*g = (struct gather){ .column = "part_id", .max = PARTS_MAX };
	g->out = arena_alloc(tx_arena(tx), PARTS_MAX * sizeof(*g->out));
	return tx_each(tx, &query, add_value, g, err);
}

/* ---- the number ---- */

static bool
is_number(const char *s)
{
	size_t n;

	if (*s == '+')
		s++;
	n = strspn(s, "0123456789");
	return s[n] == '\0' && n >= DIGITS_MIN && n <= DIGITS_MAX;
}

static enum helio_rc
take_number(const struct row *part, void *arg, struct helio_err *err)
{
	const char *text = row_text(part, "properties"), *number;
	json_t *properties;

	properties = text != NULL ? json_loads(text, 0, NULL) : NULL;
	number = json_string_value(json_object_get(properties, "msisdn"));
	if (number != NULL && is_number(number))
		snprintf(arg, SIM_NUMBER_SIZE, "%s", number);
	json_decref(properties);
	return HELIO_OK;
}

/* The rows of a table whose field is among what was gathered. */
static struct query
among(struct tx *tx, const char *name, const char *field,
    const struct gather *g)
{
	const struct schema_table *table = tx_table(tx, name);
	struct query query = query_all(table);

	query.where = cond_in(tx_arena(tx), schema_field(table, field),
	    g->out, g->n);
	return query;
}

enum helio_rc
sim_number(struct tx *tx, const struct row *product,
    char ret[SIM_NUMBER_SIZE], struct helio_err *err)
{
	char number[SIM_NUMBER_SIZE] = "";
	struct gather parts;
	struct query query;
	enum helio_rc rc = parts_now(tx, product, &parts, err);

	if (rc != HELIO_OK)
		return rc;
	query = among(tx, "part", "part_id", &parts);
	rc = tx_each(tx, &query, take_number, number, err);
	if (rc == HELIO_OK)
		snprintf(ret, SIM_NUMBER_SIZE, "%s", number[0] != '\0' ?
		    number : row_text(product, "imsi"));
	return rc;
}

/* ---- the networks ---- */

/* From part to network: each step's column is the next one's field. */
static const struct {
	const char	*table, *field, *column;
} steps[] = {
	{ "part", "part_id", "part_type_id" },
	{ "sim_part_type_sim_provider_linker", "sim_part_type_id",
	    "sim_provider_id" },
	{ "sim_provider_network_linker", "sim_provider_id", "network_id" },
};

static enum helio_rc
network_ids(struct tx *tx, const struct row *product, struct gather *ret,
    struct helio_err *err)
{
	struct gather from, to;
	struct query query;
	enum helio_rc rc = parts_now(tx, product, &from, err);
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == HELIO_OK;
	    i++) {
		to = (struct gather){
			.column = steps[i].column, .max = IDS_MAX,
		};
		to.out = arena_alloc(tx_arena(tx), IDS_MAX *
		    sizeof(*to.out));
		query = among(tx, steps[i].table, steps[i].field, &from);
		rc = tx_each(tx, &query, add_value, &to, err);
		from = to;
	}
	if (rc == HELIO_OK)
		*ret = from;
	return rc;
}

static bool
seen_before(const struct gather *g, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (g->out[i].i == g->out[at].i)
			return true;
	return false;
}

enum helio_rc
sim_networks(struct tx *tx, const struct row *product, int64_t mcc,
    enum helio_rc (*each)(const struct row *, void *, struct helio_err *),
    void *arg, struct helio_err *err)
{
	struct gather ids = { .n = 0 };
	struct row *network;
	enum helio_rc rc = network_ids(tx, product, &ids, err);
	size_t i;

	for (i = 0; i < ids.n && rc == HELIO_OK; i++) {
		network = NULL;
		if (seen_before(&ids, i))
			continue;
		rc = find_by_id(tx, "network", ids.out[i], &network, err);
		if (rc == HELIO_OK && network != NULL &&
		    row_int(network, "mcc") == mcc)
			rc = each(network, arg, err);
	}
	return rc;
}
