/* Enable and disable: the rules, and the rows that follow from them. */
#include "domain/enable.h"

#include <string.h>

#include "domain/find.h"
#include "domain/sms.h"
#include "domain/status.h"

static const char *const history_table[] = {
	[SWITCH_UNIT] = "enable_history",
	[SWITCH_TAMPER] = "tamper_enable_history",
};

static const char *const settled_name[] = { "disabled", "enabled" };
static const char *const pending_name[] = {
	"pending_disabled", "pending_enabled",
};

enum enable_step
enable_on_order(const struct enable_view *view, bool on)
{
	if (view->desired == on && (view->pending || view->current == on))
		return STEP_NONE;
	return STEP_PENDING;
}

enum enable_step
enable_on_report(const struct enable_view *view, bool on)
{
	if (view->desired == on)
		return view->pending || view->current != on ? STEP_CONFIRM :
		    STEP_NONE;
	if (view->current == on)
		return STEP_NONE;
	return view->pending ? STEP_NOTE : STEP_FOLLOW;
}

/* The latest row of the switch's history, or NULL. */
static enum helio_rc
latest(struct tx *tx, enum enable_switch which, const struct row *product,
    struct row **ret, struct helio_err *err)
{
	const struct find find = {
		.table = history_table[which], .newest = "date",
		.by = { { "product_imei", row_key(product) } },
	};

	if (which == SWITCH_UNIT)
		return find_by_id(tx, find.table,
		    row_get(product, "latest_enable_history_id"), ret, err);
	return find_row(tx, &find, ret, err);
}

/* The last order, for either side, or NULL. */
static enum helio_rc
last_order(struct tx *tx, enum enable_switch which, const struct row *product,
    struct row **ret, struct helio_err *err)
{
	const struct find find = {
		.table = history_table[which], .newest = "date",
		.by = { { "product_imei", row_key(product) } },
	};
	struct query query = find_query(tx, &find);
	struct value pending[2];
	const struct cond *part[2];

	pending[0] = value_text(pending_name[false]);
	pending[1] = value_text(pending_name[true]);
	part[0] = query.where;
	part[1] = cond_in(tx_arena(tx),
	    schema_field(query.table, "current_enable_state"), pending, 2);
	query.where = cond_all(tx_arena(tx), part, 2);
	query.limit = 1;
	return find_first(tx, &query, ret, err);
}

static bool
orders(const struct row *row, bool on)
{
	return row != NULL && strcmp(row_text(row, "current_enable_state"),
	    pending_name[on]) == 0;
}

/*
 * The tamper switch has no columns: it is desired as it was last ordered, or
 * as it is when nobody ever ordered anything.
 */
static enum helio_rc
tamper_flags(struct tx *tx, const struct row *product, const struct row *last,
    struct enable_view *view, struct helio_err *err)
{
	struct row *order = NULL;
	enum helio_rc rc;

	view->current = strcmp(view->state, "enabled") == 0 ||
	    strcmp(view->state, "pending_disabled") == 0;
	view->desired = view->pending ? !view->current : view->current;
	if (view->pending || last == NULL ||
	    strcmp(row_text(last, "user"), ENABLE_USER_UNIT) != 0)
		return HELIO_OK;
	rc = last_order(tx, SWITCH_TAMPER, product, &order, err);
	if (rc == HELIO_OK && order != NULL)
		view->desired = orders(order, true);
	return rc;
}

static enum helio_rc
view_from(struct tx *tx, enum enable_switch which, const struct row *product,
    const struct row *last, struct enable_view *ret, struct helio_err *err)
{
	struct enable_view view = { .state = "init" };

	if (last != NULL)
		view.state = row_text(last, "current_enable_state");
	view.pending = strncmp(view.state, "pending_", 8) == 0;
	view.current = row_bool(product, "current_enable_flag");
	view.desired = row_bool(product, "desired_enable_flag");
	*ret = view;
	if (which == SWITCH_UNIT)
		return HELIO_OK;
	return tamper_flags(tx, product, last, ret, err);
}

enum helio_rc
enable_view(struct tx *tx, enum enable_switch which, const struct row *product,
    struct enable_view *ret, struct helio_err *err)
{
	struct row *last = NULL;
	enum helio_rc rc = latest(tx, which, product, &last, err);

	if (rc != HELIO_OK)
		return rc;
	return view_from(tx, which, product, last, ret, err);
}

