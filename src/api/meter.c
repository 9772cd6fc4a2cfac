/* Counters of requests, a set for each event loop. */
#include "api/meter.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS = 16, KINDS = 4, UPLOADS = KINDS, TIMES };

#define RELAXED	memory_order_relaxed

/* The statuses that are told apart; others count as the last. */
static const uint16_t status_of[] = {
	200, 201, 204, 400, 401, 403, 404, 405, 408, 409, 413, 415, 429, 431,
	500, 503, 507, 0,
};

enum {
	STATUSES = sizeof(status_of) / sizeof(status_of[0]),
	OTHER = STATUSES - 1,
};

static const char *const kind_name[KINDS] = {
	[AUTH_NONE] = "open", [AUTH_USER] = "user", [AUTH_UNIT] = "unit",
	[AUTH_PASSWORD] = "password",
};

static const struct {
	const char	*name, *label, *help;
} tallies[API_TALLIES] = {
#define TALLY(id, name_, label_, help_) \
	[TALLY_##id] = { .name = name_, .label = label_, .help = help_ },
#include "api/tally.def"
#undef TALLY
};

/* Upper bounds of the histogram, microseconds; a last one has none. */
static const int64_t bound_us[] = {
	500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 5000000, 10000000,
};

enum { BOUNDS = sizeof(bound_us) / sizeof(bound_us[0]) };

typedef _Atomic uint64_t counter;

/* One route on one loop; the last slot is for requests without a route. */
struct slot {
	const struct api_route *route;
	counter		 by_status[STATUSES];
};

struct shard {
	_Atomic(struct slot *) *slot;		/* n_routes + 1, made on use */
	struct {
		counter	 n[BOUNDS + 1];
		counter	 us;
	} took[TIMES];			/* by kind, and those of uploads */
	counter		 bytes;
	counter		 tally[API_TALLIES];
};

struct meter {
	size_t		 n_routes;
	struct shard	 shard[SHARDS];
};

struct meter *
meter_new(void)
{
	return calloc(1, sizeof(struct meter));
}

static void
free_slots(struct meter *m)
{
	for (size_t s = 0; s < SHARDS; s++) {
		if (m->shard[s].slot == NULL)
			continue;
		for (size_t i = 0; i <= m->n_routes; i++)
			free(atomic_load(&m->shard[s].slot[i]));
		free(m->shard[s].slot);
		m->shard[s].slot = NULL;
	}
}

void
meter_free(struct meter *m)
{
	if (m == NULL)
		return;
	free_slots(m);
	free(m);
}

/* Without memory a loop's requests are not counted by route. */
void
meter_routes(struct meter *m, size_t n)
{
	free_slots(m);
	m->n_routes = n;
	for (size_t s = 0; s < SHARDS; s++)
		m->shard[s].slot = calloc(n + 1, sizeof(*m->shard[s].slot));
}

/* ---- counting ---- */

static void
add(counter *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, RELAXED);
}

static size_t
status_index(unsigned status)
{
	for (size_t i = 0; i < OTHER; i++)
		if (status_of[i] == status)
			return i;
	return OTHER;
}

/* The counters of a route; two loops that share a shard may both make them. */
static struct slot *
slot_get(const struct meter *m, struct shard *shard,
    const struct meter_request *r)
{
	size_t i = r->route != NULL ? r->number : m->n_routes;
	struct slot *slot, *other = NULL;

	if (shard->slot == NULL || i > m->n_routes)
		return NULL;
	slot = atomic_load_explicit(&shard->slot[i], memory_order_acquire);
	if (slot != NULL)
		return slot;
	slot = calloc(1, sizeof(*slot));
	if (slot == NULL)
		return NULL;
	slot->route = r->route;
	if (atomic_compare_exchange_strong(&shard->slot[i], &other, slot))
		return slot;
	free(slot);
	return other;
}

static size_t
bucket(int64_t took_us)
{
	size_t i = 0;

	while (i < BOUNDS && took_us > bound_us[i])
		i++;
	return i;
}

static void
add_time(struct shard *shard, size_t which, int64_t took_us)
{
	add(&shard->took[which].n[bucket(took_us)], 1);
	add(&shard->took[which].us, (uint64_t)took_us);
}

void
meter_count(struct meter *m, const struct meter_request *r)
{
	struct shard *shard = &m->shard[r->loop % SHARDS];
	struct slot *slot = slot_get(m, shard, r);
	enum api_auth kind = r->route != NULL ? r->route->auth : AUTH_NONE;

	if (slot != NULL)
		add(&slot->by_status[status_index(r->status)], 1);
	add_time(shard, kind, r->took_us);
	if (r->route != NULL && r->route->body_max > 0)
		add_time(shard, UPLOADS, r->took_us);
	add(&shard->bytes, r->reply_bytes);
}

void
meter_tally(struct meter *m, unsigned loop, enum api_tally tally, uint64_t n)
{
	add(&m->shard[loop % SHARDS].tally[tally], n);
}

