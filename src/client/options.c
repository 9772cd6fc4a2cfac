/* Options: a plain struct of copies behind setters. */
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"

helio_options *
helio_options_new(void)
{
	helio_options *options = calloc(1, sizeof(*options));

	if (options != NULL)
		*options = (helio_options){
			.timeout_ms = 30000, .connect_ms = 10000,
			.back_off_ms = 200, .back_off_most_ms = 10000,
			.retry_after_max_s = 60, .retries = 3,
			.reply_max = 256 << 20,
		};
	return options;
}

void
options_clear(struct helio_options *options)
{
	free(options->url);
	free(options->ca_file);
	free(options->token_file);
	free(options->user);
	secret_free(options->password);
	secret_free(options->token);
	for (size_t i = 0; i < options->n_headers; i++) {
		free(options->headers[i].name);
		secret_free(options->headers[i].value);
	}
	helio_keeper_free(options->keeper);
	memset(options, 0, sizeof(*options));
}

void
helio_options_free(helio_options *options)
{
	if (options == NULL)
		return;
	options_clear(options);
	free(options);
}

/* A lost copy shows when a handle is made of the options. */
static void
set_text(helio_options *options, char **text, const char *with)
{
	free(*text);
	*text = with != NULL ? strdup(with) : NULL;
	options->failed |= with != NULL && *text == NULL;
}

static void
set_secret(helio_options *options, char **secret, const char *with)
{
	secret_free(*secret);
	*secret = with != NULL ? secret_copy(with) : NULL;
	options->failed |= with != NULL && *secret == NULL;
}

bool
options_copy(struct helio_options *to, const struct helio_options *from)
{
	*to = *from;
	to->url = to->ca_file = to->token_file = to->user = NULL;
	to->password = to->token = NULL;
	to->n_headers = 0;
	to->keeper = NULL;
	set_text(to, &to->url, from->url);
	set_text(to, &to->ca_file, from->ca_file);
	set_text(to, &to->token_file, from->token_file);
	set_text(to, &to->user, from->user);
	set_secret(to, &to->password, from->password);
	set_secret(to, &to->token, from->token);
	for (size_t i = 0; i < from->n_headers; i++)
		helio_options_header(to, from->headers[i].name,
		    from->headers[i].value);
	helio_options_keeper(to, from->keeper);
	if (!to->failed)
		return true;
	options_clear(to);
	return false;
}

void
helio_options_url(helio_options *options, const char *url)
{
	size_t len;

	set_text(options, &options->url, url);
	len = options->url != NULL ? strlen(options->url) : 0;
	if (len > 0 && options->url[len - 1] == '/')
		options->url[len - 1] = '\0';
}

void
helio_options_user(helio_options *options, const char *name,
    const char *password)
{
	set_text(options, &options->user, name);
	set_secret(options, &options->password, password);
}

void
helio_options_token(helio_options *options, const char *token)
{
	set_secret(options, &options->token, token);
}

void
helio_options_token_file(helio_options *options, const char *path)
{
	set_text(options, &options->token_file, path);
}

void
helio_options_timeout(helio_options *options, long ms)
{
	options->timeout_ms = ms;
}

void
helio_options_connect_timeout(helio_options *options, long ms)
{
	options->connect_ms = ms;
}

void
helio_options_retries(helio_options *options, unsigned retries)
{
	options->retries = retries;
}

void
helio_options_back_off(helio_options *options, long first_ms, long most_ms)
{
	options->back_off_ms = first_ms > 0 ? first_ms : 1;
	options->back_off_most_ms = most_ms > first_ms ? most_ms :
	    options->back_off_ms;
}

void
helio_options_retry_after_max(helio_options *options, long s)
{
	options->retry_after_max_s = s;
}

void
helio_options_reply_max(helio_options *options, size_t bytes)
{
	options->reply_max = bytes;
}

void
helio_options_ca_file(helio_options *options, const char *path)
{
	set_text(options, &options->ca_file, path);
}

bool
header_is_sane(const char *name, const char *value)
{
	return *name != '\0' && name[strcspn(name, "\r\n:")] == '\0' &&
	    value[strcspn(value, "\r\n")] == '\0';
}

void
helio_options_header(helio_options *options, const char *name,
    const char *value)
{
	struct header *header;

	if (options->n_headers == OPTION_HEADERS_MAX ||
	    !header_is_sane(name, value)) {
		options->bad = true;
		return;
	}
	header = &options->headers[options->n_headers++];
	header->name = NULL;
	header->value = NULL;
	set_text(options, &header->name, name);
	set_secret(options, &header->value, value);
}

void
helio_options_loop(helio_options *options, helio_loop *loop)
{
	options->loop = loop;
}

void
helio_options_keeper(helio_options *options, helio_keeper *keeper)
{
	helio_keeper_free(options->keeper);
	options->keeper = keeper != NULL ? helio_keeper_share(keeper) : NULL;
}
