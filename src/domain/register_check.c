/* What must be true before a PCB or a product is made. */
#include "domain/register_check.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "domain/find.h"

const struct pcb_kind_row pcb_kinds[] = {
	[PCB_TIGER] = { 44, "HB000501", NULL, { 6, 0 } },
	[PCB_HYENA] = { 77, "HB000501", NULL, { 7, 4 } },
	[PCB_KOALA] = { 122, "BX0020", "PA01040102", { 0, 0 } },
	[PCB_JACKAL] = { 158, "PA040000", "PA04010102", { 10, 0 } },
};

const struct product_kind_row product_kinds[] = {
	[PRODUCT_HOME2] = { 6, PCB_TIGER, true },
	[PRODUCT_HOME3] = { 10, PCB_JACKAL, true },
	[PRODUCT_HUB2] = { 7, PCB_HYENA, false },
	[PRODUCT_ENTERPRISE] = { 4, PCB_HYENA, false },
};

/* ---- forms ---- */

static bool
is_imei_char(char c)
{
	return isalnum((unsigned char)c) || c == '-';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return isalnum((unsigned char)c) != 0;
}

static bool
is_graph(char c)
{
	return c > 0x20 && c < 0x7f;
}

struct form {
	size_t		 min, max;
	bool		(*allows)(char);
	const char	*text;
};

static const struct form form_imei = {
	1, 16, is_imei_char,
	"must be 1 to 16 characters of 0-9, A-Z, a-z and -",
};
static const struct form form_imsi = {
	6, 15, is_digit, "must be 6 to 15 digits",
};
static const struct form form_key = {
	1, 24, is_graph, "must be 1 to 24 printable ASCII characters",
};
static const struct form form_iccid = {
	1, 24, is_alnum, "must be 1 to 24 letters and digits",
};

static bool
has_form(const char *text, const struct form *form)
{
	size_t i, n = strlen(text);

	if (n < form->min || n > form->max)
		return false;
	for (i = 0; i < n; i++)
		if (!form->allows(text[i]))
			return false;
	return true;
}

bool
register_is_imei(const char *text)
{
	return has_form(text, &form_imei);
}

static void
check_form(const char *field, const char *text, const struct form *form,
    struct helio_err *err)
{
	if (text == NULL)
		err_field(err, field, "this field is required");
	else if (!has_form(text, form))
		err_field(err, field, "%s", form->text);
}

/* ---- what others already have ---- */

void
check_identity(struct tx *tx, const struct identity *id, struct helio_err *err)
{
	const struct {
		const char	*field, *column, *value;
	} unique[] = {
		{ "imei", "product_imei", id->imei },
		{ "imsi", "imsi", id->imsi },
		{ "device_key", "device_key", id->device_key },
		{ "iccid", "iccid", id->iccid },
		{ "serial_number", "serial_number", id->serial },
	};
	struct find find = { .table = "product" };
	size_t i;

	for (i = 0; i < sizeof(unique) / sizeof(unique[0]); i++) {
		if (unique[i].value == NULL)
			continue;
		find.by[0].field = unique[i].column;
		find.by[0].value = value_text(unique[i].value);
		if (find_exists(tx, &find))
			err_field(err, unique[i].field,
			    "another product has this %s", unique[i].field);
	}
}

struct row *
check_find_part(struct tx *tx, const char *serial, struct helio_err *err)
{
	const struct find find = {
		.table = "part",
		.by = { { "serial_number", value_text(serial) } },
	};
	struct row *part = NULL;

	find_row(tx, &find, &part, err);
	return part;
}

static bool
is_linked(struct tx *tx, const struct row *part)
{
	const struct find find = {
		.table = "part_product_linker", .by = {
			{ "part_id", row_key(part) },
			{ "date_removed", value_null() },
		},
	};

	return find_exists(tx, &find);
}

/* ---- part types ---- */

/* Faults unless the part type exists and its category is called so. */
static void
check_part_type(struct tx *tx, const char *field, struct value id,
    const char *category, struct helio_err *err)
{
	struct row *type = NULL, *found = NULL;

	if (find_by_id(tx, "part_type", id, &type, err) != HELIO_OK)
		return;
	if (type == NULL) {
		err_field(err, field, "there is no such part type");
		return;
	}
	if (find_by_id(tx, "part_type_category",
	    row_get(type, "part_type_category_id"), &found, err) != HELIO_OK)
		return;
	if (found == NULL ||
	    strcasestr(row_text(found, "name"), category) == NULL)
		err_field(err, field, "part type %" PRId64 " is no %s", id.i,
		    category);
}

static bool
fits(struct tx *tx, int64_t product_type, struct value part_type)
{
	const struct find find = {
		.table = "part_type_product_type_linker", .by = {
			{ "product_type_id", value_int(product_type) },
			{ "part_type_id", part_type },
		},
	};

	return find_exists(tx, &find);
}

/* Its own part type, or one that the reference data links to what is built
 * from this kind. */
static void
check_pcb_type(struct tx *tx, const struct pcb_request *req,
    struct helio_err *err)
{
	const struct pcb_kind_row *kind = &pcb_kinds[req->kind];
	const char *field = "pcb_part_type_id";
	unsigned n = err->n_faults, i;

	if (req->pcb_part_type.type == VALUE_NULL ||
	    req->pcb_part_type.i == kind->part_type)
		return;
	check_part_type(tx, field, req->pcb_part_type, "pcb", err);
	if (err->n_faults != n || kind->product_type[0] == 0)
		return;
	for (i = 0; i < 2 && kind->product_type[i] != 0; i++)
		if (fits(tx, kind->product_type[i], req->pcb_part_type))
			return;
	err_field(err, field, "part type %" PRId64 " is no PCB of this kind",
	    req->pcb_part_type.i);
}

