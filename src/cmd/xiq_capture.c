/*
 * helio xiq capture: a day of Wi-Fi clients per SSID.  What is printed and
 * asked follows the seed, line by line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/times.h"
#include "cmd/command.h"
#include "cmd/service.h"
#include "cmd/session.h"
#include "cmd/xiq.h"

struct xiq_capture_options {
	const char	*config;
	const char	*file, *now, *on_failure;
	const char	*owner, *data_center, *base, *page_size;
	const char	*push, *tags, *url;
	long		 hours, step, tries, pause;
	bool		 resume, json;
};

#define ROW(member_, name_, kind_, arg_, help_) \
	OPTION(struct xiq_capture_options, member_, name_, kind_, arg_, help_)

static const struct option_row rows[] = {
	ROW(file, "file", OPTION_TEXT, "FILE",
	    "where counts are kept (default data.json)"),
	ROW(hours, "hours", OPTION_NUMBER, "N", "how far back (default 24)"),
	ROW(step, "step", OPTION_NUMBER, "N", "hours in a window (default 1)"),
	ROW(now, "now", OPTION_TEXT, "TIME",
	    "the end, UTC (default: the time it is)"),
	ROW(resume, "resume", OPTION_FLAG, "",
	    "leave windows that are in the file, whole"),
	ROW(owner, "owner", OPTION_TEXT, "ID", "whose clients (ownerId)"),
	ROW(data_center, "data-center", OPTION_TEXT, "NAME",
	    "such as ava: ava.extremecloudiq.com"),
	ROW(base, "base-url", OPTION_TEXT, "URL",
	    "in place of a data centre, such as a sandbox"),
	ROW(page_size, "page-size", OPTION_TEXT, "N",
	    "clients in a page (default: the service's 500)"),
	ROW(tries, "tries", OPTION_NUMBER, "N",
	    "of a window's first call (default 5)"),
	ROW(pause, "pause", OPTION_NUMBER, "SECONDS",
	    "between those tries (default 0)"),
	ROW(on_failure, "on-failure", OPTION_TEXT, "ask|skip|stop",
	    "what then (default: ask a terminal, else skip)"),
	ROW(push, "push", OPTION_TEXT, "IMEI",
	    "send each window to this product's data, too"),
	ROW(tags, "tags", OPTION_TEXT, "NAME=VALUE,..", "tags for --push"),
	ROW(url, "url", OPTION_TEXT, "URL",
	    "Heliograph for --push (default: HELIO_URL)"),
	ROW(config, "config", OPTION_TEXT, "FILE",
	    "credentials (default: HELIO_XIQ_.., or xiq.conf)"),
	ROW(json, "json", OPTION_FLAG, "",
	    "print what came of it as JSON, all else on standard error"),
};

enum policy { ASK, SKIP, STOP };

static const char *const policies[] = { "ask", "skip", "stop" };

struct capture {
	const struct xiq_capture_options *given;
	helio_xiq_counts *counts;
	struct xiq_push	*push;		/* or NULL */
	enum policy	 policy;
	FILE		*out;
	unsigned	 unsent;	/* windows that --push could not send */
	bool		 third;		/* SKIP: the last chance was taken */
};

/* ---- lines ---- */

static void
put_fault(const struct capture *capture, const helio_xiq_event *event)
{
	if (event->fault == HELIO_XIQ_UNKNOWN)
		fprintf(capture->out, "unknown API error: on API %s",
		    event->url);
	else if (event->fault == HELIO_XIQ_API_ERROR)
		fprintf(capture->out, "API Failed with reason: %s - on API "
		    "%s", event->text, event->url);
	else
		fprintf(capture->out, "Other error occurred: %s: on API %s",
		    event->text, event->url);
}

/* After an answer that is none its owner is asked before the next try. */
static void
put_try(const struct capture *capture, const helio_xiq_event *event)
{
	put_fault(capture, event);
	if (event->n < event->of && event->fault != HELIO_XIQ_UNKNOWN)
		fprintf(capture->out, " - attempt %u of %u", event->n + 1,
		    event->of);
	if (event->n == event->of)
		fprintf(capture->out, "\nAPI call has failed %u times: %s",
		    event->of, event->url);
}

static void
put_start(const struct capture *capture, const helio_xiq_event *event)
{
	fputs(event->start, capture->out);
}