struct change {
	enum enable_switch which;
	const struct row *product;
	const struct enable_view *view;		/* before */
	const char	*state;			/* after */
	const char	*user;
	int64_t		 at_us;
};

/* The history row; its number goes into the product's changes. */
static enum helio_rc
add_history(struct tx *tx, const struct change *change, struct row *changes,
    struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx),
	    tx_table(tx, history_table[change->which]));
	enum helio_rc rc;

	row_set(row, "product_imei", row_key(change->product));
	row_set_text(row, "prev_enable_state", change->view->state);
	row_set_text(row, "current_enable_state", change->state);
	row_set_text(row, "user", change->user);
	row_set_int(row, "date", change->at_us);
	rc = tx_insert(tx, row, err);
	if (rc == HELIO_OK && change->which == SWITCH_UNIT)
		row_set(changes, "latest_enable_history_id", row_key(row));
	return rc;
}

static enum helio_rc
record(struct tx *tx, const struct change *change, struct row *changes,
    struct helio_err *err)
{
	const struct status status = {
		.enabled_status = change->state, .user = change->user,
	};
	enum helio_rc rc = add_history(tx, change, changes, err);

	if (rc != HELIO_OK || change->which != SWITCH_UNIT)
		return rc;
	return status_publish(tx, change->product, &status, err);
}

enum helio_rc
enable_order(struct tx *tx, enum enable_switch which,
    const struct row *product, bool on, struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), product->table);
	struct enable_view view;
	const struct change change = {
		.which = which, .product = product, .view = &view,
		.state = pending_name[on], .user = tx_caller(tx)->username,
		.at_us = tx_now_us(tx),
	};
	enum helio_rc rc = enable_view(tx, which, product, &view, err);

	if (rc != HELIO_OK || enable_on_order(&view, on) == STEP_NONE)
		return rc;
	rc = record(tx, &change, changes, err);
	if (rc != HELIO_OK || which != SWITCH_UNIT)
		return rc;
	row_set_int(changes, "desired_enable_flag", on);
	rc = tx_update(tx, product->table, row_key(product), changes, NULL,
	    err);
	if (rc != HELIO_OK)
		return rc;
	return sms_wakeup_order(tx, product, row_get(changes,
	    "latest_enable_history_id"), err);
}

/*
 * Who asked for what the unit now confirms.  A unit that keeps its own credit
 * comes and goes with it, so what nobody waits for is its own doing.
 */
static enum helio_rc
requester(struct tx *tx, struct change *change, const struct row *last,
    bool on, struct helio_err *err)
{
	struct row *order = NULL;
	enum helio_rc rc;

	change->user = ENABLE_USER_UNIT;
	if (change->view->pending) {
		change->user = row_text(last, "user");
		return HELIO_OK;
	}
	if (row_bool(change->product, "dcm_enabled_flag"))
		return HELIO_OK;
	rc = last_order(tx, change->which, change->product, &order, err);
	if (rc == HELIO_OK && orders(order, on))
		change->user = row_text(order, "user");
	return rc;
}

static void
set_current(struct row *changes, const struct change *change, bool on)
{
	if (change->which != SWITCH_UNIT)
		return;
	row_set_int(changes, "current_enable_flag", on);
	if (!on && change->state != NULL)
		row_set_int(changes, "disable_date", change->at_us);
}

enum helio_rc
enable_report(struct tx *tx, enum enable_switch which,
    const struct row *product, bool on, struct row *changes,
    struct helio_err *err)
{
	struct enable_view view;
	struct change change = {
		.which = which, .product = product, .view = &view,
		.user = ENABLE_USER_UNIT, .at_us = tx_now_us(tx),
	};
	struct row *last = NULL;
	enum enable_step step;
	enum helio_rc rc;

	rc = latest(tx, which, product, &last, err);
	if (rc == HELIO_OK)
		rc = view_from(tx, which, product, last, &view, err);
	if (rc != HELIO_OK)
		return rc;
	step = enable_on_report(&view, on);
	if (step == STEP_NONE)
		return HELIO_OK;
	if (step == STEP_CONFIRM)
		rc = requester(tx, &change, last, on, err);
	if (rc == HELIO_OK && step != STEP_NOTE) {
		change.state = settled_name[on];
		rc = record(tx, &change, changes, err);
	}
	if (rc == HELIO_OK)
		set_current(changes, &change, on);
	return rc;
}
