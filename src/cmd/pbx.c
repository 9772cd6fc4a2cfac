/* The account of the `helio pbx` commands, and what they print. */
#include "cmd/pbx.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/service.h"
#include "cmd/session.h"

enum setting { URL, USER, PASSWORD, CLIENT_ID, CLIENT_SECRET, CA_FILE };

enum { PATH_SIZE = 1024 };

static const char *const names[] = {
	[URL] = "url", [USER] = "user", [PASSWORD] = "password",
	[CLIENT_ID] = "client_id", [CLIENT_SECRET] = "client_secret",
	[CA_FILE] = "ca_file",
};

static helio_code
open_with(helio_options *options, const struct service_values *values,
    helio_pbx **ret, helio_error *error)
{
	char path[PATH_SIZE];

	helio_options_url(options, values->value[URL]);
	helio_options_user(options, values->value[USER],
	    values->value[PASSWORD]);
	if (values->value[CA_FILE] != NULL)
		helio_options_ca_file(options, values->value[CA_FILE]);
	if (service_path("pbx-token.json", path, sizeof(path))) {
		session_make_folders(path);
		helio_options_token_file(options, path);
	}
	return helio_pbx_new(options, values->value[CLIENT_ID],
	    values->value[CLIENT_SECRET], ret, error);
}

static helio_pbx *
open_account(const char *config)
{
	const struct service service = { "pbx", names,
	    sizeof(names) / sizeof(names[0]) };
	struct service_values values;
	helio_options *options = helio_options_new();
	helio_pbx *pbx = NULL;
	helio_error error;

	if (options == NULL) {
		say_error(NULL, "out of memory");
	} else if (service_read(&service, config, &values)) {
		if (open_with(options, &values, &pbx, &error) != HELIO_DONE)
			say_error("set HELIO_PBX_URL, _USER, _PASSWORD, "
			    "_CLIENT_ID and _CLIENT_SECRET, or --config;\n"
			    "'helio pbx login --help' tells more",
			    "%s", error.text);
		service_forget(&values);
	}
	helio_options_free(options);
	return pbx;
}

/* What others write must not steer the terminal. */
static void
print_text(const char *text)
{
	if (text == NULL)
		text = "-";
	for (; *text != '\0'; text++)
		putchar(iscntrl((unsigned char)*text) ? ' ' : *text);
}

static void
print_members(const helio_pbx_records *records, const char *const *members)
{
	for (size_t i = 0; i < helio_pbx_count(records); i++) {
		for (size_t k = 0; members[k] != NULL; k++) {
			if (k > 0)
				putchar('\t');
			print_text(helio_pbx_text(records, i, members[k]));
		}
		putchar('\n');
	}
}

static void
print_json(const helio_pbx_records *records)
{
	char *text = helio_pbx_json(records, helio_pbx_count(records));

	if (text != NULL)
		puts(text);
	free(text);
}

static int
print(helio_pbx_records *records, const char *const *members, bool json)
{
	if (json)
		print_json(records);
	else
		print_members(records, members);
	helio_pbx_records_free(records);
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

int
pbx_run(const char *config, bool json, const char *const *members,
    pbx_job *job, void *arg)
{
	helio_pbx *pbx = open_account(config);
	helio_pbx_records *records = NULL;
	helio_error error;
	helio_code code;

	if (pbx == NULL)
		return EXIT_USAGE;
	code = job(pbx, arg, &records, &error);
	helio_pbx_free(pbx);
	if (code == HELIO_DONE)
		return print(records, members, json);
	say_error(NULL, "%s", error.text);
	return code == HELIO_BAD_INPUT ? EXIT_USAGE : session_exit(code, NULL);
}
