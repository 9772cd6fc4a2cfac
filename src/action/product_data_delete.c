/* DELETE /products/<imei>/data: samples of one unit go for good. */
#include <string.h>

#include "action/list.h"
#include "base/times.h"
#include "telemetry/telemetry.h"

enum { ARG_START, ARG_END, ARG_MEASUREMENT };

static const struct action_arg args[] = {
	[ARG_START] = { .name = "start", .type = FIELD_DATETIME,
	    .help = "first time, inclusive; from the beginning" },
	[ARG_END] = { .name = "end", .type = FIELD_DATETIME,
	    .help = "last time, inclusive; to the end" },
	[ARG_MEASUREMENT] = { .name = "measurement", .type = FIELD_TEXT,
	    .max_len = TELEMETRY_NAME_MAX, .help = "all of them" },
};

/* Microseconds to nanoseconds; what no sample can have is an end of time. */
static int64_t
time_ns(const struct action_call *c, size_t arg, int64_t otherwise)
{
	int64_t ns;

	if (c->arg[arg].type != VALUE_INT ||
	    __builtin_mul_overflow(c->arg[arg].i, NS_PER_US, &ns))
		return otherwise;
	return ns;
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	const struct telemetry_doomed doomed = {
		.measurement = action_text(c, ARG_MEASUREMENT),
		.imei = c->path[0],
		.first_ns = time_ns(c, ARG_START, INT64_MIN),
		.last_ns = time_ns(c, ARG_END, INT64_MAX),
	};
	struct row *product = NULL;
	int64_t after = 0, rows = 0, some;
	enum helio_rc rc = action_product(c, &product, err);

	while (rc == HELIO_OK && after >= 0) {
		rc = telemetry_delete(c->tx, &doomed, 64, &after, &some, err);
		rows += some;
	}
	c->message = "data deleted";
	jw_object(&c->json);
	jw_put_int(&c->json, "rows", rows);
	jw_end(&c->json);
	return rc;
}

const struct action action_product_data_delete = {
	.name = "product data delete",
	.method = HTTP_DELETE,
	.path = "products/{product_imei}/data",
	.level = LEVEL_SYSTEM,
	.args = args,
	.n_args = sizeof(args) / sizeof(args[0]),
	.run = run,
	.help = "Delete samples of a unit in a range of time.",
};
