/* Wi-Fi counts: windows, addresses, replies, the file, and captures whose
 * answers are made up here. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/times.h"
#include "connector/xiq/internal.h"

static int64_t
us(const char *text)
{
	int64_t at_us;

	assert_true(xiq_time(text, &at_us));
	return at_us;
}

/* ---- windows (fact: section 3) ---- */

static void
a_day_begins_at_the_full_hour(void **state)
{
	const helio_xiq_span span = { .now_us = us("2020-11-23T17:12:34") };
	struct xiq_window first = xiq_window(&span, 0);
	struct xiq_window last = xiq_window(&span, 24);

	assert_int_equal(xiq_windows(&span), 25);
	assert_string_equal(first.start, "2020-11-22T17:00:00.000Z");
	assert_string_equal(first.end, "2020-11-22T18:00:00.000Z");
	assert_string_equal(last.end, "2020-11-23T18:00:00.000Z");
}

static void
on_the_hour_there_is_one_less(void **state)
{
	const helio_xiq_span span = { .now_us = us("2020-11-23T17:00:00") };

	assert_int_equal(xiq_windows(&span), 24);
}

static void
steps_and_hours(void **state)
{
	const helio_xiq_span span = { .now_us = us("2020-11-23T17:30:00"),
	    .hours = 6, .step = 4 };

	assert_int_equal(xiq_windows(&span), 2);
	assert_string_equal(xiq_window(&span, 1).start,
	    "2020-11-23T15:00:00.000Z");
	assert_string_equal(xiq_window(&span, 1).end,
	    "2020-11-23T19:00:00.000Z");
}

static void
too_many_windows_are_none(void **state)
{
	const helio_xiq_span span = { .now_us = us("2020-11-23T17:00:00"),
	    .hours = 24 * 400 };

	assert_int_equal(xiq_windows(&span), 0);
}

/* ---- addresses (section 1) ---- */

static void
set(struct xiq_settings *settings, helio_xiq_setting which, const char *text)
{
	helio_error error;

	assert_int_equal(xiq_settings_set(settings, which, text, &error),
	    HELIO_DONE);
}

static void
target_is(const struct xiq_settings *settings, unsigned page,
    const char *wanted)
{
	struct xiq_window window = xiq_window_of(us("2020-11-20T19:00:00"),
	    us("2020-11-20T20:00:00"));
	struct buf url = BUF_INIT;

	xiq_add_base(&url, settings);
	xiq_add_target(&url, settings, &window, page);
	assert_string_equal(url.data, wanted);
	buf_free(&url);
}

static void
addresses_are_the_seeds(void **state)
{
	struct xiq_settings settings = { 0 };

	set(&settings, HELIO_XIQ_OWNER, "94009");
	set(&settings, HELIO_XIQ_DATA_CENTER, "ava");
	target_is(&settings, 0, "https://ava.extremecloudiq.com/xapi/v1/"
	    "monitor/clients?ownerId=94009&startTime=2020-11-20T19:00:00.000Z"
	    "&endTime=2020-11-20T20:00:00.000Z");
	target_is(&settings, 8, "https://ava.extremecloudiq.com/xapi/v1/"
	    "monitor/clients?ownerId=94009&startTime=2020-11-20T19:00:00.000Z"
	    "&endTime=2020-11-20T20:00:00.000Z&page=8");
	set(&settings, HELIO_XIQ_PAGE_SIZE, "100");
	set(&settings, HELIO_XIQ_URL, "http://127.0.0.1:8/");
	target_is(&settings, 1, "http://127.0.0.1:8/xapi/v1/"
	    "monitor/clients?ownerId=94009&startTime=2020-11-20T19:00:00.000Z"
	    "&endTime=2020-11-20T20:00:00.000Z&page=1&pageSize=100");
	xiq_settings_clear(&settings);
}

