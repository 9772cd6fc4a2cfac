/*
 * The monitor API of a Wi-Fi controller: who was connected between two times,
 * in pages.
 *
 * A population of devices comes and goes by the hour; who is there follows
 * from the seed, the hour and the device alone, so that every window has the
 * same clients however often and in whatever order it is asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "sandbox/sandbox.h"

enum {
#define SETTING(name, fallback, help) SET_##name,
#include "sandbox/xiq.def"
#undef SETTING
};

static const struct sandbox_setting settings[] = {
#define SETTING(name_, fallback_, help_) { #name_, fallback_, help_ },
#include "sandbox/xiq.def"
#undef SETTING
};

#define HOUR_US (INT64_C(3600) * US_PER_S)

enum {
	CLIENTS_MAX = 200000,
	SSIDS_MAX = 64, SSID_SIZE = 64,
	HOURS_MAX = 24 * 32,		/* of one window */
	PAGE_MAX = 10000,
	FAULTS_MAX = 32,
	TIME_SIZE = 32,
};

/* How a page is spoilt. */
enum spoil { SPOIL_ERROR, SPOIL_MALFORMED, SPOIL_NO_PAGINATION };

static const char *const spoils[] = { "error", "malformed", "no pagination" };

struct page_fault {
	char		 start[TIME_SIZE];	/* "": of any window */
	int		 page;			/* -1: any */
	long		 times;			/* still to come */
	enum spoil	 spoil;
};

struct site {
	struct sandbox	*sandbox;
	uint64_t	 seed;
	char		 ssid[SSIDS_MAX][SSID_SIZE];
	size_t		 n_ssids;
	uint32_t	 n_clients, wired, doubles;
	struct page_fault fault[FAULTS_MAX];
	size_t		 n_faults;
};

struct window {
	int64_t		 start_us, end_us;
};

/* ---- the population ---- */

/* A number for a device and what is asked of it (splitmix64's mixer). */
static uint32_t
chance(const struct site *site, uint64_t what, uint64_t client)
{
	uint64_t z = site->seed ^ what * UINT64_C(0x9e3779b97f4a7c15) ^
	    client * UINT64_C(0xd1b54a32d192ed03);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) >> 16);
}

/* What is asked: a trait, or who is there in an hour (since 1970). */
enum { TRAIT_SSID = 1, TRAIT_WIRED, TRAIT_DOUBLE, TRAIT_MINUTE, HOUR = 1000 };

/* Of 100 devices, how many are there at an hour of the day (UTC). */
static uint32_t
presence(int64_t hour)
{
	static const uint8_t by_hour[24] = {
		4, 3, 3, 3, 4, 8, 18, 35, 55, 62, 64, 60,
		52, 58, 63, 60, 54, 42, 30, 22, 16, 11, 8, 5,
	};

	return by_hour[hour % 24];
}

static bool
is_there(const struct site *site, uint32_t client, const struct window *in)
{
	int64_t hour = in->start_us / HOUR_US;

	for (; hour * HOUR_US < in->end_us; hour++)
		if (chance(site, HOUR + (uint64_t)hour, client) % 100 <
		    presence(hour))
			return true;
	return false;
}

static bool
is_wired(const struct site *site, uint32_t client)
{
	return chance(site, TRAIT_WIRED, client) % 100 < site->wired;
}

/* NULL: on a cable.  Earlier names have more clients. */
static const char *
ssid_of(const struct site *site, uint32_t client)
{
	uint32_t a = chance(site, TRAIT_SSID, client) % site->n_ssids;
	uint32_t b = (chance(site, TRAIT_SSID, client) >> 8) % site->n_ssids;

	return is_wired(site, client) ? NULL : site->ssid[a < b ? a : b];
}

/* How often a device is in the list of a window. */
static unsigned
entries(const struct site *site, uint32_t client, const struct window *in)
{
	if (!is_there(site, client, in))
		return 0;
	return chance(site, TRAIT_DOUBLE, client) % 100 < site->doubles ? 2 :
	    1;
}

