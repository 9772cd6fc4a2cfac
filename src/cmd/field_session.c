/* Settings of the field devices' API. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/field_session.h"
#include "helio/json.h"

/* What the seed's .env holds, and what its code has fixed. */
static const char *const names[] = {
	"ACCESS_TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET", "PASSWORD",
	"IPADDR", "PORT", "DEVKEY", "API_URL", "SUSPEND_PATH",
};

enum { NAMES = sizeof(names) / sizeof(names[0]), REQUIRED = 3 };

struct field_session {
	char		*value[NAMES];	/* owned, wiped */
	const char	*url;		/* of the command line, borrowed */
	helio_keeper	*keeper;
};

static int
index_of(const char *name, size_t n)
{
	for (int i = 0; i < NAMES; i++)
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
			return i;
	return -1;
}

static void
wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* ---- the file ---- */

/* The value without blanks around it and without its quotes. */
static char *
value_of(const char *s, size_t n)
{
	while (n > 0 && (*s == ' ' || *s == '\t'))
		s++, n--;
	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		n--;
	if (n >= 2 && (*s == '"' || *s == '\'') && s[n - 1] == *s)
		s++, n -= 2;
	return strndup(s, n);
}

/* NAME=VALUE, also behind "export"; other lines and names are not ours. */
static void
take_line(struct field_session *session, const char *s, size_t n)
{
	static const char export[] = "export ";
	const char *equals;
	size_t name_n;
	int i;

	if (n > sizeof(export) && memcmp(s, export, sizeof(export) - 1) == 0) {
		s += sizeof(export) - 1;
		n -= sizeof(export) - 1;
	}
	equals = memchr(s, '=', n);
	if (equals == NULL)
		return;
	name_n = (size_t)(equals - s);
	while (name_n > 0 && s[name_n - 1] == ' ')
		name_n--;
	i = index_of(s, name_n);
	if (i < 0)
		return;
	wipe(session->value[i]);
	session->value[i] = value_of(equals + 1,
	    n - (size_t)(equals + 1 - s));
}

static bool
is_private(FILE *file, const char *path)
{
	struct stat st;

	if (fstat(fileno(file), &st) == 0 && (st.st_mode & 077) == 0)
		return true;
	fprintf(stderr, "helio: %s can be read by others\n"
	    "'chmod 600 %s' keeps its secrets\n", path, path);
	return false;
}

static bool
read_env(struct field_session *session, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	bool ok;

	if (file == NULL) {
		say_error(NULL, "%s: %m", path);
		return false;
	}
	ok = is_private(file, path);
	while (ok && (n = getline(&line, &cap, file)) >= 0)
		take_line(session, line, (size_t)n - (n > 0 &&
		    line[n - 1] == '\n'));
	if (ok && ferror(file)) {
		say_error(NULL, "%s: %m", path);
		ok = false;
	}
	if (line != NULL)
		explicit_bzero(line, cap);
	free(line);
	fclose(file);
	return ok;
}

/* ---- the session ---- */

static void
read_environment(struct field_session *session)
{
	for (size_t i = 0; i < NAMES; i++) {
		const char *value = getenv(names[i]);

		if (value == NULL)
			continue;
		wipe(session->value[i]);
		session->value[i] = strdup(value);
	}
}

static bool
check(const struct field_session *session)
{
	for (size_t i = 0; i < REQUIRED; i++) {
		if (session->value[i] != NULL && *session->value[i] != '\0')
			continue;
		say_error("set it in the environment, or name a file with "
		    "--env", "%s is not set", names[i]);
		return false;
	}
	return true;
}

const char *
field_session_value(const struct field_session *session, const char *name)
{
	int i = index_of(name, strlen(name));

	return i >= 0 ? session->value[i] : NULL;
}

static helio_field_config
config_of(const struct field_session *session)
{
	return (helio_field_config){
		.size = sizeof(helio_field_config),
		.url = session->url != NULL ? session->url :
		    field_session_value(session, "API_URL"),
		.token_url = field_session_value(session, "ACCESS_TOKEN_URL"),
		.client_id = field_session_value(session, "CLIENT_ID"),
		.client_secret = field_session_value(session,
		    "CLIENT_SECRET"),
		.devkey = field_session_value(session, "DEVKEY"),
		.suspend_path = field_session_value(session, "SUSPEND_PATH"),
		.ca_file = getenv("HELIO_CA_FILE"),
	};
}

struct field_session *
field_session_open(const struct field_where *where)
{
	struct field_session *session = calloc(1, sizeof(*session));
	helio_field_config config;
	helio_error error;

	if (session == NULL) {
		say_error(NULL, "out of memory");
		return NULL;
	}
	no_core_file();
	session->url = where->url;
	if (where->env == NULL || read_env(session, where->env)) {
		read_environment(session);
		if (check(session)) {
			config = config_of(session);
			if (helio_field_keeper(&config, &session->keeper,
			    &error) == HELIO_DONE)
				return session;
			say_error(NULL, "%s", error.text);
		}
	}
	field_session_free(session);
	return NULL;
}

void
field_session_free(struct field_session *session)
{
	if (session == NULL)
		return;
	for (size_t i = 0; i < NAMES; i++)
		wipe(session->value[i]);
	helio_keeper_free(session->keeper);
	free(session);
}

helio_field *
field_session_client(const struct field_session *session)
{
	helio_field_config config = config_of(session);
	helio_field *field = NULL;
	helio_error error;

	if (helio_field_new(&config, session->keeper, &field, &error) !=
	    HELIO_DONE)
		say_error(NULL, "%s", error.text);
	return field;
}

char *
field_body_json(const helio_field_answer *answer)
{
	helio_json *value = NULL;
	helio_error error;
	char *text = NULL;

	if (helio_json_parse(answer->body, strlen(answer->body), &value,
	    &error) == HELIO_DONE)
		text = helio_json_dump(value, "");
	helio_json_free(value);
	return text;
}

int
field_exit(helio_code code)
{
	switch (code) {
	case HELIO_DONE:
		return EXIT_OK;
	case HELIO_DENIED:
	case HELIO_REFUSED:
		return EXIT_REFUSED;
	case HELIO_UNAVAILABLE:
		return EXIT_SERVER;
	case HELIO_UNREACHABLE:
	case HELIO_TIMED_OUT:
		return EXIT_UNREACHABLE;
	default:
		return EXIT_FAILED;
	}
}