/* "2020-11-23 15:00:00+00:00" */
static void
put_time(const struct capture *capture, const helio_xiq_event *event)
{
	fprintf(capture->out, "%.10s %.8s+00:00", event->start,
	    event->start + 11);
}

static void
put_number(const struct capture *capture, const helio_xiq_event *event)
{
	fprintf(capture->out, "%u", event->n);
}

static void
put_numbers(const struct capture *capture, const helio_xiq_event *event)
{
	fprintf(capture->out, "%u of %u", event->n, event->of);
}

static void
put_link(const struct capture *capture, const helio_xiq_event *event)
{
	fprintf(capture->out, "%s::%s", event->url, event->start);
}

static const struct {
	const char	*before;
	void		(*put)(const struct capture *,
			    const helio_xiq_event *);
	const char	*after;
} lines[] = {
	[HELIO_XIQ_WINDOW] = { "collecting client data for ", put_start,
	    "\n" },
	[HELIO_XIQ_TRY_FAILED] = { "", put_try, "\n" },
	[HELIO_XIQ_CONNECTED] = { "successful connection", NULL, "\n" },
	[HELIO_XIQ_PAGE] = { "API call on ", put_numbers, "\n" },
	[HELIO_XIQ_PAGE_FAILED] = { "", put_fault, "\n" },
	[HELIO_XIQ_SECOND] = { "\nThere were ", put_number,
	    " API calls that failed\n\n" },
	[HELIO_XIQ_RETRY] = { "Retry ", put_numbers, ": " },
	[HELIO_XIQ_RETRY_DONE] = { "Successful", NULL, "\n" },
	[HELIO_XIQ_RETRY_FAILED] = { "Failure - added to Failed list\n",
	    put_fault, "\n" },
	[HELIO_XIQ_SECOND_DONE] = { "\n\n", NULL, "" },
	[HELIO_XIQ_COUNTED] = { "completed capture at ", put_time, "\n\n" },
	[HELIO_XIQ_SKIPPED] = { "Skipping ", put_time, "\n" },
	[HELIO_XIQ_KEPT] = { "already captured ", put_time, "\n" },
	[HELIO_XIQ_THIRD] = { "Trying ", put_numbers, ": " },
	[HELIO_XIQ_THIRD_DONE] = { "Success", NULL, "\n" },
	[HELIO_XIQ_THIRD_FAILED] = { "Failure\n", put_fault, "\n" },
	[HELIO_XIQ_LEFT] = { "", put_link, "\n" },
};

static void
say(const struct capture *capture, const helio_xiq_event *event)
{
	fputs(lines[event->kind].before, capture->out);
	if (lines[event->kind].put != NULL)
		lines[event->kind].put(capture, event);
	fputs(lines[event->kind].after, capture->out);
	fflush(capture->out);
}

/* ---- what follows from an event ---- */

static void
push(struct capture *capture, const char *start)
{
	helio_error error;

	if (capture->push == NULL || xiq_push_send(capture->push,
	    capture->counts, start, &error) == HELIO_DONE)
		return;
	capture->unsent++;
	say_error("'helio xiq push' sends the file later", "%s: %s", start,
	    error.text);
}

static void
tell(void *arg, const helio_xiq_event *event)
{
	struct capture *capture = arg;

	say(capture, event);
	if (event->kind == HELIO_XIQ_COUNTED ||
	    event->kind == HELIO_XIQ_THIRD_DONE)
		push(capture, event->start);
	if (event->kind == HELIO_XIQ_TRY_FAILED && event->n < event->of &&
	    capture->given->pause > 0)
		nanosleep(&(struct timespec){ capture->given->pause, 0 },
		    NULL);
}

/* ---- questions ---- */

/* A line from standard input: y or n, whatever its case.  End of input: no. */
static bool
read_answer(const struct capture *capture)
{
	char *line = NULL;
	size_t cap = 0;
	int answer = 0;

	while (answer == 0 && getline(&line, &cap, stdin) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strcasecmp(line, "y") == 0 || strcasecmp(line, "n") == 0)
			answer = line[0];
		else
			fputs("Please enter 'y' or 'n'\n", capture->out);
		fflush(capture->out);
	}
	free(line);
	return answer == 'y' || answer == 'Y';
}

