/* helio charge login, cards, points, status, settings, grid: what is asked. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/charge.h"

enum { CELL_SIZE = 64, COLUMNS_MAX = 4 };

static const struct option_row rows[] = {
	CHARGE_OPTIONS,
};

/* One table's columns; printed as wide as their titles need. */
struct column {
	const char	*member;
	const char	*title;
	int		 width;
};

struct listing {
	const char	*list;		/* the member that holds it */
	struct column	 column[COLUMNS_MAX];
};

static void
print_list(const json_t *message, const struct listing *listing)
{
	const json_t *list = json_object_get(message, listing->list);
	char text[CELL_SIZE];
	json_t *one;
	size_t i;

	for (int c = 0; c < COLUMNS_MAX && listing->column[c].width > 0; c++)
		printf("%-*s ", listing->column[c].width,
		    listing->column[c].title);
	putchar('\n');
	json_array_foreach(list, i, one) {
		for (int c = 0; c < COLUMNS_MAX &&
		    listing->column[c].width > 0; c++)
			printf("%-*s ", listing->column[c].width,
			    charge_text(json_object_get(one,
			    listing->column[c].member), text, sizeof(text)));
		putchar('\n');
	}
}

static void
print(const helio_bc_message *message, const struct listing *listing,
    bool json)
{
	json_t *value;

	if (json) {
		puts(helio_bc_message_json(message));
		return;
	}
	value = charge_value(message);
	if (listing != NULL)
		print_list(value, listing);
	else
		charge_print_members(json_object_get(value, "data"));
	json_decref(value);
}

/* Connect, ask, show, leave. */
static int
ask(const struct charge_flags *flags, const char *command,
    const char *evse_id, const struct listing *listing)
{
	helio_bc *bc = charge_open(flags);
	json_t *members = evse_id != NULL ? json_pack("{s:s}", "evse_id",
	    evse_id) : NULL;
	char *text = members != NULL ? json_dumps(members, 0) : NULL;
	const helio_bc_message *message;
	helio_error error;
	helio_code code;
	int exit_code = bc != NULL ? charge_connect(bc) : EXIT_USAGE;

	if (bc != NULL && exit_code == EXIT_OK) {
		code = helio_bc_call(bc, command, text, &message, &error);
		if (code == HELIO_DONE)
			print(message, listing, flags->json);
		else
			exit_code = charge_failed(bc, code, &error);
		helio_bc_disconnect(bc);
	}
	free(text);
	json_decref(members);
	helio_bc_free(bc);
	return exit_code;
}

static int
run_cards(void *options, char **args, int n_args)
{
	static const struct listing listing = { "cards", {
		{ "uid", "UID", 20 }, { "id", "ID", 20 }, { "name", "NAME", 24 },
	} };

	return ask(options, "GET_CHARGE_CARDS", NULL, &listing);
}

static int
run_points(void *options, char **args, int n_args)
{
	static const struct listing listing = { "data", {
		{ "evse_id", "EVSE", 16 }, { "name", "NAME", 24 },
		{ "model_type", "MODEL", 12 }, { "activity", "ACTIVITY", 12 },
	} };

	return ask(options, "GET_CHARGE_POINTS", NULL, &listing);
}

static int
run_status(void *options, char **args, int n_args)
{
	return ask(options, "GET_CH_STATUS", args[0], NULL);
}

static int
run_settings(void *options, char **args, int n_args)
{
	return ask(options, "GET_CH_SETTINGS", args[0], NULL);
}

static int
run_grid(void *options, char **args, int n_args)
{
	return ask(options, "GET_GRID_STATUS", args[0], NULL);
}

static void
print_valid(const char *customer_id, bool json)
{
	json_t *value = json_pack("{s:b, s:s}", "valid", 1, "customer_id",
	    customer_id);
	char text[CELL_SIZE];

	if (json)
		json_dumpf(value, stdout, JSON_COMPACT);
	else
		printf("the API token is valid; customer %s", charge_text(
		    json_object_get(value, "customer_id"), text,
		    sizeof(text)));
	putchar('\n');
	json_decref(value);
}

static int
run_login(void *options, char **args, int n_args)
{
	const struct charge_flags *flags = options;
	helio_bc *bc = charge_open(flags);
	int exit_code = EXIT_OK;
	helio_error error;
	helio_code code;

	if (bc == NULL)
		return EXIT_USAGE;
	code = helio_bc_validate(bc, &error);
	if (code != HELIO_DONE)
		exit_code = charge_failed(bc, code, &error);
	else
		print_valid(helio_bc_customer_id(bc), flags->json);
	helio_bc_free(bc);
	return exit_code;
}

#define ASK(id_, name_, args_, n_, summary_, example_) \
	const struct command command_charge_##id_ = { \
		.name = "charge " name_, .args = args_, .args_min = n_, \
		.args_max = n_, .run = run_##id_, .summary = summary_, \
		.example = "  HELIO_CHARGE_TOKEN=.. helio charge " example_, \
		COMMAND_OPTIONS(rows, struct charge_flags), \
	}

ASK(login, "login", "", 0, "check the API token of a Blue Current account",
    "login --url ws://127.0.0.1:8092/haserver");
ASK(cards, "cards", "", 0, "list the account's charge cards",
    "cards --json");
ASK(points, "points", "", 0, "list the account's charge points",
    "points");
ASK(status, "status", "EVSE_ID", 1, "show how a charge point is",
    "status BCU101");
ASK(settings, "settings", "EVSE_ID", 1, "show a charge point's settings",
    "settings BCU101 --json");
ASK(grid, "grid", "EVSE_ID", 1, "show the grid connection of a charge point",
    "grid BCU101");
