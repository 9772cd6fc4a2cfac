/* Who is on which Wi-Fi: one page, then a capture of some hours into a file.
 * Arguments: URL, the end in seconds since 1970, the file. */
#include <helio/xiq.h>
#include <stdio.h>
#include <stdlib.h>

static helio_xiq *
open_service(const char *url, helio_error *error)
{
	const struct {
		helio_xiq_setting which;
		const char	*value;
	} settings[] = {
		{ HELIO_XIQ_URL, url },
		{ HELIO_XIQ_OWNER, getenv("XIQ_OWNER") },
		{ HELIO_XIQ_CLIENT_ID, getenv("XIQ_CLIENT_ID") },
		{ HELIO_XIQ_CLIENT_SECRET, getenv("XIQ_CLIENT_SECRET") },
		{ HELIO_XIQ_REDIRECT_URI, getenv("XIQ_REDIRECT_URI") },
		{ HELIO_XIQ_TOKEN, getenv("XIQ_TOKEN") },
		{ HELIO_XIQ_PAGE_SIZE, "100" },
	};
	helio_xiq *xiq = helio_xiq_new();

	for (size_t i = 0; xiq != NULL &&
	    i < sizeof(settings) / sizeof(settings[0]); i++)
		if (helio_xiq_set(xiq, settings[i].which, settings[i].value,
		    error) != HELIO_DONE) {
			helio_xiq_free(xiq);
			return NULL;
		}
	if (xiq != NULL)
		helio_xiq_timeout(xiq, 5000);
	return xiq;
}

static helio_code
one_page(helio_xiq *xiq, int64_t end_us, helio_error *error)
{
	helio_xiq_page *page = NULL;
	helio_code code = helio_xiq_get(xiq, end_us - INT64_C(3600000000),
	    end_us, 0, &page, error);
	const char *ssid, *id;

	if (code != HELIO_DONE)
		return code;
	printf("%d of %d clients\n", (int)helio_xiq_page_clients(page),
	    (int)helio_xiq_page_total(page));
	if (helio_xiq_page_clients(page) > 0) {
		helio_xiq_page_client(page, 0, &ssid, &id);
		printf("the first: %s on %s\n", id, ssid != NULL ? ssid :
		    "a cable");
	}
	helio_xiq_page_free(page);
	return HELIO_DONE;
}

static void
tell(void *arg, const helio_xiq_event *event)
{
	if (event->kind == HELIO_XIQ_COUNTED)
		printf("counted %s\n", event->start);
	else if (event->kind == HELIO_XIQ_TRY_FAILED)
		printf("try %u of %u: %s\n", event->n, event->of,
		    event->text);
}

/* An answer that is none is asked for again; nothing else is. */
static helio_xiq_answer
ask(void *arg, helio_xiq_question question, const helio_xiq_event *about)
{
	return question == HELIO_XIQ_ASK_ONCE ? HELIO_XIQ_YES : HELIO_XIQ_NO;
}

static void
print(void *arg, const char *start, const char *ssid, int64_t clients)
{
	printf("%s %s %d\n", start, ssid != NULL ? ssid : "-", (int)clients);
}

static helio_code
capture(helio_xiq *xiq, int64_t end_us, const char *file, helio_error *error)
{
	const helio_xiq_span span = { .size = sizeof(span), .now_us = end_us,
	    .hours = 2, .resume = true };
	const helio_xiq_owner owner = { .size = sizeof(owner), .tell = tell,
	    .ask = ask };
	helio_xiq_counts *counts = NULL;
	helio_xiq_result result;
	helio_code code = helio_xiq_counts_open(file, &counts, error);

	if (code == HELIO_DONE)
		code = helio_xiq_capture(xiq, &span, counts, &owner, &result,
		    error);
	if (code == HELIO_DONE) {
		helio_xiq_counts_each(counts, print, NULL);
		printf("%u counted, %u kept, %u skipped\n", result.counted,
		    result.kept, result.skipped);
	}
	helio_xiq_counts_free(counts);
	return code;
}

int
main(int argc, char **argv)
{
	helio_error error = { 0 };
	helio_code code = HELIO_BAD_INPUT;
	helio_xiq *xiq;
	int64_t end_us;

	if (argc != 4)
		return 2;
	end_us = strtoll(argv[2], NULL, 10) * 1000000;
	xiq = open_service(argv[1], &error);
	if (xiq != NULL)
		code = one_page(xiq, end_us, &error);
	if (code == HELIO_DONE)
		code = capture(xiq, end_us, argv[3], &error);
	if (code != HELIO_DONE)
		fprintf(stderr, "%s\n", error.text);
	helio_xiq_free(xiq);
	return code == HELIO_DONE ? 0 : 1;
}
