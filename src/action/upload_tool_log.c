/*
 * POST /upload_tool_log: what manufacturing and repair tools report becomes a
 * row of factory_log.  Which members a tool may send is a table.
 */
#include <string.h>

#include "action/list.h"
#include "rest/convert.h"

enum { MESSAGE_MAX = 65536 };

enum {
	TIME, MESSAGE, TOOLNAME, PRODUCT_IMEI, PASSED, COUNT, JIG_ID,
	MACHINE_ID, HOSTNAME, USER, SOFTWARE_VERSION, SERIAL_NUMBER,
	CONTROL_BOARD_REVISION, ARGS
};

#define TEXT(what) .type = FIELD_TEXT, .help = what

static const struct action_arg args[ARGS] = {
	[TIME] = { .name = "time", .type = FIELD_DATETIME, .required = true,
	    .help = "when it happened" },
	[MESSAGE] = { .name = "message", .type = FIELD_TEXT, .required = true,
	    .max_len = MESSAGE_MAX, .help = "a JSON object as text, or words" },
	[TOOLNAME] = { .name = "toolname", .required = true,
	    TEXT("the tool; decides which members are permitted") },
	[PRODUCT_IMEI] = { .name = "product_imei", .max_len = 16,
	    TEXT("the unit") },
	[PASSED] = { .name = "passed", .type = FIELD_BOOL,
	    .help = "the result" },
	[COUNT] = { .name = "count", .type = FIELD_INT, .help = "of attempts" },
	[JIG_ID] = { .name = "jig_id", TEXT("the test jig") },
	[MACHINE_ID] = { .name = "machine_id", TEXT("the computer") },
	[HOSTNAME] = { .name = "hostname", TEXT("its name") },
	[USER] = { .name = "user", TEXT("who worked there") },
	[SOFTWARE_VERSION] = { .name = "software_version",
	    TEXT("of the tool") },
	[SERIAL_NUMBER] = { .name = "serial_number", TEXT("of the unit") },
	[CONTROL_BOARD_REVISION] = { .name = "control_board_revision",
	    TEXT("of the unit's board") },
};

#define BIT(arg)	(1U << (arg))
#define ALWAYS		(BIT(TIME) | BIT(MESSAGE) | BIT(TOOLNAME))
#define TOOL		(ALWAYS | BIT(MACHINE_ID) | BIT(USER) | \
			BIT(SOFTWARE_VERSION) | BIT(PASSED) | \
			BIT(SERIAL_NUMBER))
#define REGISTRATION	(TOOL | BIT(HOSTNAME) | BIT(PRODUCT_IMEI))

/* Seed, "/upload_tool_log": which members each tool may send. */
static const struct tool {
	const char	*name;
	unsigned	 permitted;
} tools[] = {
	{ "tiger_test_jig_production", TOOL | BIT(JIG_ID) },
	{ "tiger_test_jig_repair",
	    TOOL | BIT(JIG_ID) | BIT(PRODUCT_IMEI) | BIT(COUNT) },
	{ "koala_test_jig_production",
	    TOOL | BIT(JIG_ID) | BIT(PRODUCT_IMEI) | BIT(HOSTNAME) |
	    BIT(CONTROL_BOARD_REVISION) },
	{ "bpower20_registration_production", REGISTRATION },
	{ "bpower50_registration_production", REGISTRATION },
};

static const struct tool *
tool_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (strcmp(tools[i].name, name) == 0)
			return &tools[i];
	return NULL;
}

/* ---- checks ---- */

static bool
is_permitted(const struct tool *tool, const char *member)
{
	size_t i;

	for (i = 0; i < ARGS; i++)
		if (strcmp(args[i].name, member) == 0)
			return (tool->permitted & BIT(i)) != 0;
	return false;
}

/* Every fault is named; the first one is the message, too. */
static enum helio_rc
check(struct action_call *c, struct helio_err *err)
{
	const char *name = action_text(c, TOOLNAME), *member;
	const struct tool *tool = name == NULL ? NULL : tool_find(name);
	json_t *value;

	if (name != NULL && tool == NULL)
		err_field(err, "toolname", "there is no such tool");
	if (tool != NULL)
		json_object_foreach((json_t *)c->body, member, value)
			if (!is_permitted(tool, member))
				err_field(err, member,
				    "is not permitted for %s", tool->name);
	if (err->n_faults == 0)
		return HELIO_OK;
	return err_set(err, HELIO_E_INVALID, "%s: %s", err->fault[0].field,
	    err->fault[0].text);
}

/* ---- the row ---- */

/* An object's members become those of `fields`; any other text stays one. */
static json_t *
message_fields(const char *message)
{
	json_t *json = json_loads(message, JSON_DECODE_ANY, NULL);

	if (json_is_object(json))
		return json;
	if (json == NULL)
		json = json_string(message);
	return json_pack("{s:o}", "message", json);
}

static json_t *
to_json(size_t arg, struct value v)
{
	if (v.type == VALUE_TEXT)
		return json_stringn(v.s, v.n);
	return arg == PASSED ? json_boolean(v.i != 0) : json_integer(v.i);
}

/* The other arguments: words about the tool are tags, results are fields. */
static void
sort_arguments(const struct action_call *c, json_t *tags, json_t *fields)
{
	size_t i;

	for (i = PASSED; i < ARGS; i++)
		if (c->arg[i].type != VALUE_NULL)
			json_object_set_new(i <= COUNT ? fields : tags,
			    args[i].name, to_json(i, c->arg[i]));
}

static enum helio_rc
set_json(struct row *row, struct arena *a, const char *field,
    const json_t *json, struct helio_err *err)
{
	size_t n;
	const char *text = convert_json_text(a, json, &n);

	if (text == NULL)
		return err_field(err, "message", "is nested too deeply");
	row_set(row, field, value_textn(text, n));
	return HELIO_OK;
}

static enum helio_rc
fill(struct action_call *c, struct row *row, struct helio_err *err)
{
	struct arena *a = tx_arena(c->tx);
	json_t *tags = json_object();
	json_t *fields = message_fields(action_text(c, MESSAGE));
	enum helio_rc rc;

	sort_arguments(c, tags, fields);
	row_set(row, "app_name", c->arg[TOOLNAME]);
	row_set(row, "timestamp", c->arg[TIME]);
	row_set(row, "product_imei", c->arg[PRODUCT_IMEI]);
	rc = set_json(row, a, "tags", tags, err);
	if (rc == HELIO_OK)
		rc = set_json(row, a, "fields", fields, err);
	json_decref(tags);
	json_decref(fields);
	return rc;
}

static enum helio_rc
run(struct action_call *c, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(c->tx),
	    tx_table(c->tx, "factory_log"));
	enum helio_rc rc = check(c, err);

	if (rc == HELIO_OK)
		rc = fill(c, row, err);
	if (rc == HELIO_OK)
		rc = tx_insert(c->tx, row, err);
	c->message = "Log uploaded successfully";
	return rc;
}

const struct action action_upload_tool_log = {
	.name = "tool log",
	.method = HTTP_POST,
	.path = "upload_tool_log",
	.level = LEVEL_SYSTEM,
	.status = 201,
	.names_all = true,
	.args = args,
	.n_args = ARGS,
	.run = run,
	.help = "Record a log entry of a factory or repair tool.",
};
