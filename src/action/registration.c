/* Arguments of registration. */
#include "action/registration.h"

#include "rest/validate.h"

const struct action_arg registration_pcb_args[] = {
	[ARG_IMEI] = { .name = "imei", .type = FIELD_TEXT, .required = true,
	    .help = "1 to 16 characters of 0-9, A-Z, a-z and -" },
	[ARG_IMSI] = { .name = "imsi", .type = FIELD_TEXT, .required = true,
	    .help = "6 to 15 digits" },
	[ARG_DEVICE_KEY] = { .name = "device_key", .type = FIELD_TEXT,
	    .required = true, .help = "1 to 24 printable characters" },
	[ARG_PCB_TYPE] = { .name = "pcb_part_type_id", .type = FIELD_INT,
	    .help = "part type of the PCB, when not the usual one" },
	[ARG_SIM_TYPE] = { .name = "sim_part_type_id", .type = FIELD_INT,
	    .help = "part type of the SIM, when not 43" },
	[ARG_ICCID] = { .name = "iccid", .type = FIELD_TEXT,
	    .help = "serial number of the SIM, else the imsi is" },
	[ARG_MANUFACTURER] = { .name = "manufacturer", .type = FIELD_TEXT,
	    .help = "who made the PCB" },
	[ARG_BATTERY] = { .name = "battery", .type = FIELD_JSON,
	    .help = "{part_type_id, serial_number}" },
	[ARG_WATTAGE] = { .name = "solar_panel_wattage", .type = FIELD_INT,
	    .help = "power of the solar panel in W" },
	[ARG_PRODUCT] = { .name = "product", .type = FIELD_JSON,
	    .help = "further columns of the product, such as assembler" },
};

const struct action_arg registration_from_args[] = {
	[ARG_PCB_IMEI] = { .name = "pcb_imei", .type = FIELD_TEXT,
	    .required = true, .help = "imei of a PCB that is in no product" },
	[ARG_FROM_BATTERY] = { .name = "battery", .type = FIELD_JSON,
	    .help = "{part_type_id, serial_number}" },
	[ARG_FROM_WATTAGE] = { .name = "solar_panel_wattage",
	    .type = FIELD_INT, .help = "power of the solar panel in W" },
	[ARG_FROM_PRODUCT] = { .name = "product", .type = FIELD_JSON,
	    .help = "further columns of the product, such as assembler" },
};

/* An optional text that is empty is one that was not given. */
static const char *
optional(struct action_call *c, size_t arg)
{
	const char *text = action_text(c, arg);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

void
registration_pcb(struct action_call *c, enum pcb_kind kind,
    struct pcb_request *ret)
{
	*ret = (struct pcb_request){
		.kind = kind,
		.imei = action_text(c, ARG_IMEI),
		.imsi = action_text(c, ARG_IMSI),
		.device_key = action_text(c, ARG_DEVICE_KEY),
		.iccid = optional(c, ARG_ICCID),
		.manufacturer = optional(c, ARG_MANUFACTURER),
		.pcb_part_type = c->arg[ARG_PCB_TYPE],
		.sim_part_type = c->arg[ARG_SIM_TYPE],
	};
}

/* An argument that is an object, or NULL. */
static const json_t *
object(struct action_call *c, const char *name, struct helio_err *err)
{
	const json_t *given = json_object_get(c->body, name);

	if (given == NULL || json_is_null(given))
		return NULL;
	if (!json_is_object(given)) {
		err_field(err, name, "must be an object");
		return NULL;
	}
	return given;
}

static void
read_battery(struct action_call *c, struct product_request *req,
    struct helio_err *err)
{
	const json_t *battery = object(c, "battery", err);
	const json_t *type = json_object_get(battery, "part_type_id");
	const json_t *serial = json_object_get(battery, "serial_number");

	if (battery == NULL)
		return;
	req->battery_serial = json_is_string(serial) ?
	    json_string_value(serial) : "";
	if (json_is_integer(type))
		req->battery_part_type = value_int(json_integer_value(type));
}

static enum helio_rc
read_extra(struct action_call *c, struct product_request *req,
    struct helio_err *err)
{
	struct validate_input input = {
		.arena = c->arena, .table = tx_table(c->tx, "product"),
		.writer = c->caller->level, .now_us = c->now_us,
		.key = "new",	/* as a change: nothing is missing */
	};
	struct row *row = NULL;
	enum helio_rc rc;

	input.body = object(c, "product", err);
	if (input.body == NULL)
		return HELIO_OK;
	rc = validate_body(&input, &row, err);
	if (row != NULL)
		req->extra = row;
	return rc == HELIO_E_INVALID ? HELIO_OK : rc;
}

enum helio_rc
registration_product(struct action_call *c, struct value wattage,
    struct product_request *req, struct helio_err *err)
{
	req->panel_wattage = wattage;
	read_battery(c, req, err);
	return read_extra(c, req, err);
}