/* The words are the seed's, its spelling too: scripts wait for them. */
static void
print_question(const struct capture *capture, helio_xiq_question question,
    const helio_xiq_event *about)
{
	if (question == HELIO_XIQ_ASK_ONCE)
		fputs("Would you like to try this call again? (y/n)",
		    capture->out);
	else if (question == HELIO_XIQ_ASK_MORE)
		fprintf(capture->out, "Would you like to continue trying %u "
		    "more times? (y/n)", about->of);
	else
		fprintf(capture->out, "There are %u API calls that have "
		    "failed attempts. Would you like to rety these? (y/n)",
		    about->n);
	fflush(capture->out);
}

static helio_xiq_answer
ask_owner(const struct capture *capture, helio_xiq_question question,
    const helio_xiq_event *about)
{
	print_question(capture, question, about);
	if (!read_answer(capture))
		return HELIO_XIQ_NO;
	if (question == HELIO_XIQ_ASK_ONCE)
		fprintf(capture->out, "Unknown API error - attempt %u of "
		    "%u\n", about->n + 1, about->of);
	return HELIO_XIQ_YES;
}

/* Nobody to ask: all tries are made, and one last round at the end. */
static helio_xiq_answer
ask(void *arg, helio_xiq_question question, const helio_xiq_event *about)
{
	struct capture *capture = arg;
	bool first = !capture->third;

	if (capture->policy == ASK)
		return ask_owner(capture, question, about);
	if (question == HELIO_XIQ_ASK_ONCE)
		return HELIO_XIQ_YES;
	if (capture->policy == STOP)
		return HELIO_XIQ_STOP;
	if (question == HELIO_XIQ_ASK_MORE)
		return HELIO_XIQ_NO;
	capture->third = true;
	return first ? HELIO_XIQ_YES : HELIO_XIQ_NO;
}

/* ---- set-up ---- */

enum setting { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, TOKEN, OWNER,
    DATA_CENTER, URL, PAGE_SIZE, CA_FILE };

static const char *const names[] = {
	[CLIENT_ID] = "client_id", [CLIENT_SECRET] = "client_secret",
	[REDIRECT_URI] = "redirect_uri", [TOKEN] = "token",
	[OWNER] = "owner", [DATA_CENTER] = "data_center", [URL] = "url",
	[PAGE_SIZE] = "page_size", [CA_FILE] = "ca_file",
};

static const helio_xiq_setting settings[] = {
	[CLIENT_ID] = HELIO_XIQ_CLIENT_ID,
	[CLIENT_SECRET] = HELIO_XIQ_CLIENT_SECRET,
	[REDIRECT_URI] = HELIO_XIQ_REDIRECT_URI, [TOKEN] = HELIO_XIQ_TOKEN,
	[OWNER] = HELIO_XIQ_OWNER, [DATA_CENTER] = HELIO_XIQ_DATA_CENTER,
	[URL] = HELIO_XIQ_URL, [PAGE_SIZE] = HELIO_XIQ_PAGE_SIZE,
	[CA_FILE] = HELIO_XIQ_CA_FILE,
};

/* Options win over the rest. */
static helio_code
fill(helio_xiq *xiq, const struct xiq_capture_options *given,
    const struct service_values *values, helio_error *error)
{
	const char *const options[] = {
		[OWNER] = given->owner, [DATA_CENTER] = given->data_center,
		[URL] = given->base, [PAGE_SIZE] = given->page_size,
		[CA_FILE] = NULL,
	};
	helio_code code = HELIO_DONE;

	for (size_t i = 0; code == HELIO_DONE &&
	    i < sizeof(names) / sizeof(names[0]); i++)
		code = helio_xiq_set(xiq, settings[i], options[i] != NULL ?
		    options[i] : values->value[i], error);
	/* a data centre that was asked for is not overruled by a file's URL */
	if (code == HELIO_DONE && given->data_center != NULL &&
	    given->base == NULL)
		code = helio_xiq_set(xiq, HELIO_XIQ_URL, NULL, error);
	return code;
}

static helio_xiq *
open_service(const struct xiq_capture_options *given)
{
	const struct service service = { "xiq", names,
	    sizeof(names) / sizeof(names[0]) };
	struct service_values values;
	helio_xiq *xiq = helio_xiq_new();
	helio_error error;
	helio_code code;

	if (xiq == NULL)
		say_error(NULL, "out of memory");
	if (xiq == NULL || !service_read(&service, given->config, &values)) {
		helio_xiq_free(xiq);
		return NULL;
	}
	code = fill(xiq, given, &values, &error);
	service_forget(&values);
	if (code == HELIO_DONE)
		return xiq;
	say_error(NULL, "%s", error.text);
	helio_xiq_free(xiq);
	return NULL;
}

