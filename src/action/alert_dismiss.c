/* PUT /alerts/<alert_id>/dismiss */
#include <inttypes.h>

#include "action/list.h"
#include "domain/alert.h"
#include "rest/validate.h"

enum { REASON, EXTRA_INFO, REPAIR };

static const struct action_arg args[] = {
	[REASON] = { .name = "dismissal_reason", .type = FIELD_TEXT,
	    .required = true, .help = "why" },
	[EXTRA_INFO] = { .name = "extra_info", .type = FIELD_TEXT,
	    .help = "more about it" },
	[REPAIR] = { .name = "repair_id", .type = FIELD_INT,
	    .help = "the repair of the unit that it led to" },
};

static enum helio_rc
find_alert(struct action_call *c, struct row **ret, struct helio_err *err)
{
	const struct schema_table *table = tx_table(c->tx, "alert");
	struct value key;

	if (!validate_key(table, c->path[0], &key))
		return err_set(err, HELIO_E_NOT_FOUND, "%s",
		    rc_text(HELIO_E_NOT_FOUND));
	return tx_get(c->tx, table, key, ret, err);
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	const struct alert_dismissal how = {
		.reason = action_text(c, REASON),
		.extra_info = action_text(c, EXTRA_INFO),
		.repair = c->arg[REPAIR],
	};
	struct row *alert = NULL;
	enum helio_rc rc = find_alert(c, &alert, err);

	if (rc == HELIO_OK)
		rc = alert_dismiss(c->tx, alert, &how, err);
	if (rc == HELIO_OK)
		c->message = arena_printf(tx_arena(c->tx),
		    "Alert #%" PRId64 " has been dismissed",
		    row_int(alert, "alert_id"));
	return rc;
}

const struct action action_alert_dismiss = {
	.name = "alert dismiss",
	.method = HTTP_PUT,
	.path = "alerts/{alert_id}/dismiss",
	.level = LEVEL_TECHNICAL,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "Put an alert aside, saying why.",
};
