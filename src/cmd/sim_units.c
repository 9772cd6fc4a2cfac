/*
 * helio sim units: a fleet of virtual units that speak to a server as real
 * ones do.  Threads share the units; each has its connection and schedule.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/times.h"
#include "cmd/command.h"
#include "cmd/session.h"
#include "sim/virtual_unit.h"

enum { THREADS_MAX = 16, COUNT_MAX = 100000 };

struct sim_options {
	const char	*url, *keys, *user;
	long		 count, seed, interval, rounds;
	bool		 json;
};

static const struct option_row rows[] = {
	OPTION_REQUIRED(struct sim_options, url, "url", OPTION_TEXT, "URL",
	    "the server"),
	OPTION(struct sim_options, user, "user", OPTION_TEXT, "NAME",
	    "register the units as this FACTORY user (HELIO_PASSWORD)"),
	OPTION(struct sim_options, keys, "keys", OPTION_TEXT, "FILE",
	    "or be these units: lines of IMEI and device key"),
	OPTION(struct sim_options, count, "count", OPTION_NUMBER, "N",
	    "how many (default 10, or all of --keys)"),
	OPTION(struct sim_options, seed, "seed", OPTION_NUMBER, "S",
	    "the same seed is the same fleet (default 1)"),
	OPTION(struct sim_options, interval, "interval", OPTION_NUMBER,
	    "SECONDS", "between two connections of a unit (default 14400)"),
	OPTION(struct sim_options, rounds, "rounds", OPTION_NUMBER, "N",
	    "stop after so many connections of each unit"),
	OPTION(struct sim_options, json, "json", OPTION_FLAG, "",
	    "the final figures as JSON"),
};

struct simulated {
	struct virtual_unit unit;
	helio_unit	*link;
	int64_t		 due_ms;	/* of the monotonic clock */
	long		 rounds;
};

/* What happened, over all threads. */
struct figures {
	atomic_ulong	 reports, uploads, orders, unheard, reboots, failures;
};

struct sim {
	const struct sim_options *given;
	helio_options	*options;
	struct simulated *units;
	size_t		 n;
	struct figures	 figures;
	atomic_bool	 stop;
};

struct worker {
	struct sim	*sim;
	size_t		 first, step;	/* units first, first + step, .. */
	pthread_t	 thread;
};

static int64_t
now_s(void)
{
	return time_now_us() / US_PER_S;
}

/* ---- one unit's connection ---- */

/* Send; true on 200.  The answer's "data" is given when asked for. */
static bool
speak(struct sim *sim, struct simulated *one, const char *method,
    const char *path, const struct buf *body, json_t **ret)
{
	helio_reply *reply = NULL;
	helio_error error;
	bool ok = helio_unit_request(one->link, method, path,
	    body != NULL ? body->data : NULL, body != NULL ? body->len : 0,
	    &reply, &error) == HELIO_DONE &&
	    helio_reply_status(reply) == 200;
	size_t n;

	if (ok && ret != NULL) {
		const char *text = helio_reply_body(reply, &n);

		*ret = json_loadb(text, n, 0, NULL);
		ok = *ret != NULL;
	}
	helio_reply_free(reply);
	if (!ok)
		atomic_fetch_add(&sim->figures.failures, 1);
	return ok;
}

static bool
report(struct sim *sim, struct simulated *one)
{
	struct buf body = BUF_INIT;
	bool ok;

	virtual_unit_report(&one->unit, &body);
	ok = speak(sim, one, "POST", "/v1/rc_data", &body, NULL);
	buf_free(&body);
	if (ok) {
		virtual_unit_reported(&one->unit);
		atomic_fetch_add(&sim->figures.reports, 1);
	}
	return ok;
}

static void
upload(struct sim *sim, struct simulated *one)
{
	struct buf body = BUF_INIT;

	if (virtual_unit_samples(&one->unit, &body) &&
	    speak(sim, one, "POST", "/v1/rm_data", &body, NULL)) {
		virtual_unit_uploaded(&one->unit);
		atomic_fetch_add(&sim->figures.uploads, 1);
	}
	buf_free(&body);
}

/* POST, then GET; POST once more when the GET brought orders. */
static void
connect_once(struct sim *sim, struct simulated *one)
{
	json_t *answer = NULL;
	bool news;

	if (!report(sim, one))
		return;
	if (speak(sim, one, "GET", "/v1/rc_data", NULL, &answer)) {
		news = virtual_unit_obey(&one->unit,
		    json_object_get(answer, "data"));
		if (news) {
			atomic_fetch_add(&sim->figures.orders, 1);
			report(sim, one);
		}
	}
	json_decref(answer);
	upload(sim, one);
}

