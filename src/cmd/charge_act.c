/* helio charge set, start, stop, reset, reboot, send: what is ordered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/charge.h"

static const struct option_row rows[] = {
	CHARGE_OPTIONS,
};

static const struct option_row send_rows[] = {
	CHARGE_OPTION(data, "data", OPTION_TEXT, "JSON",
	    "the members of the request, an object"),
	CHARGE_OPTIONS,
};

/* Send, wait for the charge point's answer, show it. */
static int
order(helio_bc *bc, const char *command, const char *members, bool json)
{
	const helio_bc_message *message;
	helio_error error;
	helio_code code;
	int exit_code = charge_connect(bc);

	if (exit_code != EXIT_OK)
		return exit_code;
	say_progress("waiting for the charge point");
	code = helio_bc_call(bc, command, members, &message, &error);
	say_progress("%s", "");
	if (code != HELIO_DONE)
		exit_code = charge_failed(bc, code, &error);
	else if (json)
		puts(helio_bc_message_json(message));
	else
		printf("%s: done\n", command);
	helio_bc_disconnect(bc);
	return exit_code;
}

/* Takes members. */
static int
act(const struct charge_flags *flags, const char *command, json_t *members)
{
	helio_bc *bc = charge_open(flags);
	char *text = members != NULL ? json_dumps(members, 0) : NULL;
	int exit_code = EXIT_USAGE;

	if (bc != NULL && text == NULL)
		say_error(NULL, "the words are not valid UTF-8");
	else if (bc != NULL)
		exit_code = order(bc, command, text, flags->json);
	free(text);
	json_decref(members);
	helio_bc_free(bc);
	return exit_code;
}

static json_t *
of_point(const char *evse_id)
{
	return json_pack("{s:s}", "evse_id", evse_id);
}

/* ---- set ---- */

static const struct setting {
	const char	*name;
	const char	*on, *off;	/* commands; off NULL: on with a value */
} settings[] = {
	{ "public-charging", "SET_PUBLIC_CHARGING", NULL },
	{ "plug-and-charge", "SET_PLUG_AND_CHARGE", NULL },
	{ "operative", "SET_OPERATIVE", "SET_INOPERATIVE" },
	{ "delayed-charging", "SET_DELAYED_CHARGING", NULL },
	{ "price-based-charging", "SET_PRICE_BASED_CHARGING", NULL },
};

static const struct setting *
find_setting(const char *name)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	say_error("settings: public-charging, plug-and-charge, operative, "
	    "delayed-charging, price-based-charging",
	    "there is no setting '%s'", name);
	return NULL;
}

static int
run_set(void *options, char **args, int n_args)
{
	const struct setting *setting = find_setting(args[0]);
	bool on = strcmp(args[2], "on") == 0;
	json_t *members;

	if (setting == NULL)
		return EXIT_USAGE;
	if (!on && strcmp(args[2], "off") != 0) {
		say_error(NULL, "a setting is on or off, not '%s'", args[2]);
		return EXIT_USAGE;
	}
	members = of_point(args[1]);
	if (setting->off == NULL)
		json_object_set_new(members, "value", json_boolean(on));
	return act(options, on || setting->off == NULL ? setting->on :
	    setting->off, members);
}

/* ---- actions ---- */

static int
run_start(void *options, char **args, int n_args)
{
	return act(options, "START_SESSION", json_pack("{s:s, s:s}",
	    "evse_id", args[0], "session_token",
	    n_args > 1 ? args[1] : "BCU-APP"));
}

static int
run_stop(void *options, char **args, int n_args)
{
	return act(options, "STOP_SESSION", of_point(args[0]));
}

static int
run_reset(void *options, char **args, int n_args)
{
	return act(options, "SOFT_RESET", of_point(args[0]));
}

static int
run_reboot(void *options, char **args, int n_args)
{
	return act(options, "REBOOT", of_point(args[0]));
}

static int
run_send(void *options, char **args, int n_args)
{
	const struct charge_flags *flags = options;
	json_error_t why;
	json_t *members = json_loads(flags->data != NULL ? flags->data : "{}",
	    0, &why);

	if (members == NULL) {
		say_error(NULL, "--data: %s", why.text);
		return EXIT_USAGE;
	}
	return act(flags, args[0], members);
}

#define ACT(id_, name_, args_, min_, max_, rows_, summary_, example_) \
	const struct command command_charge_##id_ = { \
		.name = "charge " name_, .args = args_, .args_min = min_, \
		.args_max = max_, .run = run_##id_, .summary = summary_, \
		.example = "  HELIO_CHARGE_TOKEN=.. helio charge " example_, \
		COMMAND_OPTIONS(rows_, struct charge_flags), \
	}

ACT(set, "set", "SETTING EVSE_ID on|off", 3, 3, rows,
    "change a charge point's setting",
    "set public-charging BCU101 off\n"
    "  Settings: public-charging, plug-and-charge, operative, "
    "delayed-charging,\n  price-based-charging.");
ACT(start, "start", "EVSE_ID [CARD_UID]", 1, 2, rows,
    "start a charge session",
    "start BCU101 04A1B2C3D4E5F6\n"
    "  Without a card the session belongs to the account (BCU-APP).");
ACT(stop, "stop", "EVSE_ID", 1, 1, rows, "stop a charge session",
    "stop BCU101");
ACT(reset, "reset", "EVSE_ID", 1, 1, rows,
    "restart a charge point's software", "reset BCU101");
ACT(reboot, "reboot", "EVSE_ID", 1, 1, rows, "restart a charge point",
    "reboot BCU101");
ACT(send, "send", "COMMAND", 1, 1, send_rows,
    "send any request of the protocol",
    "send OVERRIDE_CHARGING_PROFILES \\\n"
    "      --data '{\"evse_id\": \"BCU101\", \"value\": true}'\n"
    "  The commands and their members: docs/howto/charge-points.md.");