/* ---- printing ---- */

static uint64_t
get(const counter *c)
{
	return atomic_load_explicit(c, RELAXED);
}

/* Of one route and status over all loops; *route is set when there is one. */
static uint64_t
requests(const struct meter *m, size_t i, size_t status,
    const struct api_route **route)
{
	const struct slot *slot;
	uint64_t n = 0;

	for (size_t s = 0; s < SHARDS; s++) {
		if (m->shard[s].slot == NULL)
			continue;
		slot = atomic_load_explicit(&m->shard[s].slot[i],
		    memory_order_acquire);
		if (slot == NULL)
			continue;
		*route = slot->route;
		n += get(&slot->by_status[status]);
	}
	return n;
}

static void
print_requests(const struct meter *m, struct buf *out)
{
	const struct api_route *route;
	uint64_t n;

	buf_adds(out, "# HELP helio_requests_total Requests by route and "
	    "status; status 0 covers clients that went away and rare codes.\n"
	    "# TYPE helio_requests_total counter\n");
	for (size_t i = 0; i <= m->n_routes; i++) {
		for (size_t status = 0; status < STATUSES; status++) {
			route = NULL;
			n = requests(m, i, status, &route);
			if (n == 0)
				continue;
			buf_addf(out, "helio_requests_total{method=\"%s\","
			    "route=\"%s\",status=\"%u\"} %llu\n",
			    route != NULL ? api_method_name(route->method) :
			    "", route != NULL ? route->path : "",
			    status_of[status], (unsigned long long)n);
		}
	}
}

/* A histogram's lines; `label` is empty or ends in a comma. */
static void
print_times(const struct meter *m, size_t which, const char *name,
    const char *label, struct buf *out)
{
	int n_label = (int)strlen(label);
	uint64_t n = 0, us = 0;

	for (size_t b = 0; b <= BOUNDS; b++) {
		for (size_t s = 0; s < SHARDS; s++)
			n += get(&m->shard[s].took[which].n[b]);
		buf_addf(out, "%s_bucket{%sle=\"", name, label);
		if (b < BOUNDS)
			buf_addd(out, (double)bound_us[b] / 1e6);
		else
			buf_adds(out, "+Inf");
		buf_addf(out, "\"} %llu\n", (unsigned long long)n);
	}
	for (size_t s = 0; s < SHARDS; s++)
		us += get(&m->shard[s].took[which].us);
	n_label -= n_label > 0;
	buf_addf(out, "%s_sum%s%.*s%s ", name, n_label > 0 ? "{" : "", n_label,
	    label, n_label > 0 ? "}" : "");
	buf_addd(out, (double)us / 1e6);
	buf_addf(out, "\n%s_count%s%.*s%s %llu\n", name,
	    n_label > 0 ? "{" : "", n_label, label, n_label > 0 ? "}" : "",
	    (unsigned long long)n);
}

static void
print_all_times(const struct meter *m, struct buf *out)
{
	char label[32];

	buf_adds(out, "# HELP helio_request_seconds Time from the end of a "
	    "request's head to the end of its reply.\n"
	    "# TYPE helio_request_seconds histogram\n");
	for (size_t kind = 0; kind < KINDS; kind++) {
		snprintf(label, sizeof(label), "kind=\"%s\",",
		    kind_name[kind]);
		print_times(m, kind, "helio_request_seconds", label, out);
	}
	buf_adds(out, "# HELP helio_upload_seconds The same, of the routes "
	    "that take samples.\n# TYPE helio_upload_seconds histogram\n");
	print_times(m, UPLOADS, "helio_upload_seconds", "", out);
}

static void
print_tallies(const struct meter *m, struct buf *out)
{
	for (size_t i = 0; i < API_TALLIES; i++) {
		const char *label = tallies[i].label;
		uint64_t n = 0;

		for (size_t s = 0; s < SHARDS; s++)
			n += get(&m->shard[s].tally[i]);
		if (i == 0 || strcmp(tallies[i].name, tallies[i - 1].name) != 0)
			buf_addf(out, "# HELP %s %s\n# TYPE %s counter\n",
			    tallies[i].name, tallies[i].help, tallies[i].name);
		buf_addf(out, "%s%s%s%s %llu\n", tallies[i].name,
		    *label != '\0' ? "{" : "", label, *label != '\0' ? "}" : "",
		    (unsigned long long)n);
	}
}

void
meter_print(const struct meter *m, struct buf *out)
{
	uint64_t bytes = 0;

	print_requests(m, out);
	print_all_times(m, out);
	print_tallies(m, out);
	for (size_t s = 0; s < SHARDS; s++)
		bytes += get(&m->shard[s].bytes);
	buf_addf(out, "# HELP helio_reply_bytes_total Bytes of reply bodies.\n"
	    "# TYPE helio_reply_bytes_total counter\n"
	    "helio_reply_bytes_total %llu\n", (unsigned long long)bytes);
}
