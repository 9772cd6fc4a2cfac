/* helio login: gets a token and keeps it for the other commands. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/data.h"
#include "cmd/session.h"

struct login_options {
	const char	*url;
};

static const struct option_row rows[] = {
	OPTION_REQUIRED(struct login_options, url, "url", OPTION_TEXT, "URL",
	    "the server, such as https://fleet.example.com"),
};

static int
login(const struct login_options *given, const char *user,
    const char *password, const char *path)
{
	helio_options *options = helio_options_new();
	helio_client *client = NULL;
	helio_error error;
	helio_code code;

	if (options == NULL) {
		say_error(NULL, "out of memory");
		return EXIT_FAILED;
	}
	helio_options_url(options, given->url);
	helio_options_user(options, user, password);
	helio_options_token_file(options, path);
	code = helio_client_new(options, &client, &error);
	if (code == HELIO_DONE)
		code = helio_client_login(client, &error);
	if (code == HELIO_DONE)
		printf("logged in to %s as %s\n", given->url, user);
	else
		say_error(NULL, "%s", error.text);
	helio_client_free(client);
	helio_options_free(options);
	return code == HELIO_DONE ? EXIT_OK : session_exit(code, NULL);
}

static int
run(void *arg, char **args, int n_args)
{
	char password[PASSWORD_TEXT_MAX + 2], path[1024];
	int code;

	no_core_file();
	if (!session_path(path, sizeof(path))) {
		say_error("set HELIO_SESSION to a file",
		    "there is no home folder to keep the token in");
		return EXIT_FAILED;
	}
	if (!data_password("HELIO_PASSWORD", password, sizeof(password)))
		return EXIT_FAILED;
	session_make_folders(path);
	code = login(arg, args[0], password, path);
	explicit_bzero(password, sizeof(password));
	return code;
}

const struct command command_login = {
	.name = "login", .args = "USERNAME", .args_min = 1, .args_max = 1,
	.run = run,
	.summary = "get a token and keep it for 'helio api'",
	.example = "  helio login ops@example.com --url "
	    "https://fleet.example.com\n"
	    "  The password is read from HELIO_PASSWORD or standard input; "
	    "only the token is kept.",
	COMMAND_OPTIONS(rows, struct login_options),
};
