/* helio serve: runs the server on a data folder. */
#include <stdio.h>

#include "cmd/command.h"
#include "server/server.h"

struct serve_options {
	const char	*data;
	const char	*config;
	bool		 print_config;
	const char	*set[CONFIG_ID_MAX];
};

/* How the help shows a setting of each kind. */
#define ARG_TEXT(unit_)		"VALUE"
#define ARG_NUMBER(unit_)	(sizeof(unit_) > 1 ? unit_ : "N")
#define ARG_SIZE(unit_)		unit_
#define ARG_CHOICE(unit_)	"WORD"
#define ARG_SECRET(unit_)	"VALUE"
#define HELP_TEXT(help_, unit_)		help_
#define HELP_NUMBER(help_, unit_)	help_
#define HELP_SIZE(help_, unit_)		help_
#define HELP_SECRET(help_, unit_)	help_
#define HELP_CHOICE(help_, unit_)	help_ " (" unit_ ")"

static const struct option_row rows[] = {
	OPTION(struct serve_options, data, "data", OPTION_TEXT, "DIR",
	    "the data folder ('helio init' makes one)"),
	OPTION(struct serve_options, config, "config", OPTION_TEXT, "FILE",
	    "settings, one 'name = value' a line"),
	OPTION(struct serve_options, print_config, "print-config",
	    OPTION_FLAG, "", "print the settings in force and stop"),
#define CONFIG(name_, kind_, fallback_, unit_, help_) \
	OPTION(struct serve_options, set[CONFIG_ID_##name_], #name_, \
	    OPTION_TEXT, ARG_##kind_(unit_), HELP_##kind_(help_, unit_)),
#include "server/config.def"
#undef CONFIG
};

/* Defaults, then file, then environment, then flags. */
static enum helio_rc
settle(const struct serve_options *given, struct config *config,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	config_defaults(config);
	if (given->config != NULL)
		rc = config_file(config, given->config, err);
	if (rc == HELIO_OK)
		rc = config_environment(config, err);
	for (size_t i = 0; rc == HELIO_OK && i < CONFIG_ID_MAX; i++)
		if (given->set[i] != NULL)
			rc = config_set(config, config_rows[i].name,
			    given->set[i], "flag", err);
	return rc;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct serve_options *given = arg;
	struct config config;
	struct helio_err err;
	enum helio_rc rc;

	err_clear(&err);
	if (settle(given, &config, &err) != HELIO_OK) {
		say_failure("settings", &err);
		return EXIT_USAGE;
	}
	if (given->print_config) {
		config_print(&config, stdout);
		return EXIT_OK;
	}
	if (given->data == NULL) {
		say_error("'helio serve --help' tells more",
		    "serve needs --data DIR");
		return EXIT_USAGE;
	}
	rc = server_run(given->data, &config, &err);
	if (rc == HELIO_OK)
		return EXIT_OK;
	say_failure("serve", &err);
	return rc == HELIO_E_NOT_FOUND || rc == HELIO_E_CONFLICT ? EXIT_DATA :
	    EXIT_FAILED;
}

const struct command command_serve = {
	.name = "serve", .args = "", .run = run,
	.summary = "run the server on a data folder",
	.example = "  helio serve --data /var/lib/helio --listen 0.0.0.0:8443 "
	    "\\\n      --tls-cert cert.pem --tls-key key.pem\n"
	    "  Prints 'listening on URL' when ready; SIGTERM stops it cleanly.\n"
	    "  --print-config shows every setting with its default.",
	COMMAND_OPTIONS(rows, struct serve_options),
};
