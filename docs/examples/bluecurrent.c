/*
 * Every operation of the Blue Current client, one after the other or by name:
 *
 *	BLUECURRENT_TOKEN=.. ./bluecurrent URL EVSE_ID [OPERATION]
 *
 * Prints a line for each; exit status 1 when one failed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <helio/bluecurrent.h>

enum { ANSWER_MS = 10000 };

static void
show(const helio_bc_message *message)
{
	printf("  %s\n", helio_bc_message_json(message));
}

static helio_code
charge_cards(helio_bc *bc, const char *evse_id, helio_error *error)
{
	const helio_bc_message *message;
	helio_code code = helio_bc_get_charge_cards(bc, &message, error);

	if (code == HELIO_DONE)
		show(message);
	return code;
}

static helio_code
charge_points(helio_bc *bc, const char *evse_id, helio_error *error)
{
	const helio_bc_message *message;
	helio_code code = helio_bc_get_charge_points(bc, &message, error);

	if (code == HELIO_DONE)
		show(message);
	return code;
}

static helio_code
status(helio_bc *bc, const char *evse_id, helio_error *error)
{
	const helio_bc_message *message;
	helio_code code = helio_bc_get_status(bc, evse_id, &message, error);
	double kw;

	if (code == HELIO_DONE && helio_bc_message_number(message, "total_kw",
	    &kw))
		printf("  %s %s: %.2f kW\n", helio_bc_message_evse_id(message),
		    helio_bc_message_text(message, "activity"), kw);
	return code;
}

static helio_code
settings(helio_bc *bc, const char *evse_id, helio_error *error)
{
	const helio_bc_message *message;
	helio_code code = helio_bc_get_settings(bc, evse_id, &message, error);
	double open;

	if (code == HELIO_DONE && helio_bc_message_number(message,
	    "public_charging", &open))
		printf("  public charging: %s\n", open != 0 ? "yes" : "no");
	return code;
}

static helio_code
grid_status(helio_bc *bc, const char *evse_id, helio_error *error)
{
	const helio_bc_message *message;
	helio_code code = helio_bc_get_grid_status(bc, evse_id, &message,
	    error);
	double most;

	if (code == HELIO_DONE && helio_bc_message_number(message,
	    "grid_max_current", &most))
		printf("  most current of a phase: %g A\n", most);
	return code;
}

static helio_code
public_charging(helio_bc *bc, const char *evse_id, helio_error *error)
{
	return helio_bc_set_public_charging(bc, evse_id, true, error);
}

static helio_code
plug_and_charge(helio_bc *bc, const char *evse_id, helio_error *error)
{
	return helio_bc_set_plug_and_charge(bc, evse_id, false, error);
}

static helio_code
operative(helio_bc *bc, const char *evse_id, helio_error *error)
{
	helio_code code = helio_bc_set_operative(bc, evse_id, false, error);

	return code != HELIO_DONE ? code :
	    helio_bc_set_operative(bc, evse_id, true, error);
}

static helio_code
start_session(helio_bc *bc, const char *evse_id, helio_error *error)
{
	return helio_bc_start_session(bc, evse_id, "BCU-APP", error);
}

static helio_code
stop_session(helio_bc *bc, const char *evse_id, helio_error *error)
{
	return helio_bc_stop_session(bc, evse_id, error);
}

static helio_code
reset(helio_bc *bc, const char *evse_id, helio_error *error)
{
	return helio_bc_reset(bc, evse_id, error);
}

static helio_code
reboot(helio_bc *bc, const char *evse_id, helio_error *error)
{
	return helio_bc_reboot(bc, evse_id, error);
}

/* Send, and take whatever message comes next. */
static helio_code
wait_for_response(helio_bc *bc, const char *evse_id, helio_error *error)
{
	const helio_bc_message *message;
	helio_code code = helio_bc_send(bc, "GET_CHARGE_POINTS", NULL, error);

	if (code == HELIO_DONE)
		code = helio_bc_wait_for_response(bc, ANSWER_MS, &message,
		    error);
	if (code == HELIO_DONE)
		printf("  %s\n", helio_bc_message_object(message));
	return code;
}

/* A request that has no function of its own. */
static helio_code
any_request(helio_bc *bc, const char *evse_id, helio_error *error)
{
	const helio_bc_message *message;
	helio_code code = helio_bc_call(bc, "GET_ACCOUNT", NULL, &message,
	    error);

	if (code == HELIO_DONE)
		printf("  %s\n", helio_bc_message_text(message, "login"));
	return code;
}

/* The last one: the connection is gone afterwards, and comes back. */
static helio_code
again(helio_bc *bc, const char *evse_id, helio_error *error)
{
	helio_bc_disconnect(bc);
	if (helio_bc_state_now(bc) != HELIO_BC_CLOSED)
		return HELIO_LOCAL;
	return helio_bc_connect(bc, error);
}

static const struct operation {
	const char	*name;
	helio_code	(*call)(helio_bc *, const char *, helio_error *);
} operations[] = {
	{ "charge_cards", charge_cards },
	{ "charge_points", charge_points },
	{ "status", status },
	{ "settings", settings },
	{ "grid_status", grid_status },
	{ "public_charging", public_charging },
	{ "plug_and_charge", plug_and_charge },
	{ "operative", operative },
	{ "start_session", start_session },
	{ "stop_session", stop_session },
	{ "wait_for_response", wait_for_response },
	{ "any_request", any_request },
	{ "reset", reset },
	{ "reboot", reboot },
	{ "again", again },
};

static int
run(helio_bc *bc, const char *evse_id, const char *only)
{
	helio_error error;
	int failed = 0;

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]);
	    i++) {
		const struct operation *one = &operations[i];

		if (only != NULL && strcmp(only, one->name) != 0)
			continue;
		if (one->call(bc, evse_id, &error) == HELIO_DONE) {
			printf("%s: done\n", one->name);
		} else {
			printf("%s: %s\n", one->name, error.text);
			failed = 1;
		}
	}
	return failed;
}

static helio_bc *
connect_to(const char *url)
{
	helio_options *options = helio_options_new();
	helio_bc *bc = NULL;
	helio_error error;

	helio_options_url(options, url);
	helio_options_timeout(options, ANSWER_MS);
	if (helio_bc_new(options, getenv("BLUECURRENT_TOKEN"), &bc, &error) !=
	    HELIO_DONE || helio_bc_validate(bc, &error) != HELIO_DONE ||
	    helio_bc_connect(bc, &error) != HELIO_DONE) {
		fprintf(stderr, "%s\n", error.text);
		helio_bc_free(bc);
		bc = NULL;
	}
	helio_options_free(options);
	return bc;
}

int
main(int argc, char **argv)
{
	helio_bc *bc;
	int failed;

	if (argc < 3) {
		fprintf(stderr, "usage: bluecurrent URL EVSE_ID "
		    "[OPERATION]\n");
		return 2;
	}
	bc = connect_to(argv[1]);
	if (bc == NULL)
		return 1;
	printf("customer %s; the request limit is reset in %lld min\n",
	    helio_bc_customer_id(bc), (long long)(helio_bc_reset_delta_us(
	    (int64_t)time(NULL) * 1000000) / 60000000));
	failed = run(bc, argv[2], argc > 3 ? argv[3] : NULL);
	helio_bc_free(bc);
	return failed;
}
