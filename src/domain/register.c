/* Making PCBs and products. */
#include "domain/register.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_write.h"
#include "domain/entity.h"
#include "domain/find.h"
#include "domain/register_check.h"
#include "domain/serial.h"
#include "domain/state.h"

/* ---- serial numbers ---- */

enum { SERIAL_TRIES = 1000 };

/* Imported units may already have numbers that are next. */
static enum helio_rc
next_serial(struct tx *tx, const char *prefix, const char **ret,
    struct helio_err *err)
{
	char *name = arena_printf(tx_arena(tx), "serial:%s", prefix);
	char *serial = arena_alloc(tx_arena(tx), SERIAL_SIZE);
	struct find find = {
		.table = "product", .by = { { "serial_number" } },
	};
	int64_t number = 0;
	enum helio_rc rc;
	int i;

	for (i = 0; i < SERIAL_TRIES; i++) {
		rc = tx_sequence(tx, name, &number, err);
		if (rc != HELIO_OK)
			return rc;
		serial_format(prefix, number, serial);
		find.by[0].value = value_text(serial);
		if (!find_exists(tx, &find)) {
			*ret = serial;
			return HELIO_OK;
		}
	}
	return err_set(err, HELIO_E_CONFLICT,
	    "The serial numbers after %s are taken. Please try again", serial);
}

/* ---- parts ---- */

struct new_part {
	const char	*serial;
	int64_t		 part_type;
	const char	*properties;	/* JSON, or NULL */
	const char	*manufacturer;
};

static enum helio_rc
add_part(struct tx *tx, const struct new_part *part, struct row **ret,
    struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "part"));
	enum helio_rc rc;

	row_set_text(row, "serial_number", part->serial);
	row_set_int(row, "part_type_id", part->part_type);
	row_set_text(row, "properties", part->properties);
	row_set_text(row, "manufacturer", part->manufacturer);
	rc = tx_insert(tx, row, err);
	if (rc == HELIO_OK)
		*ret = row;
	return rc;
}

/* What is particular about a PCB, as JSON in the order of names. */
static enum helio_rc
write_properties(struct tx *tx, const struct pcb_request *req,
    const char *serial, const char **ret, struct helio_err *err)
{
	const struct {
		const char	*name, *value;
	} member[] = {
		{ "device_key", req->device_key },
		{ "erp_code_override", pcb_kinds[req->kind].erp_code },
		{ "iccid", req->iccid },
		{ "imei", req->imei },
		{ "imsi", req->imsi },
		{ "serial_number", serial },
	};
	struct buf out = BUF_INIT;
	struct json_write json;
	bool failed;
	size_t i;

	jw_start(&json, &out);
	jw_object(&json);
	for (i = 0; i < sizeof(member) / sizeof(member[0]); i++)
		if (member[i].value != NULL)
			jw_put_str(&json, member[i].name, member[i].value);
	jw_end(&json);
	failed = out.failed;
	if (!failed)
		*ret = arena_strndup(tx_arena(tx), out.data, out.len);
	buf_free(&out);
	return failed ? err_set(err, HELIO_E_NO_MEMORY, "%s", "") : HELIO_OK;
}

static int64_t
or_default(struct value value, int64_t fallback)
{
	return value.type == VALUE_INT ? value.i : fallback;
}

static enum helio_rc
make_pcb(struct tx *tx, const struct pcb_request *req, struct pcb_made *ret,
    struct helio_err *err)
{
	const struct pcb_kind_row *kind = &pcb_kinds[req->kind];
	const char *serial = NULL;
	struct new_part sim = {
		.serial = req->iccid != NULL ? req->iccid : req->imsi,
		.part_type = or_default(req->sim_part_type, PART_TYPE_SIM),
	};
	struct new_part pcb = {
		.serial = req->imei, .manufacturer = req->manufacturer,
		.part_type = or_default(req->pcb_part_type, kind->part_type),
	};
	enum helio_rc rc;

	rc = next_serial(tx, kind->prefix, &serial, err);
	if (rc == HELIO_OK)
		rc = write_properties(tx, req, serial, &pcb.properties, err);
	if (rc == HELIO_OK)
		rc = add_part(tx, &sim, &ret->sim, err);
	if (rc == HELIO_OK)
		rc = add_part(tx, &pcb, &ret->pcb, err);
	return rc;
}