static json_t *
time_text(int64_t at_us)
{
	char text[TIME_TEXT_MAX], whole[TIME_TEXT_MAX];

	time_format_iso(at_us - at_us % US_PER_S, text);
	snprintf(whole, sizeof(whole), "%.19s.000Z", text);
	return json_string(whole);
}

static json_t *
describe_client(const struct site *site, uint32_t client,
    const struct window *in)
{
	const char *ssid = ssid_of(site, client);
	int64_t since_us = in->start_us - US_PER_S * 60 *
	    (chance(site, TRAIT_MINUTE, client) % 60);
	char mac[20], host[24];

	snprintf(mac, sizeof(mac), "02005E%06X", client);
	snprintf(host, sizeof(host), "device-%u", client);
	return json_pack("{s:I, s:s, s:s, s:s, s:s?, s:o, s:o}",
	    "clientId", (json_int_t)client + 100000, "clientMac", mac,
	    "hostName", host, "connectionType", ssid != NULL ? "WIRELESS" :
	    "WIRED", "ssid", ssid, "sessionStart", time_text(since_us),
	    "sessionEnd", json_null());
}

/* ---- settings ---- */

static bool
take_ssids(struct site *site, const char *list)
{
	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == 0 || n >= SSID_SIZE || site->n_ssids == SSIDS_MAX)
			return false;
		memcpy(site->ssid[site->n_ssids++], list, n);
		list += n + (list[n] == ',');
	}
	return site->n_ssids > 0;
}

static enum helio_rc
take_number(const struct sandbox *sandbox, size_t setting, long least,
    long most, uint32_t *ret, struct helio_err *err)
{
	long n = sandbox_number(sandbox, setting);

	if (n < least || n > most)
		return err_field(err, settings[setting].name,
		    "is a number from %ld to %ld", least, most);
	*ret = (uint32_t)n;
	return HELIO_OK;
}

static enum helio_rc
take_settings(struct site *site, struct helio_err *err)
{
	const struct sandbox *sandbox = site->sandbox;
	uint32_t page_size;
	enum helio_rc rc = take_number(sandbox, SET_clients, 0, CLIENTS_MAX,
	    &site->n_clients, err);

	if (rc == HELIO_OK)
		rc = take_number(sandbox, SET_wired, 0, 100, &site->wired,
		    err);
	if (rc == HELIO_OK)
		rc = take_number(sandbox, SET_doubles, 0, 100, &site->doubles,
		    err);
	if (rc == HELIO_OK)
		rc = take_number(sandbox, SET_page_size, 1, PAGE_MAX,
		    &page_size, err);
	if (rc == HELIO_OK && !take_ssids(site, sandbox_text(sandbox,
	    SET_ssids)))
		rc = err_field(err, "ssids", "are at most %d names of less "
		    "than %d bytes, parted by commas", SSIDS_MAX, SSID_SIZE);
	return rc;
}