static bool
open_link(struct sim *sim, struct simulated *one)
{
	helio_error error;

	helio_unit_free(one->link);
	one->link = NULL;
	return helio_unit_new(sim->options, one->unit.imei,
	    one->unit.device_key, 0, &one->link, &error) == HELIO_DONE;
}

static void
turn(struct sim *sim, struct simulated *one)
{
	if (virtual_unit_advance(&one->unit, now_s())) {
		atomic_fetch_add(&sim->figures.reboots, 1);
		open_link(sim, one);
	}
	if (one->link == NULL && !open_link(sim, one))
		return;
	if (virtual_unit_unheard(&one->unit))
		atomic_fetch_add(&sim->figures.unheard, 1);
	else
		connect_once(sim, one);
}

/* ---- schedule ---- */

static struct simulated *
next_due(const struct worker *worker)
{
	const struct sim *sim = worker->sim;
	struct simulated *next = NULL;

	for (size_t i = worker->first; i < sim->n; i += worker->step) {
		struct simulated *one = &sim->units[i];

		if (sim->given->rounds > 0 &&
		    one->rounds >= sim->given->rounds)
			continue;
		if (next == NULL || one->due_ms < next->due_ms)
			next = one;
	}
	return next;
}

/* Sleep in short steps, so that a stop is heard. */
static void
wait_until(const struct sim *sim, int64_t due_ms)
{
	const struct timespec step = { 0, 50 * 1000000 };

	while (!sim->stop && time_monotonic_ms() < due_ms)
		nanosleep(&step, NULL);
}

static void *
work(void *arg)
{
	struct worker *worker = arg;
	struct sim *sim = worker->sim;
	struct simulated *one;

	while (!sim->stop && (one = next_due(worker)) != NULL) {
		wait_until(sim, one->due_ms);
		if (sim->stop)
			break;
		turn(sim, one);
		one->rounds++;
		one->due_ms += sim->given->interval * 1000;
	}
	return NULL;
}

/* ---- the fleet ---- */

/* A unit takes four descriptors: a connection, and those of its loop. */
static void
allow_many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool
register_one(helio_client *client, const struct virtual_unit *unit)
{
	struct buf body = BUF_INIT;
	helio_reply *reply = NULL;
	helio_error error;
	bool ok;

	/* the IMSI: the same digits behind another first one */
	buf_addf(&body, "{\"imei\":\"%s\",\"imsi\":\"8%s\",\"device_key\":\"%s\","
	    "\"product\":{\"assembler\":\"simulator\"}}", unit->imei,
	    unit->imei + 1, unit->device_key);
	ok = helio_request(client, "POST", "/v1/products/create_hub2",
	    body.data, body.len, &reply, &error) == HELIO_DONE;
	if (!ok) {
		say_error(NULL, "%s", error.text);
	} else if (helio_reply_status(reply) >= 400 &&
	    strstr(helio_reply_body(reply, NULL), "imei") == NULL) {
		/* a unit that is there already is the same one: same seed */
		say_error(NULL, "%s was not registered: %s", unit->imei,
		    helio_reply_body(reply, NULL));
		ok = false;
	}
	helio_reply_free(reply);
	buf_free(&body);
	return ok;
}

static bool
register_all(struct sim *sim)
{
	const char *password = getenv("HELIO_PASSWORD");
	helio_client *client = NULL;
	helio_error error;
	bool ok = true;

	if (password == NULL) {
		say_error(NULL, "set HELIO_PASSWORD to %s's password",
		    sim->given->user);
		return false;
	}
	helio_options_user(sim->options, sim->given->user, password);
	if (helio_client_new(sim->options, &client, &error) != HELIO_DONE) {
		say_error(NULL, "%s", error.text);
		return false;
	}
	for (size_t i = 0; ok && i < sim->n; i++) {
		say_progress("registering %zu of %zu", i + 1, sim->n);
		ok = register_one(client, &sim->units[i].unit);
	}
	say_progress("%s", "");
	helio_client_free(client);
	return ok;
}

/* IMEI and key of --keys, one pair a line, blanks or commas between. */
static bool
read_keys(struct sim *sim)
{
	FILE *file = fopen(sim->given->keys, "r");
	char line[256];
	size_t n = 0;

	if (file == NULL) {
		say_error(NULL, "%s: %s", sim->given->keys, strerror(errno));
		return false;
	}
	while (n < sim->n && fgets(line, sizeof(line), file) != NULL) {
		struct virtual_unit *unit = &sim->units[n].unit;

		if (sscanf(line, "%16[^, \t\r\n]%*[, \t]%24[^, \t\r\n]",
		    unit->imei, unit->device_key) == 2)
			n++;
	}
	fclose(file);
	sim->n = n;
	if (n == 0)
		say_error(NULL, "%s: no line with an IMEI and a key",
		    sim->given->keys);
	return n > 0;
}