static void
settings_that_cannot_be(void **state)
{
	static const struct {
		helio_xiq_setting which;
		const char	*value;
	} bad[] = {
		{ HELIO_XIQ_OWNER, "1&x=2" }, { HELIO_XIQ_OWNER, "a b" },
		{ HELIO_XIQ_DATA_CENTER, "ava/.." },
		{ HELIO_XIQ_PAGE_SIZE, "-1" }, { HELIO_XIQ_PAGE_SIZE, "1e3" },
		{ HELIO_XIQ_TOKEN, "a\r\nX: b" },
		{ HELIO_XIQ_SETTINGS, "x" },
	};
	struct xiq_settings settings = { 0 };
	helio_error error;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(xiq_settings_set(&settings, bad[i].which,
		    bad[i].value, &error), HELIO_BAD_INPUT);
	assert_int_equal(xiq_settings_check(&settings, &error),
	    HELIO_BAD_INPUT);
	assert_non_null(strstr(error.text, "client id"));
	xiq_settings_clear(&settings);
}

/* ---- replies (section 2) ---- */

static helio_xiq_fault
parse(const char *body, helio_xiq_page **ret, char text[XIQ_TEXT_SIZE])
{
	return xiq_page_read(body, strlen(body), ret, text);
}

static void
a_page_of_clients(void **state)
{
	char text[XIQ_TEXT_SIZE];
	helio_xiq_page *page = NULL;
	const char *ssid, *id;

	assert_int_equal(parse("{\"data\": [{\"ssid\": \"A\", \"clientId\": "
	    "7}, {\"ssid\": null, \"clientId\": \"x\"}], \"pagination\": "
	    "{\"totalCount\": 5, \"countInPage\": 2}, \"error\": null}",
	    &page, text), HELIO_XIQ_FINE);
	assert_int_equal(helio_xiq_page_clients(page), 2);
	assert_int_equal(helio_xiq_page_total(page), 5);
	assert_int_equal(xiq_page_count(page), 3);
	helio_xiq_page_client(page, 0, &ssid, &id);
	assert_string_equal(ssid, "A");
	assert_string_equal(id, "7");
	helio_xiq_page_client(page, 1, &ssid, &id);
	assert_null(ssid);
	assert_string_equal(id, "x");
	helio_xiq_page_free(page);
}

static void
an_error_is_told_by_its_member(void **state)
{
	char text[XIQ_TEXT_SIZE];
	helio_xiq_page *page = NULL;

	assert_int_equal(parse("{\"data\": null, \"error\": {\"status\": 401, "
	    "\"message\": \"no\"}}", &page, text), HELIO_XIQ_API_ERROR);
	assert_string_equal(text, "Status Code 401: no");
	assert_int_equal(parse("{\"error\": {\"status\": \"x1\"}}", &page,
	    text), HELIO_XIQ_API_ERROR);
	assert_string_equal(text, "Status Code x1: ");
	assert_null(page);
}

static void
answers_that_are_none(void **state)
{
	static const char *const bodies[] = {
		"", "<html>", "[]", "5", "{}", "{\"data\": {}}",
		"{\"data\": [1]}", "{\"data\": [}", "{\"data\": []} x",
	};
	char text[XIQ_TEXT_SIZE];
	helio_xiq_page *page = NULL;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(parse(bodies[i], &page, text),
		    HELIO_XIQ_UNKNOWN);
	assert_null(page);
}

static unsigned
pages(const char *pagination)
{
	char text[XIQ_TEXT_SIZE];
	helio_xiq_page *page = NULL;
	struct buf body = BUF_INIT;
	unsigned n;

	buf_addf(&body, "{\"data\": []%s}", pagination);
	assert_int_equal(parse(body.data, &page, text), HELIO_XIQ_FINE);
	n = xiq_page_count(page);
	helio_xiq_page_free(page);
	buf_free(&body);
	return n;
}

#define PAGINATION(total, in_page) ", \"pagination\": {\"totalCount\": " \
	total ", \"countInPage\": " in_page "}"

static void
how_many_pages(void **state)
{
	assert_int_equal(pages(PAGINATION("0", "0")), 1);
	assert_int_equal(pages(PAGINATION("500", "500")), 1);
	assert_int_equal(pages(PAGINATION("501", "500")), 2);
	assert_int_equal(pages(PAGINATION("1000", "500")), 2);
	assert_int_equal(pages(PAGINATION("5", "0")), 0);
	assert_int_equal(pages(PAGINATION("-5", "1")), 0);
	assert_int_equal(pages(PAGINATION("5", "-1")), 0);
	assert_int_equal(pages(PAGINATION("9223372036854775807", "1")), 0);
	assert_int_equal(pages(PAGINATION("\"5\"", "1")), 0);
	assert_int_equal(pages(""), 0);
}

