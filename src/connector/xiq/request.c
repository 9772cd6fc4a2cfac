/* Settings of the service, and the addresses of its calls. */
#include <string.h>

#include "client/internal.h"
#include "connector/xiq/internal.h"

static const char PATH[] = "/xapi/v1/monitor/clients";

/* What a value may be made of. */
enum shape { SHAPE_LINE, SHAPE_WORD, SHAPE_NUMBER };

static const struct {
	const char	*name;
	enum shape	 shape;
	bool		 required;
} rows[HELIO_XIQ_SETTINGS] = {
	[HELIO_XIQ_CLIENT_ID] = { "client id", SHAPE_LINE, true },
	[HELIO_XIQ_CLIENT_SECRET] = { "client secret", SHAPE_LINE, true },
	[HELIO_XIQ_REDIRECT_URI] = { "redirect URI", SHAPE_LINE, true },
	[HELIO_XIQ_TOKEN] = { "token", SHAPE_LINE, true },
	[HELIO_XIQ_OWNER] = { "owner id", SHAPE_WORD, true },
	[HELIO_XIQ_DATA_CENTER] = { "data centre", SHAPE_WORD, false },
	[HELIO_XIQ_URL] = { "URL", SHAPE_LINE, false },
	[HELIO_XIQ_PAGE_SIZE] = { "page size", SHAPE_NUMBER, false },
	[HELIO_XIQ_CA_FILE] = { "CA file", SHAPE_LINE, false },
};

static bool
has_shape(const char *value, enum shape shape)
{
	static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._";

	if (shape == SHAPE_WORD)
		return strspn(value, word) == strlen(value);
	if (shape == SHAPE_NUMBER)
		return strspn(value, "0123456789") == strlen(value) &&
		    strlen(value) < 10;
	return strpbrk(value, "\r\n") == NULL;
}

helio_code
xiq_settings_set(struct xiq_settings *settings, helio_xiq_setting which,
    const char *value, helio_error *error)
{
	char *copy = NULL;
	size_t n;

	if ((unsigned)which >= HELIO_XIQ_SETTINGS)
		return helio_error_set(error, HELIO_BAD_INPUT, "no such setting");
	if (value != NULL && !has_shape(value, rows[which].shape))
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "the %s has characters that cannot be sent",
		    rows[which].name);
	if (value != NULL && *value != '\0' && (copy = secret_copy(value)) == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	n = copy != NULL ? strlen(copy) : 0;
	if (which == HELIO_XIQ_URL && n > 0 && copy[n - 1] == '/')
		copy[n - 1] = '\0';
	secret_free(settings->text[which]);
	settings->text[which] = copy;
	return HELIO_DONE;
}

void
xiq_settings_clear(struct xiq_settings *settings)
{
	for (int i = 0; i < HELIO_XIQ_SETTINGS; i++) {
		secret_free(settings->text[i]);
		settings->text[i] = NULL;
	}
}

helio_code
xiq_settings_check(const struct xiq_settings *settings, helio_error *error)
{
	for (int i = 0; i < HELIO_XIQ_SETTINGS; i++)
		if (rows[i].required && settings->text[i] == NULL)
			return helio_error_set(error, HELIO_BAD_INPUT,
			    "the %s is missing", rows[i].name);
	if (settings->text[HELIO_XIQ_DATA_CENTER] == NULL &&
	    settings->text[HELIO_XIQ_URL] == NULL)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "the data centre is missing");
	return HELIO_DONE;
}

void
xiq_add_base(struct buf *out, const struct xiq_settings *settings)
{
	if (settings->text[HELIO_XIQ_URL] != NULL)
		buf_adds(out, settings->text[HELIO_XIQ_URL]);
	else
		buf_addf(out, "https://%s.extremecloudiq.com",
		    settings->text[HELIO_XIQ_DATA_CENTER]);
}

void
xiq_add_target(struct buf *out, const struct xiq_settings *settings,
    const struct xiq_window *window, unsigned page)
{
	buf_addf(out, "%s?ownerId=%s&startTime=%s&endTime=%s", PATH,
	    settings->text[HELIO_XIQ_OWNER], window->start, window->end);
	if (page > 0)
		buf_addf(out, "&page=%u", page);
	if (settings->text[HELIO_XIQ_PAGE_SIZE] != NULL)
		buf_addf(out, "&pageSize=%s",
		    settings->text[HELIO_XIQ_PAGE_SIZE]);
}
