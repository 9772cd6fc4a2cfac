/*
 * helio sandbox KIND: serves one of the sandboxes until a signal.  A kind's
 * settings are options, from its .def file.
 */
#include <signal.h>
#include <stdio.h>

#include "cmd/command.h"
#include "sandbox/sandbox.h"

enum { SETTINGS_MAX = 32, DELAY_MOST_MS = 600000 };

struct sandbox_flags {
	const char	*listen, *control, *config, *fail, *tls_cert, *tls_key;
	long		 delay, limit, seed;
	const char	*set[SETTINGS_MAX];
};

#define FLAG(member_, name_, kind_, arg_, help_) \
	OPTION(struct sandbox_flags, member_, name_, kind_, arg_, help_)
#define COMMON_OPTIONS \
	OPTION_REQUIRED(struct sandbox_flags, listen, "listen", OPTION_TEXT, \
	    "ADDR:PORT", "where to listen; port 0 picks a free one"), \
	FLAG(config, "config", OPTION_TEXT, "FILE", \
	    "settings, one 'name = value' a line, then sections"), \
	FLAG(tls_cert, "tls-cert", OPTION_TEXT, "FILE", \
	    "PEM file with the certificate chain; turns TLS on"), \
	FLAG(tls_key, "tls-key", OPTION_TEXT, "FILE", \
	    "PEM file with the private key"), \
	FLAG(fail, "fail", OPTION_TEXT, "SPEC", \
	    "faults, such as every=3:503 or first=2:drop:/v1/*"), \
	FLAG(delay, "delay", OPTION_NUMBER, "MS", "answer so much later"), \
	FLAG(limit, "limit", OPTION_NUMBER, "N", \
	    "refuse more requests than this in an hour"), \
	FLAG(seed, "seed", OPTION_NUMBER, "S", \
	    "the same seed makes the same tokens and choices")
#define OWN_LISTENER_OPTIONS \
	FLAG(control, "control", OPTION_TEXT, "ADDR:PORT", \
	    "where /_control/ listens (default 127.0.0.1:0)")
#define SETTING_OPTION(set_, name_, fallback_, help_) \
	OPTION(struct sandbox_flags, set[set_], name_, OPTION_TEXT, "VALUE", \
	    help_ " (default " fallback_ ")")