enum helio_rc
register_pcb(struct tx *tx, const struct pcb_request *req,
    struct pcb_made *ret, struct helio_err *err)
{
	struct pcb_made made = { NULL, NULL };
	enum helio_rc rc;

	tx_unscoped(tx);
	check_pcb(tx, req, err);
	rc = err->rc;
	if (rc == HELIO_OK)
		rc = make_pcb(tx, req, &made, err);
	tx_scoped(tx);
	if (rc == HELIO_OK)
		*ret = made;
	return rc;
}

/* ---- products ---- */

/* One product being made. */
struct making {
	struct tx	*tx;
	const struct product_request *req;
	struct identity	 id;
	struct product_made made;
};

static enum helio_rc
find_sim(struct making *m, struct helio_err *err)
{
	struct new_part sim = {
		.serial = m->id.iccid != NULL ? m->id.iccid : m->id.imsi,
		.part_type = PART_TYPE_SIM,
	};

	if (m->made.sim != NULL)
		return HELIO_OK;
	m->made.sim = check_find_part(m->tx, sim.serial, err);
	if (m->made.sim != NULL || err->rc != HELIO_OK)
		return err->rc;
	return add_part(m->tx, &sim, &m->made.sim, err);
}

static enum helio_rc
find_battery(struct making *m, struct helio_err *err)
{
	struct new_part battery = {
		.serial = m->req->battery_serial,
		.part_type = or_default(m->req->battery_part_type, 0),
	};

	if (battery.serial == NULL)
		return HELIO_OK;
	m->made.battery = check_find_part(m->tx, battery.serial, err);
	if (m->made.battery != NULL || err->rc != HELIO_OK)
		return err->rc;
	return add_part(m->tx, &battery, &m->made.battery, err);
}

static enum helio_rc
find_serial(struct making *m, struct helio_err *err)
{
	enum pcb_kind pcb = product_kinds[m->req->kind].pcb;

	if (m->id.serial != NULL)
		return HELIO_OK;
	return next_serial(m->tx, pcb_kinds[pcb].prefix, &m->id.serial, err);
}

static enum helio_rc
add_product(struct making *m, struct helio_err *err)
{
	struct row *row = m->req->extra != NULL ?
	    row_copy(tx_arena(m->tx), m->req->extra) :
	    row_new(tx_arena(m->tx), tx_table(m->tx, "product"));
	enum helio_rc rc;

	row_set_text(row, "product_imei", m->id.imei);
	row_set_text(row, "imsi", m->id.imsi);
	row_set_text(row, "device_key", m->id.device_key);
	row_set_text(row, "iccid", m->id.iccid);
	row_set_text(row, "serial_number", m->id.serial);
	row_set_int(row, "product_type_id",
	    product_kinds[m->req->kind].product_type);
	rc = tx_insert(m->tx, row, err);
	if (rc == HELIO_OK)
		m->made.product = row;
	return rc;
}

static enum helio_rc
link_part(struct making *m, const struct row *part, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(m->tx),
	    tx_table(m->tx, "part_product_linker"));

	if (part == NULL)
		return HELIO_OK;
	row_set(row, "part_id", row_key(part));
	row_set_text(row, "product_imei", m->id.imei);
	row_set_int(row, "date_added", tx_now_us(m->tx));
	return tx_insert(m->tx, row, err);
}

static enum helio_rc
link_parts(struct making *m, struct helio_err *err)
{
	enum helio_rc rc = link_part(m, m->made.pcb, err);

	if (rc == HELIO_OK)
		rc = link_part(m, m->made.sim, err);
	if (rc == HELIO_OK)
		rc = link_part(m, m->made.battery, err);
	return rc;
}

/* The power of the panel is kept as a parameter, whether or not there is a
 * part type of just that power. */
