/*
 * /_control/: how tests look into a sandbox and steer it.  The kinds add
 * routes of their own below the same path.
 */
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "sandbox/internal.h"

enum { DELAY_MOST_MS = 600000 };

/* GET /_control/requests[?after=SEQ][&path=GLOB] */
static void
get_requests(void *arg, struct sandbox_call *call)
{
	const struct sandbox *sandbox = arg;
	const char *after = http_param(call->http, "after");
	const char *glob = http_param(call->http, "path");

	call->status = 200;
	call->content_type = "application/json";
	record_write(&sandbox->records,
	    after != NULL ? strtoull(after, NULL, 10) : 0,
	    glob != NULL ? glob : "", &call->out);
}

static void
done(struct sandbox_call *call)
{
	sandbox_answer_text(call, 200, "application/json", "{}");
}

static void
delete_requests(void *arg, struct sandbox_call *call)
{
	struct sandbox *sandbox = arg;

	record_clear(&sandbox->records);
	done(call);
}

/* A whole number from 0 to most, under a name; absent: as it was. */
static bool
take(const json_t *body, const char *name, json_int_t most, json_int_t *ret)
{
	const json_t *value = json_object_get(body, name);

	if (value == NULL)
		return true;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > most)
		return false;
	*ret = json_integer_value(value);
	return true;
}

static void
set_faults(struct sandbox *sandbox, const json_t *body,
    struct sandbox_call *call)
{
	const char *fail = json_string_value(json_object_get(body, "fail"));
	json_int_t delay = sandbox->delay_ms, limit = sandbox->limit;
	struct helio_err err;

	err_clear(&err);
	if (!take(body, "delay", DELAY_MOST_MS, &delay) ||
	    !take(body, "limit", INT32_MAX, &limit)) {
		sandbox_refuse(call, 400, "delay and limit are whole numbers");
	} else if (fail != NULL && fault_parse(&sandbox->faults, fail, &err) !=
	    HELIO_OK) {
		sandbox_refuse(call, 400, err.fault[0].text);
	} else {
		sandbox->delay_ms = (unsigned)delay;
		sandbox->limit = (long)limit;
		sandbox->asked = 0;
		done(call);
	}
}

/* PUT /_control/faults {"fail": SPEC, "delay": MS, "limit": N} */
static void
put_faults(void *arg, struct sandbox_call *call)
{
	json_t *body = sandbox_json(call);

	if (json_is_object(body))
		set_faults(arg, body, call);
	else
		sandbox_refuse(call, 400, "the body is no JSON object");
	json_decref(body);
}

static void
answer_time(struct sandbox *sandbox, struct sandbox_call *call)
{
	char now[TIME_TEXT_MAX];

	time_format_iso(sandbox_now_us(sandbox), now);
	sandbox_answer(call, 200, json_pack("{s:s}", "now", now));
}

static void
get_clock(void *arg, struct sandbox_call *call)
{
	answer_time(arg, call);
}

/* POST /_control/clock {"advance": SECONDS} */
static void
post_clock(void *arg, struct sandbox_call *call)
{
	struct sandbox *sandbox = arg;
	json_t *body = sandbox_json(call);
	json_int_t seconds = -1;

	if (json_is_object(body) &&
	    take(body, "advance", INT32_MAX, &seconds) && seconds >= 0) {
		sandbox->ahead_us += seconds * US_PER_S;
		answer_time(sandbox, call);
	} else {
		sandbox_refuse(call, 400, "advance is a number of seconds");
	}
	json_decref(body);
}

const struct sandbox_route control_routes[] = {
	{ HTTP_GET, "/_control/requests", get_requests },
	{ HTTP_DELETE, "/_control/requests", delete_requests },
	{ HTTP_PUT, "/_control/faults", put_faults },
	{ HTTP_GET, "/_control/clock", get_clock },
	{ HTTP_POST, "/_control/clock", post_clock },
};
const size_t n_control_routes =
    sizeof(control_routes) / sizeof(control_routes[0]);
