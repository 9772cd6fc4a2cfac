/*
 * helio charge watch: charge points as they change.  On a terminal a table
 * that is drawn anew, otherwise a line for each change, or JSON.  The loop
 * polls the client's descriptor beside the signals.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/times.h"
#include "cmd/charge.h"
#include "cmd/charge_push.h"

enum { CELL_SIZE = 64, STATE_SIZE = 640 };

static const struct option_row rows[] = {
	CHARGE_OPTION(push, "push", OPTION_TEXT, "FILE",
	    "upload readings to Heliograph; lines of EVSE_ID and product IMEI"),
	CHARGE_OPTION(server, "server", OPTION_TEXT, "URL",
	    "that Heliograph (default: HELIO_URL, or that of 'helio login')"),
	CHARGE_OPTION(seconds, "seconds", OPTION_NUMBER, "N",
	    "stop after so long (default: at Ctrl-C)"),
	CHARGE_OPTIONS,
};

struct watch {
	const struct charge_flags *flags;
	helio_bc	*bc;
	struct charge_push *push;	/* or NULL */
	json_t		*points;	/* evse id: what is known, in their order */
	bool		 table;
	bool		 stale;		/* the table is to be drawn */
	bool		 ended;
	char		 state[STATE_SIZE];	/* below the table */
	helio_error	 why;		/* of the end */
};

/* ---- the table ---- */

static const struct column {
	const char	*member;
	const char	*title;
	int		 width;
} columns[] = {
	{ "evse_id", "EVSE", 12 }, { "name", "NAME", 18 },
	{ "activity", "ACTIVITY", 11 }, { "vehicle_status", "VEHICLE", 16 },
	{ "total_kw", "kW", 7 }, { "avg_current", "A", 6 },
	{ "avg_voltage", "V", 6 }, { "actual_kwh", "kWh", 8 },
	{ "total_cost", "EUR", 8 }, { "start_datetime", "SINCE", 25 },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void
print_row(const json_t *point, const char *end)
{
	char text[CELL_SIZE];

	for (size_t i = 0; i < COLUMNS; i++)
		printf("%-*.*s ", columns[i].width, columns[i].width,
		    point == NULL ? columns[i].title : charge_text(
		    json_object_get(point, columns[i].member), text,
		    sizeof(text)));
	fputs(end, stdout);
}

static void
draw(struct watch *watch)
{
	const char *id;
	json_t *point;

	fputs("\033[H", stdout);
	print_row(NULL, "\033[K\n");
	json_object_foreach(watch->points, id, point)
		print_row(point, "\033[K\n");
	printf("\033[K\n%s\033[K\n\033[J", watch->state);
	fflush(stdout);
	watch->stale = false;
}

/* ---- what is known of a charge point ---- */

static json_t *
known(struct watch *watch, const char *evse_id)
{
	json_t *point = json_object_get(watch->points, evse_id);

	if (point == NULL) {
		point = json_pack("{s:s}", "evse_id", evse_id);
		json_object_set_new(watch->points, evse_id, point);
		point = json_object_get(watch->points, evse_id);
	}
	return point;
}

/* Times only move forward: the status that follows a start may still tell
 * the session before. */
static bool
is_older(const char *name, const json_t *value, const json_t *before)
{
	return strcmp(name, "start_datetime") == 0 && json_is_string(value) &&
	    json_is_string(before) && strncmp(json_string_value(value),
	    json_string_value(before), sizeof("YYYY-MM-DDTHH:MM:SS") - 1) < 0;
}

static void
learn(struct watch *watch, const char *evse_id, const json_t *data)
{
	json_t *point = known(watch, evse_id), *value;
	const char *name;

	json_object_foreach((json_t *)data, name, value)
		if (!is_older(name, value, json_object_get(point, name)))
			json_object_set(point, name, value);
	watch->stale = true;
	if (watch->push != NULL)
		charge_push_add(watch->push, evse_id, data,
		    time_now_us() / 1000);
	if (!watch->table && !watch->flags->json) {
		print_row(point, "\n");
		fflush(stdout);
	}
}

static void
ask_of(struct watch *watch, const char *command, const char *evse_id)
{
	json_t *members = json_pack("{s:s}", "evse_id", evse_id);
	char *text = json_dumps(members, 0);
	helio_error error;

	/* a connection that is gone asks again when it is back */
	if (text != NULL)
		helio_bc_send(watch->bc, command, text, &error);
	free(text);
	json_decref(members);
}

/* Ask for each one's status, and for the grid of the first. */
static void
meet_points(struct watch *watch, const json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *id = json_string_value(json_object_get(one,
		    "evse_id"));

		if (id == NULL)
			continue;
		json_object_update(known(watch, id), one);
		ask_of(watch, "GET_CH_STATUS", id);
		if (i == 0)
			ask_of(watch, "GET_GRID_STATUS", id);
	}
	watch->stale = true;
}