static enum helio_rc
add_wattage(struct making *m, struct helio_err *err)
{
	const struct find find = {
		.table = "parameter_type",
		.by = { { "name", value_text("solar_panel_wattage") } },
	};
	struct row *type = NULL, *row;
	enum helio_rc rc = find_row(m->tx, &find, &type, err);

	if (rc != HELIO_OK || type == NULL)
		return rc;
	row = row_new(tx_arena(m->tx), tx_table(m->tx, "product_parameter"));
	row_set_text(row, "product_imei", m->id.imei);
	row_set(row, "parameter_type_id", row_key(type));
	row_set_text(row, "status", "active");
	row_set_text(row, "value", arena_printf(tx_arena(m->tx), "%" PRId64,
	    m->req->panel_wattage.i));
	row_set_int(row, "date_added", tx_now_us(m->tx));
	return tx_insert(m->tx, row, err);
}

static enum helio_rc
add_panel(struct making *m, struct helio_err *err)
{
	struct find find = { .table = "part_type", .by = { { "name" } } };
	struct new_part panel = { .serial = NULL };
	struct row *type = NULL, *part = NULL;
	enum helio_rc rc;

	if (m->req->panel_wattage.type == VALUE_NULL)
		return HELIO_OK;
	find.by[0].value = value_text(arena_printf(tx_arena(m->tx),
	    "Solar Panel %" PRId64 " W", m->req->panel_wattage.i));
	rc = find_row(m->tx, &find, &type, err);
	if (rc == HELIO_OK && type != NULL) {
		panel.part_type = row_int(type, "part_type_id");
		rc = add_part(m->tx, &panel, &part, err);
		if (rc == HELIO_OK)
			rc = link_part(m, part, err);
	}
	if (rc == HELIO_OK)
		rc = add_wattage(m, err);
	return rc;
}

static enum helio_rc
link_entity(struct making *m, struct helio_err *err)
{
	const struct caller *caller = tx_caller(m->tx);
	struct row *row = row_new(tx_arena(m->tx),
	    tx_table(m->tx, "product_entity_linker"));

	row_set_text(row, "product_imei", m->id.imei);
	row_set_int(row, "entity_id", caller->global ? ENTITY_UNKNOWN :
	    caller->entity_id);
	row_set_int(row, "date_added", tx_now_us(m->tx));
	return tx_insert(m->tx, row, err);
}

static enum helio_rc
begin_life(struct making *m, struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(m->tx), m->made.product->table);
	int64_t state = 0;
	enum helio_rc rc = state_begin(m->tx, m->id.imei, &state, err);

	if (rc != HELIO_OK)
		return rc;
	row_set_int(changes, "latest_state_id", state);
	return tx_update(m->tx, changes->table, row_key(m->made.product),
	    changes, NULL, err);
}

/* In this order: each step needs the rows of those before. */
static enum helio_rc (*const steps[])(struct making *, struct helio_err *) = {
	find_sim, find_battery, find_serial, add_product, link_parts,
	add_panel, link_entity, begin_life,
};

static void
check_all(struct making *m, struct helio_err *err)
{
	if (m->req->pcb != NULL)
		check_pcb(m->tx, m->req->pcb, err);
	else
		m->made.pcb = check_free_pcb(m->tx, m->req, &m->id, err);
	check_product(m->tx, m->req, err);
}

static enum helio_rc
make_new_pcb(struct making *m, struct helio_err *err)
{
	const struct pcb_request *pcb = m->req->pcb;
	struct pcb_made made = { NULL, NULL };
	enum helio_rc rc = make_pcb(m->tx, pcb, &made, err);

	if (rc != HELIO_OK)
		return rc;
	m->made.pcb = made.pcb;
	m->made.sim = made.sim;
	return check_properties(m->tx, made.pcb, &m->id) ? HELIO_OK :
	    err_set(err, HELIO_E_INTERNAL, "%s", "");
}

static enum helio_rc
make_product(struct making *m, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;
	size_t i;

	check_all(m, err);
	if (err->rc != HELIO_OK)
		return err->rc;
	if (m->req->pcb != NULL)
		rc = make_new_pcb(m, err);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == HELIO_OK; i++)
		rc = steps[i](m, err);
	return rc;
}

enum helio_rc
register_product(struct tx *tx, const struct product_request *req,
    struct product_made *ret, struct helio_err *err)
{
	struct making m = { .tx = tx, .req = req };
	enum helio_rc rc;

	tx_unscoped(tx);
	rc = make_product(&m, err);
	tx_scoped(tx);
	if (rc == HELIO_OK)
		*ret = m.made;
	return rc;
}
