/* A sandbox: its settings, clock, start and stop. */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/times.h"
#include "sandbox/internal.h"

enum { LIMIT_WINDOW_S = 3600 };

static const char CONTROL_LISTEN[] = "127.0.0.1:0";

#define SANDBOX(id) extern const struct sandbox_kind sandbox_##id;
#include "sandbox/list.def"
#undef SANDBOX

const struct sandbox_kind *const sandbox_kinds[] = {
#define SANDBOX(id) &sandbox_##id,
#include "sandbox/list.def"
#undef SANDBOX
	NULL
};

/* ---- settings ---- */

static enum helio_rc
set_value(struct sandbox *sandbox, size_t i, const char *value,
    struct helio_err *err)
{
	if (strlen(value) >= SANDBOX_VALUE_MAX)
		return err_field(err, sandbox->kind->settings[i].name,
		    "is too long");
	strcpy(sandbox->value[i], value);
	return HELIO_OK;
}

static enum helio_rc
set_named(struct sandbox *sandbox, const char *name, const char *value,
    struct helio_err *err)
{
	for (size_t i = 0; i < sandbox->kind->n_settings; i++)
		if (name_is(sandbox->kind->settings[i].name, name))
			return set_value(sandbox, i, value, err);
	return err_field(err, name, "is no setting of this sandbox");
}

/* A flag wins over the file, the file over the default. */
static enum helio_rc
set_flags(struct sandbox *sandbox, const struct sandbox_options *options,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (size_t i = 0; rc == HELIO_OK && options->set != NULL &&
	    i < sandbox->kind->n_settings; i++)
		if (options->set[i] != NULL)
			rc = set_value(sandbox, i, options->set[i], err);
	return rc;
}

const char *
sandbox_text(const struct sandbox *sandbox, size_t setting)
{
	return sandbox->value[setting];
}

long
sandbox_number(const struct sandbox *sandbox, size_t setting)
{
	return strtol(sandbox->value[setting], NULL, 10);
}

/* ---- the configuration file: settings first, then sections ---- */

struct reading {
	struct sandbox	*sandbox;
	struct helio_err *err;
	bool		 sections;	/* the second pass: the state exists */
};

static int
on_pair(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *reading = arg;
	struct sandbox *sandbox = reading->sandbox;

	if (reading->sections != (*section != '\0'))
		return 1;
	if (*section == '\0')
		return set_named(sandbox, name, value, reading->err) ==
		    HELIO_OK;
	if (sandbox->kind->configure == NULL) {
		err_field(reading->err, section,
		    "this sandbox knows no sections");
		return 0;
	}
	return sandbox->kind->configure(sandbox->state, section, name, value,
	    reading->err) == HELIO_OK;
}

static enum helio_rc
read_file(struct sandbox *sandbox, const char *path, bool sections,
    struct helio_err *err)
{
	struct reading reading = { sandbox, err, sections };
	FILE *file;
	int line, error;

	if (path == NULL)
		return HELIO_OK;
	file = fopen(path, "re");
	if (file == NULL)
		return err_set(err, HELIO_E_IO, "%s: %s", path,
		    strerror(errno));
	line = ini_parse_file(file, on_pair, &reading);
	error = ferror(file) ? errno : 0;
	fclose(file);
	if (error != 0)
		return err_set(err, HELIO_E_IO, "%s: %s", path,
		    strerror(error));
	if (line == 0)
		return HELIO_OK;
	return err_set(err, HELIO_E_INVALID, "%s: line %d is not valid", path,
	    line);
}

/* ---- the shared parts ---- */

int64_t
sandbox_now_us(const struct sandbox *sandbox)
{
	return time_now_us() + sandbox->ahead_us;
}

void
sandbox_lock(struct sandbox *sandbox)
{
	pthread_mutex_lock(&sandbox->lock);
}

void
sandbox_unlock(struct sandbox *sandbox)
{
	pthread_mutex_unlock(&sandbox->lock);
}

void
sandbox_record(struct sandbox *sandbox, const char *method,
    const char *target, const char *body, size_t n)
{
	record_add(&sandbox->records, sandbox_now_us(sandbox), method, target,
	    body, n);
}

struct sandbox_fault
sandbox_fault(struct sandbox *sandbox, const char *path)
{
	return fault_next(&sandbox->faults, path, sandbox_random(sandbox));
}

