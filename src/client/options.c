/* Options, error texts. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"

enum { TIMEOUT_MS = 30000, RETRIES = 3 };

const char *
helio_code_name(helio_code code)
{
	static const char *const names[] = {
		"done", "unreachable", "timed out", "denied", "forged",
		"bad input", "local", "unavailable",
	};

	return (size_t)code < sizeof(names) / sizeof(names[0]) ?
	    names[code] : "unknown";
}

helio_code
error_set(helio_error *error, helio_code code, const char *fmt, ...)
{
	va_list ap;

	error->code = code;
	va_start(ap, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, ap);
	va_end(ap);
	return code;
}

helio_options *
helio_options_new(void)
{
	helio_options *options = calloc(1, sizeof(*options));

	if (options != NULL) {
		options->timeout_ms = TIMEOUT_MS;
		options->retries = RETRIES;
	}
	return options;
}

static void
forget(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void
options_clear(struct helio_options *options)
{
	forget(&options->url);
	forget(&options->user);
	forget(&options->password);
	forget(&options->token);
	forget(&options->token_file);
	forget(&options->ca_file);
}

void
helio_options_free(helio_options *options)
{
	if (options == NULL)
		return;
	options_clear(options);
	free(options);
}

/* A lost copy shows as a missing option in helio_client_new(). */
static void
replace(char **text, const char *with)
{
	forget(text);
	if (with != NULL)
		*text = strdup(with);
}

bool
options_copy(struct helio_options *to, const struct helio_options *from)
{
	memset(to, 0, sizeof(*to));
	replace(&to->url, from->url);
	replace(&to->user, from->user);
	replace(&to->password, from->password);
	replace(&to->token, from->token);
	replace(&to->token_file, from->token_file);
	replace(&to->ca_file, from->ca_file);
	to->timeout_ms = from->timeout_ms;
	to->retries = from->retries;
	return to->url != NULL && !to->user == !from->user &&
	    !to->password == !from->password && !to->token == !from->token &&
	    !to->token_file == !from->token_file &&
	    !to->ca_file == !from->ca_file;
}

void
helio_options_url(helio_options *options, const char *url)
{
	size_t len;

	replace(&options->url, url);
	len = options->url != NULL ? strlen(options->url) : 0;
	if (len > 0 && options->url[len - 1] == '/')
		options->url[len - 1] = '\0';
}

void
helio_options_user(helio_options *options, const char *name,
    const char *password)
{
	replace(&options->user, name);
	replace(&options->password, password);
}

void
helio_options_token(helio_options *options, const char *token)
{
	replace(&options->token, token);
}

void
helio_options_token_file(helio_options *options, const char *path)
{
	replace(&options->token_file, path);
}

void
helio_options_timeout(helio_options *options, long ms)
{
	options->timeout_ms = ms;
}

void
helio_options_retries(helio_options *options, unsigned retries)
{
	options->retries = retries;
}

void
helio_options_ca_file(helio_options *options, const char *path)
{
	replace(&options->ca_file, path);
}
