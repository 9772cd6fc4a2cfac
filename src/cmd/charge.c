/* What the `helio charge` commands share. */
#include "cmd/charge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "cmd/session.h"

enum { TOKEN_TEXT_MAX = 1024, VALUE_SIZE = 256, NAME_SIZE = 128 };

static const char TOKEN_HINT[] =
    "make one in the driver portal; set HELIO_CHARGE_TOKEN or --token-file\n"
    "'helio charge login --help' tells more";

/* ---- settings ---- */

/* The first line of the file, without its end. */
static bool
read_token(const char *path, char *out, size_t size)
{
	FILE *file = fopen(path, "re");
	bool ok = file != NULL && fgets(out, (int)size, file) != NULL;

	if (file != NULL)
		fclose(file);
	if (ok)
		out[strcspn(out, "\r\n")] = '\0';
	else
		say_error(NULL, "%s: no token can be read from it", path);
	return ok;
}

static bool
find_token(const struct charge_flags *flags, char *out, size_t size)
{
	const char *given = getenv("HELIO_CHARGE_TOKEN");

	no_core_file();
	if (flags->token_file != NULL)
		return read_token(flags->token_file, out, size);
	if (given == NULL || *given == '\0' || strlen(given) >= size) {
		say_error(TOKEN_HINT, "which API token?");
		return false;
	}
	strcpy(out, given);
	return true;
}

static bool
find_generation(const char *text, helio_bc_generation *ret)
{
	*ret = HELIO_BC_TODAY;
	if (text == NULL)
		return true;
	if (strcmp(text, "2022") == 0)
		*ret = HELIO_BC_2022;
	else if (strcmp(text, "2025") == 0)
		*ret = HELIO_BC_2025;
	else
		say_error(NULL, "--generation is 2022 or 2025, not '%s'",
		    text);
	return *ret != HELIO_BC_TODAY;
}

static helio_bc *
make(const struct charge_flags *flags, const char *token,
    helio_bc_generation generation)
{
	helio_options *options = helio_options_new();
	const char *url = flags->url != NULL ? flags->url :
	    getenv("HELIO_CHARGE_URL");
	helio_bc *bc = NULL;
	helio_error error;

	if (options == NULL) {
		say_error(NULL, "out of memory");
		return NULL;
	}
	if (url != NULL)
		helio_options_url(options, url);
	if (getenv("HELIO_CA_FILE") != NULL)
		helio_options_ca_file(options, getenv("HELIO_CA_FILE"));
	if (flags->timeout > 0) {
		helio_options_timeout(options, flags->timeout * 1000);
		helio_options_connect_timeout(options, flags->timeout * 1000);
	}
	if (helio_bc_new(options, token, &bc, &error) == HELIO_DONE)
		helio_bc_set_generation(bc, generation);
	else
		say_error(NULL, "%s", error.text);
	helio_options_free(options);
	return bc;
}

helio_bc *
charge_open(const struct charge_flags *flags)
{
	char token[TOKEN_TEXT_MAX];
	helio_bc_generation generation;
	helio_bc *bc = NULL;

	if (find_generation(flags->generation, &generation) &&
	    find_token(flags, token, sizeof(token)))
		bc = make(flags, token, generation);
	explicit_bzero(token, sizeof(token));
	return bc;
}

int
charge_connect(helio_bc *bc)
{
	helio_error error;
	helio_code code;

	say_progress("connecting");
	code = helio_bc_connect(bc, &error);
	say_progress("%s", "");
	return code == HELIO_DONE ? EXIT_OK : charge_failed(bc, code, &error);
}

int
charge_failed(helio_bc *bc, helio_code code, const helio_error *error)
{
	int64_t wait_s = helio_bc_reset_delta_us(time_now_us()) / US_PER_S;
	char hint[80];

	snprintf(hint, sizeof(hint), "the limit is reset in %d h %d min",
	    (int)(wait_s / 3600), (int)(wait_s / 60 % 60));
	switch (helio_bc_last_fault(bc)) {
	case HELIO_BC_LIMIT:
		say_error(hint, "%s", error->text);
		break;
	case HELIO_BC_ALREADY:
		say_error("the service takes one connection from an address",
		    "%s", error->text);
		break;
	case HELIO_BC_TOKEN:
		say_error(TOKEN_HINT, "%s", error->text);
		break;
	default:
		say_error(NULL, "%s", error->text);
		break;
	}
	return session_exit(code, NULL);
}

/* ---- showing ---- */

json_t *
charge_value(const helio_bc_message *message)
{
	return json_loads(helio_bc_message_json(message), 0, NULL);
}

const char *
charge_text(const json_t *value, char *out, size_t size)
{
	char *dump;

	switch (value != NULL ? json_typeof(value) : JSON_NULL) {
	case JSON_NULL:
		snprintf(out, size, "-");
		break;
	case JSON_STRING:
		snprintf(out, size, "%s", json_string_value(value));
		break;
	case JSON_REAL:
		snprintf(out, size, "%.10g", json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		snprintf(out, size, json_is_true(value) ? "yes" : "no");
		break;
	default:
		dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		snprintf(out, size, "%s", dump != NULL ? dump : "");
		free(dump);
		break;
	}
	for (char *at = out; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '?';
	return out;
}

static void
print_below(const json_t *object, const char *prefix)
{
	char name[NAME_SIZE], text[VALUE_SIZE];
	const char *member;
	json_t *value;

	json_object_foreach((json_t *)object, member, value) {
		json_t *label = json_sprintf("%s%s", prefix, member);

		charge_text(label, name, sizeof(name));
		json_decref(label);
		if (json_is_object(value)) {
			strncat(name, ".", sizeof(name) - strlen(name) - 1);
			print_below(value, name);
		} else {
			printf("%-28s %s\n", name, charge_text(value, text,
			    sizeof(text)));
		}
	}
}

void
charge_print_members(const json_t *object)
{
	print_below(object, "");
}