static bool
make_units(struct sim *sim)
{
	const struct sim_options *given = sim->given;
	int64_t sample_s = given->interval > 60 ? 30 :
	    given->interval / 2 + 1;
	int64_t start_ms = time_monotonic_ms();

	allow_many_files();
	sim->units = calloc(sim->n, sizeof(*sim->units));
	if (sim->units == NULL) {
		say_error(NULL, "out of memory");
		return false;
	}
	for (size_t i = 0; i < sim->n; i++) {
		virtual_unit_init(&sim->units[i].unit, (uint64_t)given->seed,
		    (unsigned)i, sample_s, now_s() - given->interval);
		/* spread over the first interval, at most ten seconds */
		sim->units[i].due_ms = start_ms + (int64_t)i * 1000 *
		    (given->interval < 10 ? given->interval : 10) /
		    (int64_t)sim->n;
	}
	return given->keys == NULL || read_keys(sim);
}

static void
print_figures(const struct sim *sim)
{
	const struct figures *f = &sim->figures;

	printf(sim->given->json ?
	    "{\"units\": %zu, \"reports\": %lu, \"uploads\": %lu, "
	    "\"orders\": %lu, \"unheard\": %lu, \"reboots\": %lu, "
	    "\"failures\": %lu}\n" :
	    "units %zu, reports %lu, uploads %lu, orders taken %lu, "
	    "without signal %lu, reboots %lu, failures %lu\n",
	    sim->n, f->reports, f->uploads, f->orders, f->unheard,
	    f->reboots, f->failures);
}

/* ---- running ---- */

/* Wait for the threads; SIGINT or SIGTERM makes them stop. */
static void *
watch_signals(void *arg)
{
	struct sim *sim = arg;
	const struct timespec step = { 0, 200 * 1000000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	while (!sim->stop)
		if (sigtimedwait(&set, NULL, &step) > 0)
			sim->stop = true;
	return NULL;
}

static bool
run_workers(struct sim *sim)
{
	struct worker workers[THREADS_MAX];
	size_t n = sim->n < THREADS_MAX ? sim->n : THREADS_MAX, started = 0;
	pthread_t watcher;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (pthread_create(&watcher, NULL, watch_signals, sim) != 0)
		return false;
	for (; started < n; started++) {
		workers[started] = (struct worker){
			.sim = sim, .first = started, .step = n,
		};
		if (pthread_create(&workers[started].thread, NULL, work,
		    &workers[started]) != 0)
			break;
	}
	for (size_t i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	sim->stop = true;
	pthread_join(watcher, NULL);
	return started == n;
}

static bool
settle(struct sim_options *given)
{
	if ((given->keys == NULL) == (given->user == NULL)) {
		say_error(NULL, "give either --user or --keys");
		return false;
	}
	if (given->count == 0)
		given->count = given->keys != NULL ? COUNT_MAX : 10;
	if (given->count > COUNT_MAX) {
		say_error(NULL, "at most %d units", COUNT_MAX);
		return false;
	}
	if (given->seed == 0)
		given->seed = 1;
	if (given->interval == 0)
		given->interval = 14400;
	return true;
}

static int
run(void *arg, char **args, int n_args)
{
	struct sim_options *given = arg;
	struct sim sim = { .given = given };
	int code = EXIT_FAILED;

	if (!settle(given))
		return EXIT_USAGE;
	sim.n = (size_t)given->count;
	sim.options = helio_options_new();
	if (sim.options != NULL) {
		helio_options_url(sim.options, given->url);
		if (getenv("HELIO_CA_FILE") != NULL)
			helio_options_ca_file(sim.options,
			    getenv("HELIO_CA_FILE"));
	}
	if (sim.options != NULL && make_units(&sim) &&
	    (given->user == NULL || register_all(&sim)) &&
	    run_workers(&sim)) {
		print_figures(&sim);
		code = sim.figures.reports > 0 ? EXIT_OK : EXIT_UNREACHABLE;
	}
	for (size_t i = 0; sim.units != NULL && i < sim.n; i++)
		helio_unit_free(sim.units[i].link);
	free(sim.units);
	helio_options_free(sim.options);
	return code;
}

const struct command command_sim_units = {
	.name = "sim units", .args = "", .run = run,
	.summary = "simulate units that connect, obey and upload",
	.example = "  HELIO_PASSWORD=.. helio sim units --url "
	    "http://127.0.0.1:8080 \\\n      --user factory@example.com "
	    "--count 20 --seed 7 --interval 5",
	COMMAND_OPTIONS(rows, struct sim_options),
};
