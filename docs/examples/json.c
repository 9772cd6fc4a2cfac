/* All rows of a list that comes in pages. */
#include <helio/json.h>
#include <stdio.h>

static helio_code
print_names(helio_pager *pager, helio_error *error)
{
	const helio_json *row;
	const char *name;
	helio_code code;

	while ((code = helio_pager_next(pager, &row, error)) == HELIO_DONE &&
	    row != NULL) {
		name = helio_json_text(row, "name");
		printf("%s\n", name != NULL ? name : "(no name)");
	}
	return code;
}

int
main(int argc, char **argv)
{
	static const helio_paging paging = {
		.size = sizeof(paging), .page = "start", .first = 1,
		.offset = true, .limit = "limit", .limit_rows = 2,
		.rows = "data", .short_ends = true,
	};
	helio_options *options = helio_options_new();
	helio_http *http = NULL;
	helio_pager *pager = NULL;
	helio_error error;
	helio_code code;

	if (argc != 2 || options == NULL)
		return 2;
	helio_options_url(options, argv[1]);
	code = helio_http_new(options, &http, &error);
	if (code == HELIO_DONE)
		code = helio_pager_new(http, helio_call_new("GET", "/names"),
		    &paging, &pager, &error);
	if (code == HELIO_DONE)
		code = print_names(pager, &error);
	if (code != HELIO_DONE)
		fprintf(stderr, "%s\n", error.text);
	helio_pager_free(pager);
	helio_http_free(http);
	helio_options_free(options);
	return code == HELIO_DONE ? 0 : 1;
}