/* ---- captures ---- */

enum { SCRIPT_MAX = 64 };

/* What a made-up service has, and what was asked of it. */
struct service {
	const char	*script[SCRIPT_MAX];	/* answers in turn */
	size_t		 at;
	struct buf	 asked;		/* "start/page " .. */
	struct buf	 told;		/* a letter for each event */
	const char	*answers;	/* y, n or s in turn */
	helio_xiq_counts *counts;
	helio_xiq_result result;
};

static helio_xiq_fault
fetch(void *arg, const struct xiq_window *window, unsigned page,
    helio_xiq_page **ret, char text[XIQ_TEXT_SIZE])
{
	struct service *service = arg;
	const char *body = service->script[service->at++];

	assert_non_null(body);
	buf_addf(&service->asked, "%.2s/%u ", window->start + 11, page);
	if (strcmp(body, "down") == 0) {
		snprintf(text, XIQ_TEXT_SIZE, "no connection");
		return HELIO_XIQ_TRANSPORT;
	}
	return xiq_page_read(body, strlen(body), ret, text);
}

static void
address(void *arg, const struct xiq_window *window, unsigned page,
    struct buf *out)
{
	buf_addf(out, "http://x/%.2s/%u", window->start + 11, page);
}

static void
tell(void *arg, const helio_xiq_event *event)
{
	static const char letters[] = "wfcpPSrdRsCKkt+Tl";
	struct service *service = arg;

	buf_addc(&service->told, letters[event->kind]);
}

static helio_xiq_answer
ask(void *arg, helio_xiq_question question, const helio_xiq_event *about)
{
	static const char letters[] = "123";
	struct service *service = arg;
	char answer = *service->answers++;

	buf_addc(&service->told, letters[question]);
	return answer == 'y' ? HELIO_XIQ_YES : answer == 's' ?
	    HELIO_XIQ_STOP : HELIO_XIQ_NO;
}

static void
capture(struct service *service, const helio_xiq_span *span)
{
	const struct xiq_world world = { service, fetch, address };
	const helio_xiq_owner owner = { sizeof(owner), service, tell, ask };
	helio_error error;

	if (service->counts == NULL)
		assert_int_equal(helio_xiq_counts_open(NULL, &service->counts,
		    &error), HELIO_DONE);
	assert_int_equal(xiq_capture(&world, span, service->counts, &owner,
	    &service->result, &error), HELIO_DONE);
	buf_addc(&service->told, '.');
	buf_addc(&service->asked, '.');
}

static void
done(struct service *service)
{
	assert_null(service->script[service->at]);
	helio_xiq_counts_free(service->counts);
	buf_free(&service->asked);
	buf_free(&service->told);
}

static int64_t
count_of(const struct service *service, const char *start, const char *ssid)
{
	return json_integer_value(json_object_get(json_object_get(
	    service->counts->windows, start), ssid));
}

#define CLIENT(ssid, id) "{\"ssid\": \"" ssid "\", \"clientId\": " id "}"
#define REPLY(data, total, in_page) "{\"data\": [" data "]" \
	PAGINATION(total, in_page) "}"
#define ERROR "{\"error\": {\"status\": 500, \"message\": \"oh\"}}"
#define ONE REPLY(CLIENT("A", "1"), "1", "1")
#define FIRST REPLY(CLIENT("A", "1") "," CLIENT("B", "2"), "4", "2")
#define SECOND REPLY(CLIENT("A", "1") "," CLIENT("A", "3"), "4", "2")

static const char AT_9[] = "2020-11-23T09:00:00.000Z";
static const char AT_10[] = "2020-11-23T10:00:00.000Z";

