/* The state machine of a unit: a table and one way to move. */
#include "domain/state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "domain/find.h"
#include "domain/status.h"

#define TO(state) (1u << STATE_##state)

static const struct {
	const char	*name;
	unsigned	 next;
} states[] = {
	[STATE_NON_EXISTANT] = { "NON_EXISTANT", TO(STORED) },
	[STATE_STORED] = { "STORED", TO(SHIPPED) | TO(TERMINATED) },
	[STATE_SHIPPED] = { "SHIPPED", TO(ACTIVATING) | TO(ACTIVATED) |
	    TO(IN_REPAIR_SYSTEM) | TO(TERMINATED) },
	[STATE_ACTIVATING] = { "ACTIVATING", TO(ACTIVATED) |
	    TO(IN_REPAIR_SYSTEM) | TO(TERMINATED) },
	[STATE_ACTIVATED] = { "ACTIVATED", TO(MONITORED) | TO(UNMONITORED) |
	    TO(IN_REPAIR_SYSTEM) | TO(TERMINATED) },
	[STATE_MONITORED] = { "MONITORED", TO(UNMONITORED) |
	    TO(IN_REPAIR_SYSTEM) | TO(TERMINATED) },
	[STATE_UNMONITORED] = { "UNMONITORED", TO(MONITORED) |
	    TO(IN_REPAIR_SYSTEM) | TO(TERMINATED) },
	[STATE_IN_REPAIR_SYSTEM] = { "IN_REPAIR_SYSTEM", TO(ACTIVATED) |
	    TO(TERMINATED) },
	[STATE_TERMINATED] = { "TERMINATED", 0 },
};

static bool
is_state(int64_t state)
{
	return state >= STATE_NON_EXISTANT && state <= STATE_TERMINATED;
}

bool
state_may_move(int64_t from, int64_t to)
{
	return is_state(from) && is_state(to) &&
	    (states[from].next >> to & 1) != 0;
}

bool
state_parse(const char *text, enum unit_state *ret)
{
	int64_t i;

	for (i = STATE_NON_EXISTANT; i <= STATE_TERMINATED; i++) {
		if (strcasecmp(text, states[i].name) == 0 ||
		    (text[0] == '0' + i && text[1] == '\0')) {
			*ret = (enum unit_state)i;
			return true;
		}
	}
	return false;
}

static enum helio_rc
add_row(struct tx *tx, const char *imei, int64_t from, int64_t to,
    int64_t *ret, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "state"));
	enum helio_rc rc;

	row_set_text(row, "product_imei", imei);
	row_set_int(row, "prev_state_type", from);
	row_set_int(row, "current_state_type", to);
	rc = tx_insert(tx, row, err);
	if (rc == HELIO_OK)
		*ret = row_int(row, "state_id");
	return rc;
}

enum helio_rc
state_begin(struct tx *tx, const char *imei, int64_t *ret,
    struct helio_err *err)
{
	return add_row(tx, imei, STATE_NON_EXISTANT, STATE_STORED, ret, err);
}

enum helio_rc
state_current(struct tx *tx, const struct row *product, int64_t *ret,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc = find_by_id(tx, "state",
	    row_get(product, "latest_state_id"), &row, err);

	if (rc == HELIO_OK)
		*ret = row != NULL ? row_int(row, "current_state_type") :
		    STATE_NON_EXISTANT;
	return rc;
}

enum helio_rc
state_change(struct tx *tx, const struct row *product, enum unit_state to,
    struct helio_err *err)
{
	const struct schema_table *table = product->table;
	struct row *changes = row_new(tx_arena(tx), table);
	struct status status = {
		.state = to, .user = tx_caller(tx)->username,
	};
	int64_t from = 0, id = 0;
	enum helio_rc rc;

	rc = state_current(tx, product, &from, err);
	if (rc != HELIO_OK)
		return rc;
	if (!state_may_move(from, to))
		return err_field(err, "state_transition", " A unit may not "
		    "transition from state '%" PRId64 "' to state '%d'", from,
		    (int)to);
	rc = add_row(tx, row_text(product, "product_imei"), from, to, &id, err);
	if (rc != HELIO_OK)
		return rc;
	row_set_int(changes, "latest_state_id", id);
	rc = tx_update(tx, table, row_key(product), changes, NULL, err);
	if (rc != HELIO_OK)
		return rc;
	return status_publish(tx, product, &status, err);
}
