/* Settings: table, file, environment, flags. */
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "server/config.h"

const struct config_row config_rows[CONFIG_ID_MAX] = {
#define CONFIG(name_, kind_, fallback_, unit_, help_) \
	{ .name = #name_, .kind = CONFIG_##kind_, .fallback = fallback_, \
	  .unit = unit_, .help = help_ },
#include "server/config.def"
#undef CONFIG
};

void
config_defaults(struct config *config)
{
	for (size_t i = 0; i < CONFIG_ID_MAX; i++) {
		snprintf(config->value[i], CONFIG_VALUE_MAX, "%s",
		    config_rows[i].fallback);
		config->source[i] = "default";
	}
}

/* Seconds are counted in milliseconds below, in 32 bits. */
static long
number_most(const struct config_row *row)
{
	return strcmp(row->unit, "s") == 0 ? 4000000 : 2000000000;
}

static bool
number_valid(const struct config_row *row, const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n <= 10 && text[n] == '\0' &&
	    strtol(text, NULL, 10) <= number_most(row);
}

/* The bytes of "64M"; -1: it is no size, or above 2^50. */
static int64_t
size_of(const char *text)
{
	static const char units[] = "kMGT";
	size_t n = strspn(text, "0123456789");
	const char *unit = text[n] != '\0' ? strchr(units, text[n]) : NULL;
	int64_t most = INT64_C(1) << 50, size;

	if (n == 0 || n > 16 || (unit == NULL && text[n] != '\0') ||
	    (unit != NULL && text[n + 1] != '\0'))
		return -1;
	size = strtoll(text, NULL, 10);
	if (unit == NULL)
		return size <= most ? size : -1;
	most >>= 10 * (unit - units + 1);
	return size <= most ? size << 10 * (unit - units + 1) : -1;
}

static bool
choice_valid(const struct config_row *row, const char *text)
{
	size_t n = strlen(text), len;

	for (const char *at = row->unit;; at += len + 1) {
		len = strcspn(at, "|");
		if (len == n && strncmp(at, text, n) == 0)
			return true;
		if (at[len] == '\0')
			return false;
	}
}

static enum helio_rc
check_value(const struct config_row *row, const char *value,
    const char *source, struct helio_err *err)
{
	if (row->kind == CONFIG_NUMBER && !number_valid(row, value))
		return err_field(err, row->name,
		    "wants a number up to %ld, not '%.60s' (%s)",
		    number_most(row), value, source);
	if (row->kind == CONFIG_SIZE && size_of(value) < 0)
		return err_field(err, row->name, "wants a number of bytes, "
		    "such as 4096, 64M or 20G, not '%.60s' (%s)", value,
		    source);
	if (row->kind == CONFIG_CHOICE && !choice_valid(row, value))
		return err_field(err, row->name, "is %s, not '%.60s' (%s)",
		    row->unit, value, source);
	if (strlen(value) >= CONFIG_VALUE_MAX)
		return err_field(err, row->name, "is too long (%s)", source);
	return HELIO_OK;
}

enum helio_rc
config_set(struct config *config, const char *name, const char *value,
    const char *source, struct helio_err *err)
{
	enum helio_rc rc;

	for (size_t i = 0; i < CONFIG_ID_MAX; i++) {
		if (!name_is(config_rows[i].name, name))
			continue;
		rc = check_value(&config_rows[i], value, source, err);
		if (rc != HELIO_OK)
			return rc;
		snprintf(config->value[i], CONFIG_VALUE_MAX, "%s", value);
		config->source[i] = source;
		return HELIO_OK;
	}
	return err_field(err, name, "is no setting (%s)", source);
}

struct reading {
	struct config	*config;
	struct helio_err *err;
};

static int
on_pair(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *reading = arg;

	if (*section != '\0') {
		err_field(reading->err, section, "the file has no sections");
		return 0;
	}
	return config_set(reading->config, name, value, "file",
	    reading->err) == HELIO_OK;
}

enum helio_rc
config_file(struct config *config, const char *path, struct helio_err *err)
{
	struct reading reading = { config, err };
	FILE *file = fopen(path, "r");
	int line, error = errno;

	if (file != NULL) {
		line = ini_parse_file(file, on_pair, &reading);
		error = ferror(file) ? errno : 0;
		fclose(file);
	}
	if (error != 0 || file == NULL)
		return err_set(err, HELIO_E_IO, "%s: %s", path,
		    strerror(error));
	if (line == 0)
		return HELIO_OK;
	return err_set(err, HELIO_E_INVALID, "%s: line %d is not valid", path,
	    line);
}

enum helio_rc
config_environment(struct config *config, struct helio_err *err)
{
	for (size_t i = 0; i < CONFIG_ID_MAX; i++) {
		char name[64] = "HELIO_";
		const char *value;
		enum helio_rc rc;

		for (size_t at = 0; config_rows[i].name[at] != '\0'; at++) {
			char c = config_rows[i].name[at];

			name[6 + at] = c >= 'a' && c <= 'z' ? c - 32 : c;
		}
		value = getenv(name);
		if (value == NULL)
			continue;
		rc = config_set(config, config_rows[i].name, value,
		    "environment", err);
		if (rc != HELIO_OK)
			return rc;
	}
	return HELIO_OK;
}

const char *
config_text(const struct config *config, enum config_id id)
{
	return config->value[id];
}

long
config_number(const struct config *config, enum config_id id)
{
	return strtol(config->value[id], NULL, 10);
}

int64_t
config_size(const struct config *config, enum config_id id)
{
	return size_of(config->value[id]);
}

/* A secret that is set stays out of the print, as a comment. */
static void
print_value(const struct config_row *row, const char *value, FILE *out)
{
	if (row->kind == CONFIG_SECRET && *value != '\0')
		fprintf(out, "; %s is set, and not shown\n\n", row->name);
	else
		fprintf(out, "%s = %s\n\n", row->name, value);
}

void
config_print(const struct config *config, FILE *out)
{
	for (size_t i = 0; i < CONFIG_ID_MAX; i++) {
		const struct config_row *row = &config_rows[i];

		fprintf(out, "; %s%s%s%s\n; default %s, now from: %s\n",
		    row->help, *row->unit ? " [" : "", row->unit,
		    *row->unit ? "]" : "",
		    *row->fallback ? row->fallback : "(none)",
		    config->source[i]);
		print_value(row, config->value[i], out);
	}
}