/* One window from 9 to 10; two with hours = 2 and a later now. */
static helio_xiq_span
span_of(unsigned hours)
{
	return (helio_xiq_span){ .hours = hours,
	    .now_us = us(hours == 1 ? "2020-11-23T10:00:00" :
	    "2020-11-23T11:00:00") };
}

static void
clients_count_once_in_a_window(void **state)
{
	struct service service = { .script = { FIRST, SECOND, ONE } };
	helio_xiq_span span = span_of(2);

	capture(&service, &span);
	assert_string_equal(service.asked.data, "09/0 09/1 10/0 .");
	assert_string_equal(service.told.data, "wcpCwcC.");
	assert_int_equal(count_of(&service, AT_9, "A"), 2);
	assert_int_equal(count_of(&service, AT_9, "B"), 1);
	/* and do not run over into the next one */
	assert_int_equal(count_of(&service, AT_10, "A"), 1);
	assert_int_equal(count_of(&service, AT_10, "B"), 0);
	assert_int_equal(service.result.counted, 2);
	done(&service);
}

static void
five_tries_then_a_question(void **state)
{
	struct service service = { .script = { ERROR, "down", ERROR, "down",
	    ERROR, ERROR, ONE }, .answers = "y" };
	helio_xiq_span span = span_of(1);

	capture(&service, &span);
	assert_string_equal(service.told.data, "wfffff2fcC.");
	assert_int_equal(service.result.skipped, 0);
	done(&service);
}

static void
no_means_the_next_window(void **state)
{
	struct service service = { .script = { ERROR, ERROR, ERROR, ERROR,
	    ERROR, ONE }, .answers = "n" };
	helio_xiq_span span = span_of(2);

	capture(&service, &span);
	assert_string_equal(service.asked.data,
	    "09/0 09/0 09/0 09/0 09/0 10/0 .");
	assert_string_equal(service.told.data, "wfffff2KwcC.");
	assert_int_equal(service.result.skipped, 1);
	assert_null(json_object_get(service.counts->windows, AT_9));
	done(&service);
}

static void
an_answer_that_is_none_asks_at_once(void **state)
{
	struct service service = { .script = { "<html>", "{}", ONE,
	    REPLY("", "5", "0") }, .answers = "yyn" };
	helio_xiq_span span = span_of(2);

	capture(&service, &span);
	assert_string_equal(service.told.data, "wf1f1cCwf1K.");
	done(&service);
}

static void
stop_is_the_end(void **state)
{
	struct service service = { .script = { "<html>" }, .answers = "s" };
	helio_xiq_span span = span_of(2);

	capture(&service, &span);
	assert_string_equal(service.told.data, "wf1K.");
	assert_true(service.result.stopped);
	done(&service);
}

static void
a_page_has_a_second_chance(void **state)
{
	struct service service = { .script = { FIRST, "down", SECOND } };
	helio_xiq_span span = span_of(1);

	capture(&service, &span);
	assert_string_equal(service.asked.data, "09/0 09/1 09/1 .");
	assert_string_equal(service.told.data, "wcpPSrdsC.");
	assert_int_equal(count_of(&service, AT_9, "A"), 2);
	assert_int_equal(service.result.calls_left, 0);
	done(&service);
}

static void
a_page_has_a_third_chance(void **state)
{
	struct service service = { .script = { FIRST, "down", ERROR, ONE,
	    ERROR, SECOND }, .answers = "yy" };
	helio_xiq_span span = span_of(2);

	capture(&service, &span);
	assert_string_equal(service.asked.data,
	    "09/0 09/1 09/1 10/0 09/1 09/1 .");
	assert_string_equal(service.told.data, "wcpPSrRsCwcC3tT3t+.");
	/* added to what its window had, each client once */
	assert_int_equal(count_of(&service, AT_9, "A"), 2);
	assert_int_equal(count_of(&service, AT_9, "B"), 1);
	assert_int_equal(count_of(&service, AT_10, "A"), 1);
	assert_int_equal(json_object_size(service.counts->failed), 0);
	done(&service);
}

