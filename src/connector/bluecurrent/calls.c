/* The operations of the service, each one request. */
#include <stdlib.h>

#include "base/json_write.h"
#include "connector/bluecurrent/client.h"

/* Call with an evse id, and one more member: a truth, or a text. */
static helio_code
call(helio_bc *bc, const char *command, const char *evse_id,
    const char *member, const char *text, bool value,
    const helio_bc_message **ret, helio_error *error)
{
	struct buf members = BUF_INIT;
	struct json_write w;
	helio_code code;

	jw_start(&w, &members);
	jw_object(&w);
	jw_put_str(&w, "evse_id", evse_id);
	if (text != NULL)
		jw_put_str(&w, member, text);
	else if (member != NULL)
		jw_put_bool(&w, member, value);
	jw_end(&w);
	code = members.failed ?
	    helio_error_set(error, HELIO_LOCAL, "no memory") :
	    helio_bc_call(bc, command, members.data, ret, error);
	buf_free(&members);
	return code;
}

static helio_code
ask(helio_bc *bc, const char *command, const char *evse_id,
    const helio_bc_message **ret, helio_error *error)
{
	return call(bc, command, evse_id, NULL, NULL, false, ret, error);
}

static helio_code
set(helio_bc *bc, const char *command, const char *evse_id, bool value,
    helio_error *error)
{
	return call(bc, command, evse_id, "value", NULL, value, NULL, error);
}

helio_code
helio_bc_get_charge_cards(helio_bc *bc, const helio_bc_message **ret,
    helio_error *error)
{
	return helio_bc_call(bc, "GET_CHARGE_CARDS", NULL, ret, error);
}

helio_code
helio_bc_get_charge_points(helio_bc *bc, const helio_bc_message **ret,
    helio_error *error)
{
	return helio_bc_call(bc, "GET_CHARGE_POINTS", NULL, ret, error);
}

helio_code
helio_bc_get_status(helio_bc *bc, const char *evse_id,
    const helio_bc_message **ret, helio_error *error)
{
	return ask(bc, "GET_CH_STATUS", evse_id, ret, error);
}

helio_code
helio_bc_get_settings(helio_bc *bc, const char *evse_id,
    const helio_bc_message **ret, helio_error *error)
{
	return ask(bc, "GET_CH_SETTINGS", evse_id, ret, error);
}

helio_code
helio_bc_get_grid_status(helio_bc *bc, const char *evse_id,
    const helio_bc_message **ret, helio_error *error)
{
	return ask(bc, "GET_GRID_STATUS", evse_id, ret, error);
}

helio_code
helio_bc_set_public_charging(helio_bc *bc, const char *evse_id, bool value,
    helio_error *error)
{
	return set(bc, "SET_PUBLIC_CHARGING", evse_id, value, error);
}

helio_code
helio_bc_set_plug_and_charge(helio_bc *bc, const char *evse_id, bool value,
    helio_error *error)
{
	return set(bc, "SET_PLUG_AND_CHARGE", evse_id, value, error);
}

helio_code
helio_bc_set_operative(helio_bc *bc, const char *evse_id, bool value,
    helio_error *error)
{
	return ask(bc, value ? "SET_OPERATIVE" : "SET_INOPERATIVE", evse_id,
	    NULL, error);
}

helio_code
helio_bc_reset(helio_bc *bc, const char *evse_id, helio_error *error)
{
	return ask(bc, "SOFT_RESET", evse_id, NULL, error);
}

helio_code
helio_bc_reboot(helio_bc *bc, const char *evse_id, helio_error *error)
{
	return ask(bc, "REBOOT", evse_id, NULL, error);
}

helio_code
helio_bc_start_session(helio_bc *bc, const char *evse_id,
    const char *card_uid, helio_error *error)
{
	return call(bc, "START_SESSION", evse_id, "session_token", card_uid,
	    false, NULL, error);
}

helio_code
helio_bc_stop_session(helio_bc *bc, const char *evse_id, helio_error *error)
{
	return ask(bc, "STOP_SESSION", evse_id, NULL, error);
}
