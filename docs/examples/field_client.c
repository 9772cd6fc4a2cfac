/* Make a device report: program IMEI COMMAND.  The account is in the
 * environment. */
#include <helio/field_client.h>
#include <stdio.h>
#include <stdlib.h>

/* A device that was shut off is left alone. */
static helio_code
send_unless_free(helio_field *field, const char *imei, const char *command,
    helio_error *error)
{
	helio_field_answer answer = { 0 };
	helio_code code = helio_field_info(field, imei, &answer, error);

	if (code != HELIO_DONE)
		return code;
	printf("%s: %s\n", imei, helio_refurb_name(helio_field_refurb(
	    &answer)));
	if (helio_field_refurb(&answer) == HELIO_REFURB_TAKEN) {
		helio_field_answer_clear(&answer);
		code = helio_field_command(field, imei, command, NULL, 0,
		    &answer, error);
		if (code == HELIO_DONE)
			printf("%s at attempt %u\n", helio_field_is_yes(
			    &answer) ? "sent" : "not sent", answer.attempts);
	}
	helio_field_answer_clear(&answer);
	return code;
}

int
main(int argc, char **argv)
{
	const helio_field_config config = {
		.size = sizeof(config), .url = getenv("API_URL"),
		.token_url = getenv("ACCESS_TOKEN_URL"),
		.client_id = getenv("CLIENT_ID"),
		.client_secret = getenv("CLIENT_SECRET"),
	};
	helio_field *field = NULL;
	helio_error error;
	helio_code code;

	if (argc != 3)
		return 2;
	code = helio_field_new(&config, NULL, &field, &error);
	if (code == HELIO_DONE)
		code = send_unless_free(field, argv[1], argv[2], &error);
	if (code != HELIO_DONE)
		fprintf(stderr, "%s\n", error.text);
	helio_field_free(field);
	return code == HELIO_DONE ? 0 : 1;
}