bool
sandbox_over_limit(struct sandbox *sandbox)
{
	int64_t now_us = sandbox_now_us(sandbox);

	if (now_us - sandbox->window_us >= LIMIT_WINDOW_S * US_PER_S) {
		sandbox->window_us = now_us;
		sandbox->asked = 0;
	}
	sandbox->asked++;
	return sandbox->limit > 0 && sandbox->asked > sandbox->limit;
}

unsigned
sandbox_delay_ms(const struct sandbox *sandbox)
{
	return sandbox->delay_ms;
}

/* ---- start and stop ---- */

static struct sandbox *
make(const struct sandbox_kind *kind, const struct sandbox_options *options)
{
	struct sandbox *sandbox = calloc(1, sizeof(*sandbox));

	if (sandbox == NULL)
		return NULL;
	pthread_mutex_init(&sandbox->lock, NULL);
	record_init(&sandbox->records);
	sandbox->kind = kind;
	sandbox->delay_ms = (unsigned)options->delay_ms;
	sandbox->limit = options->limit;
	sandbox->random = (uint64_t)options->seed;
	sandbox->window_us = sandbox_now_us(sandbox);
	sandbox->value = calloc(kind->n_settings + 1, sizeof(*sandbox->value));
	sandbox->late = late_start();
	if (sandbox->value == NULL || sandbox->late == NULL) {
		sandbox_stop(sandbox);
		return NULL;
	}
	for (size_t i = 0; i < kind->n_settings; i++)
		snprintf(sandbox->value[i], SANDBOX_VALUE_MAX, "%s",
		    kind->settings[i].fallback);
	return sandbox;
}

/* Settings, state and sections, in this order. */
static enum helio_rc
settle(struct sandbox *sandbox, const struct sandbox_options *options,
    struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	if (options->fail != NULL)
		rc = fault_parse(&sandbox->faults, options->fail, err);
	if (rc == HELIO_OK)
		rc = read_file(sandbox, options->config, false, err);
	if (rc == HELIO_OK)
		rc = set_flags(sandbox, options, err);
	if (rc == HELIO_OK)
		rc = sandbox->kind->new(sandbox, &sandbox->state, err);
	if (rc == HELIO_OK)
		rc = read_file(sandbox, options->config, true, err);
	return rc;
}

static enum helio_rc
listen_on(struct sandbox *sandbox, const struct sandbox_options *options,
    struct helio_err *err)
{
	const struct sandbox_listener *own = sandbox->kind->listener;
	struct sandbox_place place = { options->listen, options->tls_cert,
	    options->tls_key };
	enum helio_rc rc;

	if (own == NULL)
		return serve_start(sandbox, &place, err);
	rc = own->start(sandbox->state, &place, err);
	if (rc != HELIO_OK)
		return rc;
	sandbox->listening = true;
	place = (struct sandbox_place){ options->control != NULL ?
	    options->control : CONTROL_LISTEN, NULL, NULL };
	return serve_start(sandbox, &place, err);
}

enum helio_rc
sandbox_start(const struct sandbox_kind *kind,
    const struct sandbox_options *options, struct sandbox **ret,
    struct helio_err *err)
{
	struct sandbox *sandbox = make(kind, options);
	enum helio_rc rc;

	if (sandbox == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	rc = settle(sandbox, options, err);
	if (rc == HELIO_OK)
		rc = listen_on(sandbox, options, err);
	if (rc == HELIO_OK)
		*ret = sandbox;
	else
		sandbox_stop(sandbox);
	return rc;
}

const char *
sandbox_control_url(const struct sandbox *sandbox)
{
	return http_url(sandbox->http);
}

const char *
sandbox_url(const struct sandbox *sandbox)
{
	const struct sandbox_listener *own = sandbox->kind->listener;

	return own != NULL ? own->url(sandbox->state) :
	    http_url(sandbox->http);
}

void
sandbox_stop(struct sandbox *sandbox)
{
	if (sandbox == NULL)
		return;
	if (sandbox->listening)
		sandbox->kind->listener->stop(sandbox->state);
	if (sandbox->http != NULL) {
		late_hurry(sandbox->late);
		http_stop(sandbox->http);
	}
	late_stop(sandbox->late);
	if (sandbox->state != NULL)
		sandbox->kind->free(sandbox->state);
	record_clear(&sandbox->records);
	pthread_mutex_destroy(&sandbox->lock);
	free(sandbox->value);
	free(sandbox);
}