static bool
read_policy(const char *name, enum policy *ret)
{
	if (name == NULL) {
		*ret = isatty(STDIN_FILENO) ? ASK : SKIP;
		return true;
	}
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		if (strcmp(policies[i], name) == 0) {
			*ret = (enum policy)i;
			return true;
		}
	say_error(NULL, "--on-failure is ask, skip or stop");
	return false;
}

static bool
read_span(const struct xiq_capture_options *given, helio_xiq_span *ret)
{
	const char *why = NULL;

	*ret = (helio_xiq_span){ .size = sizeof(*ret), .now_us = time_now_us(),
	    .hours = (unsigned)given->hours, .step = (unsigned)given->step,
	    .tries = (unsigned)given->tries, .resume = given->resume };
	if (given->now == NULL || time_parse(given->now, strlen(given->now),
	    &ret->now_us, NULL, &why))
		return true;
	say_error(NULL, "--now: %s", why);
	return false;
}

/* ---- the command ---- */

static void
print_result(const helio_xiq_result *result, unsigned unsent)
{
	printf("{\"counted\": %u, \"kept\": %u, \"skipped\": %u, "
	    "\"calls_left\": %u, \"stopped\": %s, \"unsent\": %u}\n",
	    result->counted, result->kept, result->skipped,
	    result->calls_left, result->stopped ? "true" : "false", unsent);
}

static int
run_capture(struct capture *capture, helio_xiq *xiq,
    const helio_xiq_span *span)
{
	const helio_xiq_owner owner = { sizeof(owner), capture, tell, ask };
	helio_xiq_result result;
	helio_error error;
	helio_code code = helio_xiq_capture(xiq, span, capture->counts,
	    &owner, &result, &error);

	if (code != HELIO_DONE) {
		say_error("set HELIO_XIQ_CLIENT_ID, _CLIENT_SECRET, "
		    "_REDIRECT_URI, _TOKEN, _OWNER and _DATA_CENTER, or "
		    "--config;\n'helio xiq capture --help' tells more",
		    "%s", error.text);
		return code == HELIO_BAD_INPUT ? EXIT_USAGE :
		    session_exit(code, NULL);
	}
	if (capture->given->json)
		print_result(&result, capture->unsent);
	return result.skipped == 0 && result.calls_left == 0 &&
	    !result.stopped && capture->unsent == 0 ? EXIT_OK : EXIT_FAILED;
}

static bool
open_counts(struct capture *capture)
{
	const char *file = capture->given->file;
	helio_error error;

	if (helio_xiq_counts_open(file != NULL ? file : "data.json",
	    &capture->counts, &error) == HELIO_DONE)
		return true;
	say_error(NULL, "%s", error.text);
	return false;
}

static int
run(void *options, char **args, int n_args)
{
	const struct xiq_capture_options *given = options;
	struct capture capture = { .given = given,
	    .out = given->json ? stderr : stdout };
	helio_xiq_span span;
	helio_xiq *xiq = NULL;
	int code = EXIT_USAGE;

	if (!read_policy(given->on_failure, &capture.policy) ||
	    !read_span(given, &span))
		return EXIT_USAGE;
	xiq = open_service(given);
	if (xiq != NULL && (given->push == NULL || (capture.push =
	    xiq_push_new(given->url, given->push, given->tags)) != NULL))
		code = open_counts(&capture) ?
		    run_capture(&capture, xiq, &span) : EXIT_FAILED;
	helio_xiq_counts_free(capture.counts);
	xiq_push_free(capture.push);
	helio_xiq_free(xiq);
	return code;
}

const struct command command_xiq_capture = {
	.name = "xiq capture", .args = "", .run = run,
	.summary = "count Wi-Fi clients per SSID over the last day",
	.example = "  helio xiq capture --owner 94009 --data-center ava "
	    "--file data.json\n"
	    "  Stopping it loses nothing: --resume goes on.  Exit status 1 "
	    "when clients\n  are missing.",
	COMMAND_OPTIONS(rows, struct xiq_capture_options),
};