static void
on_message(void *arg, const helio_bc_message *message)
{
	const char *object = helio_bc_message_object(message);
	struct watch *watch = arg;
	json_t *value = charge_value(message);
	const json_t *data = json_object_get(value, "data");

	if (watch->flags->json) {
		puts(helio_bc_message_json(message));
		fflush(stdout);
	}
	if (strcmp(object, "CHARGE_POINTS") == 0)
		meet_points(watch, data);
	else if (strcmp(object, "CH_STATUS") == 0)
		learn(watch, helio_bc_message_evse_id(message), data);
	json_decref(value);
}

/* ---- the connection ---- */

static void
tell_state(struct watch *watch, const char *name, helio_bc_fault fault,
    const helio_error *why, int64_t wait_ms)
{
	json_t *line;

	snprintf(watch->state, sizeof(watch->state), "%s%s%s", name,
	    why != NULL ? ": " : "", why != NULL ? why->text : "");
	if (wait_ms > 0)
		snprintf(watch->state + strlen(watch->state),
		    sizeof(watch->state) - strlen(watch->state),
		    "; again in %d s", (int)(wait_ms / 1000));
	watch->stale = true;
	if (!watch->flags->json) {
		if (!watch->table)
			fprintf(stderr, "%s\n", watch->state);
		return;
	}
	line = json_pack("{s:s, s:s, s:s, s:s?, s:f}", "object", "STATE",
	    "state", name, "fault", helio_bc_fault_name(fault), "error",
	    why != NULL ? why->text : NULL, "wait", (double)wait_ms / 1000);
	json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
	putchar('\n');
	fflush(stdout);
	json_decref(line);
}

static void
on_state(void *arg, helio_bc_state state, helio_bc_fault fault,
    const helio_error *why, int64_t wait_ms)
{
	static const char *const names[] = {
		"closed", "validating", "connecting", "open", "waiting",
	};
	struct watch *watch = arg;
	helio_error error;

	tell_state(watch, names[state], fault, why, wait_ms);
	if (state == HELIO_BC_OPEN)
		helio_bc_send(watch->bc, "GET_CHARGE_POINTS", NULL, &error);
	if (state == HELIO_BC_CLOSED && why != NULL) {
		watch->ended = true;
		watch->why = *why;
	}
}

/* ---- the loop ---- */

static long
sooner(long a, long b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* How long to sleep, at most, until end_ms (-1: for ever). */
static long
sleep_ms(const struct watch *watch, int64_t end_ms)
{
	long ms = helio_bc_timeout_ms(watch->bc);
	int64_t left = end_ms - time_monotonic_ms();

	if (end_ms >= 0)
		ms = sooner(ms, left > 0 ? (long)left : 0);
	if (watch->push != NULL)
		ms = sooner(ms, charge_push_timeout_ms(watch->push));
	return ms > 1000000 ? 1000000 : ms;
}

static int
open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void
loop(struct watch *watch, int signals)
{
	struct pollfd fds[] = {
		{ .fd = helio_bc_fd(watch->bc), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int64_t end_ms = watch->flags->seconds > 0 ? time_monotonic_ms() +
	    watch->flags->seconds * 1000 : -1;

	while (!watch->ended && fds[1].revents == 0 &&
	    (end_ms < 0 || time_monotonic_ms() < end_ms)) {
		poll(fds, 2, (int)sleep_ms(watch, end_ms));
		helio_bc_run(watch->bc);
		if (watch->push != NULL)
			charge_push_flush(watch->push, false);
		if (watch->table && watch->stale)
			draw(watch);
	}
}

static int
watch_points(struct watch *watch)
{
	int signals = open_signals(), code = EXIT_OK;
	helio_error error;

	helio_bc_set_reconnect(watch->bc, true);
	helio_bc_on_message(watch->bc, on_message, watch);
	helio_bc_on_state(watch->bc, on_state, watch);
	if (watch->table)
		fputs("\033[2J", stdout);
	if (helio_bc_start(watch->bc, &error) != HELIO_DONE)
		return charge_failed(watch->bc, error.code, &error);
	loop(watch, signals);
	helio_bc_on_state(watch->bc, NULL, NULL);
	helio_bc_disconnect(watch->bc);
	if (watch->push != NULL)
		code = charge_push_flush(watch->push, true);
	close(signals);
	return watch->ended ? charge_failed(watch->bc, watch->why.code,
	    &watch->why) : code;
}

static int
run(void *options, char **args, int n_args)
{
	struct watch watch = { .flags = options };
	int code = EXIT_USAGE;

	if (watch.flags->push != NULL && (watch.push = charge_push_new(
	    watch.flags->push, watch.flags->server)) == NULL)
		return EXIT_USAGE;
	watch.points = json_object();
	watch.table = isatty(STDOUT_FILENO) && !watch.flags->json;
	watch.bc = charge_open(watch.flags);
	if (watch.bc != NULL)
		code = watch_points(&watch);
	helio_bc_free(watch.bc);
	json_decref(watch.points);
	charge_push_free(watch.push);
	return code;
}

const struct command command_charge_watch = {
	.name = "charge watch", .args = "", .run = run,
	.summary = "watch charge points, and upload their readings",
	.example = "  HELIO_CHARGE_TOKEN=.. helio charge watch --json\n"
	    "  Connects again whenever the connection is lost; Ctrl-C ends "
	    "it.",
	COMMAND_OPTIONS(rows, struct charge_flags),
};