static int
run(const struct sandbox_kind *kind, const struct sandbox_flags *flags)
{
	const struct sandbox_options options = {
		.listen = flags->listen, .control = flags->control,
		.config = flags->config, .fail = flags->fail,
		.tls_cert = flags->tls_cert, .tls_key = flags->tls_key,
		.delay_ms = flags->delay, .limit = flags->limit,
		.seed = flags->seed, .set = flags->set,
	};
	struct sandbox *sandbox;
	struct helio_err err;
	sigset_t stop;
	enum helio_rc rc;
	int sig;

	if (flags->delay > DELAY_MOST_MS) {
		say_error(NULL, "--delay is at most %d", DELAY_MOST_MS);
		return EXIT_USAGE;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	err_clear(&err);
	rc = sandbox_start(kind, &options, &sandbox, &err);
	if (rc != HELIO_OK) {
		say_failure("sandbox", &err);
		return rc == HELIO_E_INVALID ? EXIT_USAGE : EXIT_FAILED;
	}
	printf("listening on %s\n", sandbox_url(sandbox));
	if (kind->listener != NULL)
		printf("control listening on %s\n",
		    sandbox_control_url(sandbox));
	fflush(stdout);
	sigwait(&stop, &sig);
	sandbox_stop(sandbox);
	return EXIT_OK;
}

/* ---- bluecurrent ---- */

extern const struct sandbox_kind sandbox_bluecurrent;

enum {
#define SETTING(name, fallback, help) BLUECURRENT_##name,
#include "sandbox/bluecurrent.def"
#undef SETTING
};

static const struct option_row bluecurrent_rows[] = {
	COMMON_OPTIONS,
	OWN_LISTENER_OPTIONS,
#define SETTING(name, fallback, help) \
	SETTING_OPTION(BLUECURRENT_##name, #name, fallback, help),
#include "sandbox/bluecurrent.def"
#undef SETTING
};

static int
run_bluecurrent(void *options, char **args, int n_args)
{
	return run(&sandbox_bluecurrent, options);
}

const struct command command_sandbox_bluecurrent = {
	.name = "sandbox bluecurrent", .args = "", .run = run_bluecurrent,
	.summary = "a local server in place of Blue Current's charge points",
	.example = "  helio sandbox bluecurrent --listen 127.0.0.1:8092\n"
	    "  Prints 'listening on ws://..' and 'control listening on "
	    "http://..'; SIGTERM stops it.\n"
	    "  Charge points, /_control/ and faults: "
	    "docs/reference/sandboxes.md.",
	COMMAND_OPTIONS(bluecurrent_rows, struct sandbox_flags),
};

/* ---- field-device ---- */

extern const struct sandbox_kind sandbox_field_device;

enum {
#define SETTING(name, fallback, help) FIELD_DEVICE_##name,
#include "sandbox/field_device.def"
#undef SETTING
};

static const struct option_row field_device_rows[] = {
	COMMON_OPTIONS,
#define SETTING(name, fallback, help) \
	SETTING_OPTION(FIELD_DEVICE_##name, #name, fallback, help),
#include "sandbox/field_device.def"
#undef SETTING
};

static int
run_field_device(void *options, char **args, int n_args)
{
	return run(&sandbox_field_device, options);
}

const struct command command_sandbox_field_device = {
	.name = "sandbox field-device", .args = "", .run = run_field_device,
	.summary = "a local server in place of the field devices' API",
	.example = "  helio sandbox field-device --listen 127.0.0.1:8090 "
	    "--fail every=5:503\n"
	    "  Prints 'listening on URL' when ready; SIGTERM stops it.\n"
	    "  Devices, /_control/ and faults: docs/reference/sandboxes.md.",
	COMMAND_OPTIONS(field_device_rows, struct sandbox_flags),
};

/* ---- netsapiens ---- */

extern const struct sandbox_kind sandbox_netsapiens;

enum {
#define SETTING(name, fallback, help) NETSAPIENS_##name,
#include "sandbox/netsapiens.def"
#undef SETTING
};

static const struct option_row netsapiens_rows[] = {
	COMMON_OPTIONS,
#define SETTING(name, fallback, help) \
	SETTING_OPTION(NETSAPIENS_##name, #name, fallback, help),
#include "sandbox/netsapiens.def"
#undef SETTING
};

static int
run_netsapiens(void *options, char **args, int n_args)
{
	return run(&sandbox_netsapiens, options);
}

const struct command command_sandbox_netsapiens = {
	.name = "sandbox netsapiens", .args = "", .run = run_netsapiens,
	.summary = "a local server in place of a NetSapiens PBX",
	.example = "  helio sandbox netsapiens --listen 127.0.0.1:8091 "
	    "--deliver 1\n"
	    "  Prints 'listening on URL' when ready; SIGTERM stops it.\n"
	    "  Messages that come in, /_control/ and faults: "
	    "docs/reference/sandboxes.md.",
	COMMAND_OPTIONS(netsapiens_rows, struct sandbox_flags),
};

/* ---- xiq ---- */

extern const struct sandbox_kind sandbox_xiq;

enum {
#define SETTING(name, fallback, help) XIQ_##name,
#include "sandbox/xiq.def"
#undef SETTING
};

static const struct option_row xiq_rows[] = {
	COMMON_OPTIONS,
#define SETTING(name, fallback, help) \
	SETTING_OPTION(XIQ_##name, #name, fallback, help),
#include "sandbox/xiq.def"
#undef SETTING
};

static int
run_xiq(void *options, char **args, int n_args)
{
	return run(&sandbox_xiq, options);
}

const struct command command_sandbox_xiq = {
	.name = "sandbox xiq", .args = "", .run = run_xiq,
	.summary = "a local server in place of a Wi-Fi controller's monitor",
	.example = "  helio sandbox xiq --listen 127.0.0.1:8092 "
	    "--clients 3000\n"
	    "  Prints 'listening on URL' when ready; SIGTERM stops it.\n"
	    "  Failing pages, /_control/ and faults: "
	    "docs/reference/sandboxes.md.",
	COMMAND_OPTIONS(xiq_rows, struct sandbox_flags),
};