static void
what_is_left_is_told(void **state)
{
	struct service service = { .script = { FIRST, "down", ERROR },
	    .answers = "n" };
	helio_xiq_span span = span_of(1);

	capture(&service, &span);
	assert_string_equal(service.told.data, "wcpPSrRsC3l.");
	assert_int_equal(service.result.calls_left, 1);
	assert_non_null(json_object_get(service.counts->failed,
	    "http://x/09/1::2020-11-23T09:00:00.000Z"));
	done(&service);
}

static void
nobody_to_ask(void **state)
{
	static const helio_xiq_owner nobody = { sizeof(nobody), NULL,
	    NULL, NULL };
	struct service service = { .script = { "<html>", ONE } };
	const struct xiq_world world = { &service, fetch, address };
	helio_xiq_span span = span_of(2);
	helio_error error;

	assert_int_equal(helio_xiq_counts_open(NULL, &service.counts, &error),
	    HELIO_DONE);
	assert_int_equal(xiq_capture(&world, &span, service.counts, &nobody,
	    &service.result, &error), HELIO_DONE);
	assert_int_equal(service.result.skipped, 1);
	assert_int_equal(service.result.counted, 1);
	done(&service);
}

/* ---- the file ---- */

struct folder {
	char		 path[64], file[96], failed[112];
};

static int
folder_up(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	strcpy(folder->path, "/tmp/helio-xiq-XXXXXX");
	if (mkdtemp(folder->path) == NULL)
		return -1;
	snprintf(folder->file, sizeof(folder->file), "%s/data.json",
	    folder->path);
	snprintf(folder->failed, sizeof(folder->failed), "%s.failed",
	    folder->file);
	*state = folder;
	return 0;
}

static int
folder_down(void **state)
{
	struct folder *folder = *state;

	unlink(folder->file);
	unlink(folder->failed);
	rmdir(folder->path);
	free(folder);
	return 0;
}

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static char *
get(const char *path)
{
	static char text[1024];
	FILE *file = fopen(path, "r");
	size_t n = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file == NULL)
		return NULL;
	fclose(file);
	text[n] = '\0';
	return text;
}

static void
open_file(struct service *service, const struct folder *folder)
{
	helio_error error;

	assert_int_equal(helio_xiq_counts_open(folder->file,
	    &service->counts, &error), HELIO_DONE);
}

static void
the_file_is_merged_and_of_the_known_form(void **state)
{
	const struct folder *folder = *state;
	struct service service = { .script = { FIRST, SECOND } };
	helio_xiq_span span = span_of(1);

	put(folder->file, "{\"2020-11-22T09:00:00.000Z\": {\"Caf\\u00e9\": "
	    "3}, \"2020-11-23T09:00:00.000Z\": {\"old\": 9}}");
	open_file(&service, folder);
	capture(&service, &span);
	assert_string_equal(get(folder->file),
	    "{\"2020-11-22T09:00:00.000Z\": {\"Caf\\u00E9\": 3}, "
	    "\"2020-11-23T09:00:00.000Z\": {\"A\": 2, \"B\": 1}}");
	assert_null(get(folder->failed));
	done(&service);
}

static void
what_failed_is_kept_beside_it(void **state)
{
	const struct folder *folder = *state;
	struct service service = { .script = { FIRST, "down", "down" },
	    .answers = "n" };
	struct service again = { .script = { FIRST, SECOND } };
	helio_xiq_span span = span_of(1);

	open_file(&service, folder);
	capture(&service, &span);
	done(&service);
	assert_string_equal(get(folder->failed),
	    "http://x/09/1::2020-11-23T09:00:00.000Z\n");
	/* such a window is not whole: a resumed run takes it anew */
	span.resume = true;
	open_file(&again, folder);
	capture(&again, &span);
	assert_string_equal(again.told.data, "wcpC.");
	assert_null(get(folder->failed));
	done(&again);
}

static void
whole_windows_are_not_taken_again(void **state)
{
	const struct folder *folder = *state;
	struct service service = { .script = { ONE } };
	helio_xiq_span span = span_of(2);

	span.resume = true;
	put(folder->file, "{\"2020-11-23T09:00:00.000Z\": {\"A\": 5}}");
	open_file(&service, folder);
	capture(&service, &span);
	assert_string_equal(service.asked.data, "10/0 .");
	assert_string_equal(service.told.data, "kwcC.");
	assert_int_equal(count_of(&service, AT_9, "A"), 5);
	assert_int_equal(service.result.kept, 1);
	done(&service);
}