/* ---- a PCB ---- */

static void
check_parts_free(struct tx *tx, const struct pcb_request *req,
    struct helio_err *err)
{
	const char *sim = req->iccid != NULL ? req->iccid : req->imsi;

	if (req->imei != NULL && check_find_part(tx, req->imei, err) != NULL)
		err_field(err, "imei", "another PCB has this imei");
	if (sim != NULL && check_find_part(tx, sim, err) != NULL)
		err_field(err, req->iccid != NULL ? "iccid" : "imsi",
		    "another SIM has this number");
}

void
check_pcb(struct tx *tx, const struct pcb_request *req, struct helio_err *err)
{
	const struct identity id = {
		.imei = req->imei, .imsi = req->imsi,
		.device_key = req->device_key, .iccid = req->iccid,
	};

	check_form("imei", req->imei, &form_imei, err);
	check_form("imsi", req->imsi, &form_imsi, err);
	check_form("device_key", req->device_key, &form_key, err);
	if (req->iccid != NULL)
		check_form("iccid", req->iccid, &form_iccid, err);
	check_identity(tx, &id, err);
	check_parts_free(tx, req, err);
	check_pcb_type(tx, req, err);
	if (req->sim_part_type.type != VALUE_NULL)
		check_part_type(tx, "sim_part_type_id", req->sim_part_type,
		    "sim", err);
}

static const char *
member(struct tx *tx, const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL && text[0] != '\0' ?
	    arena_strdup(tx_arena(tx), text) : NULL;
}

bool
check_properties(struct tx *tx, const struct row *pcb, struct identity *ret)
{
	const char *text = row_text(pcb, "properties");
	json_t *properties = text != NULL ? json_loads(text, 0, NULL) : NULL;

	*ret = (struct identity){
		.imei = row_text(pcb, "serial_number"),
		.imsi = member(tx, properties, "imsi"),
		.device_key = member(tx, properties, "device_key"),
		.iccid = member(tx, properties, "iccid"),
		.serial = member(tx, properties, "serial_number"),
	};
	json_decref(properties);
	return ret->imsi != NULL && has_form(ret->imsi, &form_imsi) &&
	    ret->device_key != NULL && has_form(ret->device_key, &form_key);
}

static bool
is_pcb_for(struct tx *tx, const struct product_kind_row *kind,
    struct value part_type)
{
	return part_type.i == pcb_kinds[kind->pcb].part_type ||
	    fits(tx, kind->product_type, part_type);
}

struct row *
check_free_pcb(struct tx *tx, const struct product_request *req,
    struct identity *ret, struct helio_err *err)
{
	const struct product_kind_row *kind = &product_kinds[req->kind];
	const char *field = "pcb_imei";
	unsigned n = err->n_faults;
	struct row *pcb;

	check_form(field, req->pcb_imei, &form_imei, err);
	if (req->pcb_imei == NULL || !register_is_imei(req->pcb_imei))
		return NULL;
	pcb = check_find_part(tx, req->pcb_imei, err);
	if (pcb == NULL)
		err_field(err, field, "there is no PCB with this imei");
	else if (!is_pcb_for(tx, kind, row_get(pcb, "part_type_id")))
		err_field(err, field, "this PCB does not fit the product");
	else if (is_linked(tx, pcb))
		err_field(err, field, "this PCB is part of a product already");
	else if (!check_properties(tx, pcb, ret))
		err_field(err, field, "this PCB has no imsi and device_key");
	else
		check_identity(tx, ret, err);
	return err->n_faults == n ? pcb : NULL;
}

/* ---- the rest of a product ---- */

static void
check_battery(struct tx *tx, const struct product_request *req,
    struct helio_err *err)
{
	struct row *part;

	if (req->battery_part_type.type == VALUE_NULL)
		err_field(err, "battery.part_type_id",
		    "this field is required");
	else
		check_part_type(tx, "battery.part_type_id",
		    req->battery_part_type, "battery", err);
	if (req->battery_serial == NULL || req->battery_serial[0] == '\0') {
		err_field(err, "battery.serial_number",
		    "this field is required");
		return;
	}
	part = check_find_part(tx, req->battery_serial, err);
	if (part == NULL)
		return;
	if (!value_equal(row_get(part, "part_type_id"), req->battery_part_type))
		err_field(err, "battery.serial_number",
		    "a part of another type has this serial number");
	else if (is_linked(tx, part))
		err_field(err, "battery.serial_number",
		    "this battery is part of a product already");
}

void
check_product(struct tx *tx, const struct product_request *req,
    struct helio_err *err)
{
	bool has_battery = req->battery_serial != NULL ||
	    req->battery_part_type.type != VALUE_NULL;

	if (has_battery)
		check_battery(tx, req, err);
	else if (product_kinds[req->kind].needs_battery)
		err_field(err, "battery", "this field is required");
	if (req->panel_wattage.type != VALUE_NULL &&
	    (req->panel_wattage.i < 1 || req->panel_wattage.i > WATTAGE_MAX))
		err_field(err, "solar_panel_wattage", "must be 1 to %d watts",
		    WATTAGE_MAX);
	/* Within the caller's scope: a hub of somebody else is no hub. */
	if (req->extra != NULL) {
		tx_scoped(tx);
		tx_check(tx, req->extra, value_null(), err);
		tx_unscoped(tx);
	}
}
