/*
 * POST /parts/create_{tiger,hyena,koala,jackal}_pcb: one routine, and a table
 * of what the replies differ in.
 */
#include <string.h>

#include "action/list.h"
#include "action/registration.h"

/* How the reply of a kind looks. */
struct shape {
	enum pcb_kind	 kind;
	const char	*message;
	bool		 has_iccid;	/* always shown, null when not given */
	bool		 hides_serials;	/* of the PCB */
};

static const struct shape shapes[] = {
	[PCB_TIGER] = { PCB_TIGER,
	    "new pcb part and sim successfully created", false, false },
	[PCB_HYENA] = { PCB_HYENA,
	    "new pcb part and sim successfully created", false, false },
	[PCB_KOALA] = { PCB_KOALA,
	    "new koala pcb successfully created.", true, false },
	[PCB_JACKAL] = { PCB_JACKAL,
	    "new jackal pcb successfully created.", true, true },
};

static void
write_properties(struct json_write *json, const struct shape *shape,
    const struct row *pcb)
{
	json_t *all = json_loads(row_text(pcb, "properties"), 0, NULL);
	const char *name;
	json_t *value;

	jw_key(json, "properties");
	jw_object(json);
	json_object_foreach(all, name, value) {
		if (shape->hides_serials && strcmp(name, "serial_number") == 0)
			continue;
		jw_put_str(json, name, json_string_value(value));
	}
	if (shape->has_iccid && json_object_get(all, "iccid") == NULL)
		jw_put_null(json, "iccid");
	jw_end(json);
	json_decref(all);
}

static void
write_reply(struct json_write *json, const struct shape *shape,
    const struct pcb_made *made)
{
	jw_object(json);
	jw_key(json, "pcb");
	jw_object(json);
	jw_put_str(json, "manufacturer", row_text(made->pcb, "manufacturer"));
	jw_put_int(json, "part_type_id", row_int(made->pcb, "part_type_id"));
	write_properties(json, shape, made->pcb);
	if (!shape->hides_serials)
		jw_put_str(json, "serial_number",
		    row_text(made->pcb, "serial_number"));
	jw_end(json);
	jw_key(json, "sim");
	jw_object(json);
	jw_put_int(json, "part_type_id", row_int(made->sim, "part_type_id"));
	jw_put_str(json, "serial_number", row_text(made->sim, "serial_number"));
	jw_end(json);
	jw_end(json);
}

static enum helio_rc
create(struct action_call *c, const struct shape *shape, struct helio_err *err)
{
	struct pcb_request req;
	struct pcb_made made;
	enum helio_rc rc;

	registration_pcb(c, shape->kind, &req);
	rc = register_pcb(c->tx, &req, &made, err);
	if (rc != HELIO_OK)
		return rc;
	write_reply(&c->json, shape, &made);
	c->message = shape->message;
	return HELIO_OK;
}

#define PCB(kind_name, kind_id, reply_status)				\
static enum helio_rc							\
run_##kind_name(struct action_call *c, struct helio_err *err)		\
{									\
	return create(c, &shapes[kind_id], err);			\
}									\
									\
const struct action action_parts_create_##kind_name##_pcb = {		\
	.name = "part create_" #kind_name "_pcb",			\
	.method = HTTP_POST,						\
	.path = "parts/create_" #kind_name "_pcb",			\
	.level = LEVEL_FACTORY,						\
	.status = reply_status,						\
	.names_all = true,						\
	.args = registration_pcb_args,					\
	.n_args = REGISTRATION_PCB_ARGS,				\
	.run = run_##kind_name,						\
	.help = "Record a new " #kind_name " control board and its SIM.", \
};

PCB(tiger, PCB_TIGER, 200)
PCB(hyena, PCB_HYENA, 200)
PCB(koala, PCB_KOALA, 201)
PCB(jackal, PCB_JACKAL, 200)