static void
a_window_that_was_running_is_taken_again(void **state)
{
	const struct folder *folder = *state;
	struct timespec times[2] = {
		{ us("2020-11-23T09:30:00") / 1000000, 0 },
		{ us("2020-11-23T09:30:00") / 1000000, 0 },
	};
	struct service stopped = { .script = { "<html>" }, .answers = "s" };
	struct service service = { .script = { ONE, ONE } };
	helio_xiq_span span = span_of(2);

	span.resume = true;
	put(folder->file, "{\"2020-11-23T09:00:00.000Z\": {\"A\": 5}}");
	assert_int_equal(utimensat(AT_FDCWD, folder->file, times, 0), 0);
	open_file(&stopped, folder);
	capture(&stopped, &span);
	done(&stopped);
	/* the file is newer now, and the window as old as it was */
	open_file(&service, folder);
	capture(&service, &span);
	assert_string_equal(service.told.data, "wcCwcC.");
	assert_int_equal(count_of(&service, AT_9, "A"), 1);
	done(&service);
}

static void
files_of_another_kind(void **state)
{
	static const char *const texts[] = { "", "[]", "{\"a\": 1}",
	    "{\"a\": {\"b\": \"c\"}}", "{\"a\": {}" };
	const struct folder *folder = *state;
	helio_xiq_counts *counts = NULL;
	helio_error error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put(folder->file, texts[i]);
		assert_int_equal(helio_xiq_counts_open(folder->file, &counts,
		    &error), HELIO_LOCAL);
		assert_non_null(strstr(error.text, folder->file));
		assert_string_equal(get(folder->file), texts[i]);
	}
	assert_null(counts);
}

static void
a_file_that_cannot_be_written(void **state)
{
	static const helio_xiq_owner nobody = { sizeof(nobody), NULL,
	    NULL, NULL };
	struct service service = { .script = { ONE } };
	const struct xiq_world world = { &service, fetch, address };
	helio_xiq_span span = span_of(1);
	helio_error error;

	assert_int_equal(helio_xiq_counts_open("/no/such/folder/x",
	    &service.counts, &error), HELIO_DONE);
	assert_int_equal(xiq_capture(&world, &span, service.counts, &nobody,
	    &service.result, &error), HELIO_LOCAL);
	assert_non_null(strstr(error.text, "/no/such/folder/x"));
	done(&service);
}

#define ON_FILE(name) cmocka_unit_test_setup_teardown(name, folder_up, \
	folder_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_begins_at_the_full_hour),
		cmocka_unit_test(on_the_hour_there_is_one_less),
		cmocka_unit_test(steps_and_hours),
		cmocka_unit_test(too_many_windows_are_none),
		cmocka_unit_test(addresses_are_the_seeds),
		cmocka_unit_test(settings_that_cannot_be),
		cmocka_unit_test(a_page_of_clients),
		cmocka_unit_test(an_error_is_told_by_its_member),
		cmocka_unit_test(answers_that_are_none),
		cmocka_unit_test(how_many_pages),
		cmocka_unit_test(clients_count_once_in_a_window),
		cmocka_unit_test(five_tries_then_a_question),
		cmocka_unit_test(no_means_the_next_window),
		cmocka_unit_test(an_answer_that_is_none_asks_at_once),
		cmocka_unit_test(stop_is_the_end),
		cmocka_unit_test(a_page_has_a_second_chance),
		cmocka_unit_test(a_page_has_a_third_chance),
		cmocka_unit_test(what_is_left_is_told),
		cmocka_unit_test(nobody_to_ask),
		ON_FILE(the_file_is_merged_and_of_the_known_form),
		ON_FILE(what_failed_is_kept_beside_it),
		ON_FILE(whole_windows_are_not_taken_again),
		ON_FILE(a_window_that_was_running_is_taken_again),
		ON_FILE(files_of_another_kind),
		cmocka_unit_test(a_file_that_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