static enum helio_rc
site_new(struct sandbox *sandbox, void **ret, struct helio_err *err)
{
	struct site *site = calloc(1, sizeof(*site));
	enum helio_rc rc;

	if (site == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	site->sandbox = sandbox;
	site->seed = sandbox_random(sandbox);
	rc = take_settings(site, err);
	if (rc == HELIO_OK)
		*ret = site;
	else
		free(site);
	return rc;
}

/* ---- answers ---- */

/* The service's own form of an error. */
static void
answer_error(struct sandbox_call *call, unsigned status, const char *message)
{
	sandbox_answer(call, status, json_pack("{s:n, s:n, s:{s:i, s:s}}",
	    "data", "pagination", "error", "status", (int)status, "message",
	    message));
}

static void
describe_fault(unsigned status, struct sandbox_call *call)
{
	answer_error(call, status, status == 429 ? "too many requests" :
	    "injected fault");
}

static bool
header_is(const struct site *site, const struct sandbox_call *call,
    const char *name, size_t setting)
{
	const char *value = http_header(call->http, name);

	return value != NULL &&
	    strcmp(value, sandbox_text(site->sandbox, setting)) == 0;
}

/* Who asks, and whose clients?  An answer is given when that is wrong. */
static bool
admitted(const struct site *site, struct sandbox_call *call)
{
	const char *bearer = http_header(call->http, "Authorization");
	const char *owner = http_param(call->http, "ownerId");

	if (!header_is(site, call, "X-AH-API-CLIENT-ID", SET_client_id) ||
	    !header_is(site, call, "X-AH-API-CLIENT-SECRET",
	    SET_client_secret) || !header_is(site, call,
	    "X-AH-API-CLIENT-REDIRECT-URI", SET_redirect_uri))
		answer_error(call, 401, "invalid client");
	else if (bearer == NULL || strncmp(bearer, "Bearer ", 7) != 0 ||
	    strcmp(bearer + 7, sandbox_text(site->sandbox, SET_token)) != 0)
		answer_error(call, 401, "invalid access token");
	else if (owner == NULL ||
	    strcmp(owner, sandbox_text(site->sandbox, SET_owner)) != 0)
		answer_error(call, 403, "no such owner for this token");
	else
		return true;
	return false;
}

static bool
take_time(struct sandbox_call *call, const char *name, int64_t *ret_us)
{
	const char *text = http_param(call->http, name);

	return text != NULL && time_parse(text, strlen(text), ret_us, NULL,
	    &(const char *){ NULL }) && *ret_us >= 0;
}

static bool
take_window(struct sandbox_call *call, struct window *ret)
{
	return take_time(call, "startTime", &ret->start_us) &&
	    take_time(call, "endTime", &ret->end_us) &&
	    ret->start_us < ret->end_us &&
	    ret->end_us - ret->start_us <= HOURS_MAX * HOUR_US;
}

/* A whole number in the query; absent or empty: the fallback. */
static bool
take_count(struct sandbox_call *call, const char *name, long least, long most,
    long fallback, long *ret)
{
	const char *text = http_param(call->http, name);
	char *end;

	*ret = fallback;
	if (text == NULL || *text == '\0')
		return true;
	*ret = strtol(text, &end, 10);
	return *end == '\0' && *ret >= least && *ret <= most;
}

/* One page of a window; *ret_total counts all of it. */
static json_t *
list_page(const struct site *site, const struct window *in, int64_t offset,
    int64_t size, int64_t *ret_total)
{
	json_t *page = json_array();
	int64_t n = 0;

	for (uint32_t client = 0; client < site->n_clients; client++)
		for (unsigned i = entries(site, client, in); i > 0; i--, n++)
			if (n >= offset && n < offset + size)
				json_array_append_new(page, describe_client(
				    site, client, in));
	*ret_total = n;
	return page;
}

static void
answer_page(const struct site *site, struct sandbox_call *call,
    const struct window *in, long page, long size)
{
	int64_t total;
	json_t *list = list_page(site, in, (int64_t)page * size, size,
	    &total);
	size_t n = json_array_size(list);

	sandbox_answer(call, 200, json_pack(
	    "{s:o, s:{s:I, s:I, s:I}, s:n}", "data", list, "pagination",
	    "offset", (json_int_t)page * size, "countInPage", (json_int_t)n,
	    "totalCount", (json_int_t)total, "error"));
}

/* ---- faults of single pages ---- */

static const struct page_fault *
next_fault(struct site *site, const char *start, long page)
{
	for (size_t i = 0; i < site->n_faults; i++) {
		struct page_fault *fault = &site->fault[i];

		if (fault->times > 0 && (fault->page < 0 ||
		    fault->page == page) && (*fault->start == '\0' ||
		    strcmp(fault->start, start) == 0)) {
			fault->times--;
			return fault;
		}
	}
	return NULL;
}

/* An answer that is right, spoilt. */
static void
spoil(struct sandbox_call *call, enum spoil how)
{
	json_t *body;

	switch (how) {
	case SPOIL_ERROR:
		answer_error(call, 500, "internal error");
		break;
	case SPOIL_MALFORMED:
		sandbox_answer_text(call, 502, "text/html",
		    "<html><body>Bad gateway</body></html>");
		break;
	case SPOIL_NO_PAGINATION:
		body = json_loadb(call->out.data, call->out.len, 0, NULL);
		json_object_del(body, "pagination");
		sandbox_answer(call, 200, body);
		break;
	}
}

static void
get_clients(void *state, struct sandbox_call *call)
{
	struct site *site = state;
	const struct page_fault *fault;
	struct window in;
	long page, size;

	if (!admitted(site, call))
		return;
	if (!take_window(call, &in)) {
		answer_error(call, 400, "startTime and endTime are needed, "
		    "at most 32 days apart");
	} else if (!take_count(call, "page", 0, INT32_MAX, 0, &page) ||
	    !take_count(call, "pageSize", 1, PAGE_MAX,
	    sandbox_number(site->sandbox, SET_page_size), &size)) {
		answer_error(call, 400, "page or pageSize is out of range");
	} else {
		answer_page(site, call, &in, page, size);
		fault = next_fault(site, http_param(call->http, "startTime"),
		    page);
		if (fault != NULL)
			spoil(call, fault->spoil);
	}
}

/* ---- control ---- */

/* GET /_control/counts?startTime=..&endTime=..: what is true of a window. */
static void
get_counts(void *state, struct sandbox_call *call)
{
	const struct site *site = state;
	uint32_t n[SSIDS_MAX] = { 0 };
	struct window in;
	json_t *counts;

	if (!take_window(call, &in)) {
		sandbox_refuse(call, 400, "startTime and endTime are needed");
		return;
	}
	for (uint32_t client = 0; client < site->n_clients; client++)
		for (size_t i = 0; i < site->n_ssids; i++)
			n[i] += is_there(site, client, &in) &&
			    ssid_of(site, client) == site->ssid[i];
	counts = json_object();
	for (size_t i = 0; i < site->n_ssids; i++)
		if (n[i] > 0)
			json_object_set_new(counts, site->ssid[i],
			    json_integer(n[i]));
	sandbox_answer(call, 200, counts);
}

static bool
take_fault(struct site *site, const json_t *from)
{
	const char *start = json_string_value(json_object_get(from, "start"));
	const char *how = json_string_value(json_object_get(from, "how"));
	const json_t *page = json_object_get(from, "page");
	const json_t *times = json_object_get(from, "times");
	struct page_fault *fault = &site->fault[site->n_faults];
	size_t i = 0;

	while (i < sizeof(spoils) / sizeof(spoils[0]) &&
	    strcmp(spoils[i], how != NULL ? how : spoils[0]) != 0)
		i++;
	if (site->n_faults == FAULTS_MAX ||
	    i == sizeof(spoils) / sizeof(spoils[0]) ||
	    (page != NULL && !json_is_integer(page)))
		return false;
	*fault = (struct page_fault){ .spoil = (enum spoil)i,
	    .page = page != NULL ? (int)json_integer_value(page) : -1,
	    .times = times != NULL ? (long)json_integer_value(times) : 1 };
	snprintf(fault->start, sizeof(fault->start), "%s", start != NULL ?
	    start : "");
	site->n_faults++;
	return true;
}

/* PUT /_control/pages [{"page", "start", "times", "how"}, ..]: these spoil */
static void
put_pages(void *state, struct sandbox_call *call)
{
	struct site *site = state;
	json_t *body = sandbox_json(call), *one;
	bool good = json_is_array(body);
	size_t i;

	site->n_faults = 0;
	json_array_foreach(body, i, one)
		good = good && take_fault(site, one);
	if (good)
		sandbox_answer(call, 200, json_object());
	else
		sandbox_refuse(call, 400, "a list of {\"page\", \"start\", "
		    "\"times\", \"how\": error, malformed or no pagination}");
	json_decref(body);
}

static const struct sandbox_route routes[] = {
	{ HTTP_GET, "/xapi/v1/monitor/clients", get_clients },
	{ HTTP_GET, "/_control/counts", get_counts },
	{ HTTP_PUT, "/_control/pages", put_pages },
};

const struct sandbox_kind sandbox_xiq = {
	.name = "xiq",
	SANDBOX_SETTINGS(settings),
	SANDBOX_ROUTES(routes),
	.new = site_new,
	.free = free,
	.describe = describe_fault,
};
