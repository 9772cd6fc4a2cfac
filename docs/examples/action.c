/* Move a unit to another state: program IMEI STATE. */
#include <helio/action.h>
#include <stdio.h>
#include <stdlib.h>

static helio_code
move(helio_client *client, const char *imei, const char *state,
    helio_error *error)
{
	const helio_arg args[] = { { "new_state", state } };
	helio_reply *reply;
	helio_code code = helio_act(client, HELIO_CHANGE_STATE, imei, args, 1,
	    &reply, error);

	if (code != HELIO_DONE)
		return code;
	code = helio_reply_check(reply, error);
	helio_reply_free(reply);
	return code == HELIO_DONE ? code : helio_error_step(error,
	    "moving %s", imei);
}

int
main(int argc, char **argv)
{
	helio_options *options = helio_options_new();
	helio_client *client = NULL;
	helio_error error;
	helio_code code;

	if (argc != 3 || options == NULL)
		return 2;
	helio_options_url(options, getenv("HELIO_URL"));
	helio_options_token(options, getenv("HELIO_TOKEN"));
	code = helio_client_new(options, &client, &error);
	if (code == HELIO_DONE)
		code = move(client, argv[1], argv[2], &error);
	if (code == HELIO_DONE)
		printf("%s is in state %s now\n", argv[1], argv[2]);
	else
		fprintf(stderr, "%s\n", error.text);
	helio_client_free(client);
	helio_options_free(options);
	return code == HELIO_DONE ? 0 : 1;
}
