/* The session of the commands that use the API. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/command.h"
#include "cmd/session.h"

enum { PATH_SIZE = 1024 };

bool
session_path(char *out, size_t size)
{
	const char *own = getenv("HELIO_SESSION");
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	int n;

	if (own != NULL)
		n = snprintf(out, size, "%s", own);
	else if (config != NULL)
		n = snprintf(out, size, "%s/helio/session.json", config);
	else if (home != NULL)
		n = snprintf(out, size, "%s/.config/helio/session.json", home);
	else
		return false;
	return n > 0 && (size_t)n < size;
}

void
session_make_folders(const char *file)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s", file);
	for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		mkdir(path, 0700);
		*at = '/';
	}
}

/* The server that `helio login` was used with; freed by the caller. */
static char *
kept_url(const char *path)
{
	json_t *file = json_load_file(path, 0, NULL);
	const char *url = json_string_value(json_object_get(file, "url"));
	char *copy = url != NULL ? strdup(url) : NULL;

	json_decref(file);
	return copy;
}

static void
fill_options(helio_options *options, const char *url, const char *path)
{
	const char *token = getenv("HELIO_TOKEN");
	const char *user = getenv("HELIO_USER");
	const char *password = getenv("HELIO_PASSWORD");

	helio_options_url(options, url);
	if (getenv("HELIO_CA_FILE") != NULL)
		helio_options_ca_file(options, getenv("HELIO_CA_FILE"));
	if (token != NULL)
		helio_options_token(options, token);
	else if (user != NULL && password != NULL)
		helio_options_user(options, user, password);
	if (token == NULL && user != NULL && path != NULL)
		session_make_folders(path);
	if (token == NULL && path != NULL)
		helio_options_token_file(options, path);
}

/* keeper: that of another client, or NULL. */
static helio_client *
open_client(const char *url, helio_keeper *keeper)
{
	char path[PATH_SIZE];
	bool have_path = session_path(path, sizeof(path));
	helio_options *options = helio_options_new();
	char *kept = have_path ? kept_url(path) : NULL;
	helio_client *client = NULL;
	helio_error error;

	if (url == NULL)
		url = getenv("HELIO_URL") != NULL ? getenv("HELIO_URL") : kept;
	if (options == NULL) {
		say_error(NULL, "out of memory");
	} else if (url == NULL) {
		say_error("set HELIO_URL, or use 'helio login' first",
		    "which server?");
	} else {
		fill_options(options, url, have_path ? path : NULL);
		helio_options_keeper(options, keeper);
		if (helio_client_new(options, &client, &error) != HELIO_DONE)
			say_error(NULL, "%s", error.text);
	}
	free(kept);
	helio_options_free(options);
	return client;
}

helio_client *
session_open(const char *url)
{
	no_core_file();
	return open_client(url, NULL);
}

helio_client *
session_share(const char *url, helio_client *client)
{
	return open_client(url, helio_client_keeper(client));
}

int
session_exit(helio_code code, const helio_reply *reply)
{
	static const int exits[] = {
		[HELIO_UNREACHABLE] = EXIT_UNREACHABLE,
		[HELIO_TIMED_OUT] = EXIT_UNREACHABLE,
		[HELIO_FORGED] = EXIT_UNREACHABLE,
		[HELIO_DENIED] = EXIT_REFUSED,
		[HELIO_UNAVAILABLE] = EXIT_SERVER,
		[HELIO_BAD_INPUT] = EXIT_FAILED,
		[HELIO_LOCAL] = EXIT_FAILED,
		[HELIO_REFUSED] = EXIT_REFUSED,
		[HELIO_MALFORMED] = EXIT_UNREACHABLE,
	};

	if (code != HELIO_DONE)
		return exits[code];
	if (helio_reply_status(reply) >= 500)
		return EXIT_SERVER;
	return helio_reply_status(reply) >= 400 ? EXIT_REFUSED : EXIT_OK;
}
