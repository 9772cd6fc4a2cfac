/* The units of a fleet that are switched on, one a line. */
#include <helio/helio.h>
#include <stdio.h>
#include <stdlib.h>

static helio_code
print_units(helio_client *client, helio_error *error)
{
	const char *q = "{\"filters\": [{\"name\": \"current_enable_flag\", "
	    "\"op\": \"eq\", \"val\": true}]}";
	helio_pager *pager;
	const helio_json *unit;
	helio_code code = helio_list(client, "/v1/products", q, &pager, error);

	if (code != HELIO_DONE)
		return code;
	while ((code = helio_pager_next(pager, &unit, error)) == HELIO_DONE &&
	    unit != NULL)
		puts(helio_json_text(unit, "product_imei"));
	helio_pager_free(pager);
	return code;
}

int
main(void)
{
	helio_options *options = helio_options_new();
	helio_client *client = NULL;
	helio_error error;
	helio_code code;

	if (options == NULL)
		return 2;
	helio_options_url(options, getenv("HELIO_URL"));
	helio_options_user(options, getenv("HELIO_USER"),
	    getenv("HELIO_PASSWORD"));
	helio_options_token_file(options, "session.json");
	code = helio_client_new(options, &client, &error);
	if (code == HELIO_DONE)
		code = print_units(client, &error);
	if (code != HELIO_DONE)
		fprintf(stderr, "%s\n", error.text);
	helio_client_free(client);
	helio_options_free(options);
	return code == HELIO_DONE ? 0 : 1;
}
