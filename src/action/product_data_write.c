/* POST /products/<imei>/data: samples of one unit, taken whole or refused. */
#include <string.h>

#include "action/list.h"
#include "telemetry/room.h"
#include "telemetry/telemetry.h"

enum { UPLOAD_MAX = 16 << 20 };		/* bytes */

/* The unit in the path is a tag of every sample. */
static enum helio_rc
set_product(struct telemetry_batch *batch, const char *imei,
    struct helio_err *err)
{
	size_t i;

	for (i = 0; i < batch->n_tags; i++)
		if (strcmp(batch->tags[i].name, "product_imei") == 0 &&
		    strcmp(batch->tags[i].value, imei) != 0)
			return err_field(err, "tags",
			    "product_imei is not the one in the address");
	if (!telemetry_set_tag(batch, "product_imei", imei))
		return err_field(err, "tags", "there are too many");
	return HELIO_OK;
}

static enum helio_rc
prepare(struct action_call *c, struct helio_err *err)
{
	struct telemetry_batch *batch = arena_alloc(c->arena, sizeof(*batch));
	struct telemetry_upload *upload = arena_alloc(c->arena,
	    sizeof(*upload));
	struct telemetry_rejects none = { NULL, 0, 0 };
	enum helio_rc rc;

	rc = telemetry_decode(c->arena, c->raw, c->raw_len, TELEMETRY_STRICT,
	    c->now_us, batch, &none, err);
	if (rc == HELIO_OK)
		rc = set_product(batch, c->path[0], err);
	if (rc != HELIO_OK)
		return rc;
	c->prepared = upload;
	c->waits = telemetry_count(batch) > TELEMETRY_POINTS_SMALL;
	return telemetry_prepare(c->arena, batch, NULL, upload, err);
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	const struct telemetry_upload *upload = c->prepared;
	struct telemetry_result result = { 0 };
	struct row *product = NULL;
	enum helio_rc rc = action_product(c, &product, err);

	if (rc == HELIO_OK)
		rc = telemetry_room_check(c->tx, err);
	if (rc == HELIO_OK)
		rc = telemetry_write(c->tx, upload, 1, TELEMETRY_REFUSE,
		    &result, err);
	c->tally[TALLY_ROWS_WRITTEN] = result.rows;
	c->tally[TALLY_VALUES_WRITTEN] = result.written;
	c->message = arena_printf(c->arena,
	    "%zu data-point(s) successfully written to influx",
	    result.written);
	return rc;
}

const struct action action_product_data_write = {
	.name = "product data write",
	.method = HTTP_POST,
	.path = "products/{product_imei}/data",
	.level = LEVEL_TECHNICAL,
	.raw_body = true,
	.body_max = UPLOAD_MAX,
	.prepare = prepare,
	.run = run,
	.help = "Store samples of a unit: {measurement, tags, fields}.",
};
