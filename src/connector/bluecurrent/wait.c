/* The calls that wait. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "connector/bluecurrent/client.h"

enum { DISCONNECT_MS = 5000 };

/* ---- is it what is waited for? ---- */

static void
finish(struct bc_waiting *waiting, const struct bc_received *got)
{
	static const helio_bc_fault faults[] = {
		[BC_PUSHED] = HELIO_BC_NO_CARDS, [BC_RECEIVED] = HELIO_BC_REJECTED,
		[BC_STATUS] = HELIO_BC_REJECTED, [BC_FAULT] = HELIO_BC_SERVICE,
	};

	waiting->done = true;
	waiting->code = HELIO_DONE;
	bc_message_set(&waiting->message, got->message, got->evse_id);
	if (!got->failed)
		return;
	waiting->fault = faults[got->stage];
	waiting->code = helio_error_set(&waiting->error,
	    got->fault == BC_FAULT_LIMIT ? HELIO_UNAVAILABLE : HELIO_REFUSED,
	    "%s", got->text);
}

static bool
same_evse(const struct bc_waiting *waiting, const struct bc_received *got)
{
	return *waiting->evse_id == '\0' || *got->evse_id == '\0' ||
	    strcmp(waiting->evse_id, got->evse_id) == 0;
}

static bool
is_answer(const struct bc_waiting *waiting, const struct bc_received *got)
{
	const struct bc_request *request = waiting->request;

	if (got->stage == BC_FAULT)
		return true;
	if (!same_evse(waiting, got))
		return false;
	if (got->stage == BC_RECEIVED)
		return got->failed && request->ends == BC_ENDS_ACTION &&
		    strcmp(got->object + strlen("RECEIVED_"),
		    request->command) == 0;
	return strcmp(got->object, request->answer) == 0;
}

void
bc_wait_received(struct bc_waiting *waiting, const struct bc_received *got)
{
	if (waiting->request != NULL && !waiting->done &&
	    got->stage != BC_BAD && is_answer(waiting, got))
		finish(waiting, got);
}

void
bc_wait_lost(struct bc_waiting *waiting, const helio_error *why)
{
	if (waiting->request == NULL || waiting->done)
		return;
	waiting->done = true;
	waiting->error = *why;
	waiting->code = why->code;
}

/* ---- waiting ---- */

/* The shorter of two times, -1 being for ever. */
static long
sooner(long a, long b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

void
helio_bc_wait(helio_bc *bc, long ms)
{
	struct pollfd one = { .fd = helio_bc_fd(bc), .events = POLLIN };
	long most = sooner(ms, helio_bc_timeout_ms(bc));

	if (poll(&one, 1, most > INT_MAX ? INT_MAX : (int)most) >= 0 ||
	    errno == EINTR)
		helio_bc_run(bc);
}

/* Time left until end_ms, 0 when it is over; end_ms -1 is for ever. */
static long
left(int64_t end_ms)
{
	int64_t now = time_monotonic_ms();

	if (end_ms < 0)
		return -1;
	return end_ms > now ? (long)(end_ms - now) : 0;
}

/* Run until the connection stands, has ended or will be tried again. */
static void
settle(helio_bc *bc)
{
	helio_bc_state state;

	do {
		helio_bc_wait(bc, -1);
		state = helio_bc_state_now(bc);
	} while (state == HELIO_BC_VALIDATING || state == HELIO_BC_CONNECTING ||
	    bc->machine.phase == BC_ENDING);
}

static helio_code
outcome(const helio_bc *bc, helio_error *error)
{
	if (bc->machine.fault == HELIO_BC_NO_FAULT)
		return HELIO_DONE;
	*error = bc->machine.why;
	return error->code;
}

static helio_code
begin(helio_bc *bc, bool validate_only, helio_error *error)
{
	helio_code code = bc_begin(bc, validate_only, error);

	if (code != HELIO_DONE)
		return code;
	settle(bc);
	return outcome(bc, error);
}

helio_code
helio_bc_validate(helio_bc *bc, helio_error *error)
{
	return begin(bc, true, error);
}

helio_code
helio_bc_connect(helio_bc *bc, helio_error *error)
{
	return begin(bc, false, error);
}

void
helio_bc_disconnect(helio_bc *bc)
{
	int64_t end_ms = time_monotonic_ms() + DISCONNECT_MS;

	helio_bc_stop(bc);
	while (bc->machine.phase != BC_CLOSED && left(end_ms) > 0)
		helio_bc_wait(bc, left(end_ms));
}

helio_code
helio_bc_wait_for_response(helio_bc *bc, long ms,
    const helio_bc_message **ret, helio_error *error)
{
	int64_t end_ms = ms < 0 ? -1 : time_monotonic_ms() + ms;
	uint64_t seen = bc->delivered;

	if (helio_bc_state_now(bc) != HELIO_BC_OPEN)
		return helio_error_set(error, HELIO_UNREACHABLE,
		    "No connection with the api.");
	while (bc->delivered == seen &&
	    helio_bc_state_now(bc) == HELIO_BC_OPEN && left(end_ms) != 0)
		helio_bc_wait(bc, left(end_ms));
	if (bc->delivered == seen && helio_bc_state_now(bc) != HELIO_BC_OPEN)
		return outcome(bc, error) != HELIO_DONE ? error->code :
		    helio_error_set(error, HELIO_UNREACHABLE,
		    "connection was closed.");
	if (bc->delivered == seen)
		return helio_error_set(error, HELIO_TIMED_OUT,
		    "no message in %ld ms", ms);
	if (ret != NULL)
		*ret = &bc->last;
	return HELIO_DONE;
}

/* ---- requests ---- */

static helio_code
read_request(const char *command, const char *members,
    const struct bc_request **ret, json_t **ret_members, helio_error *error)
{
	const struct bc_request *request = bc_request_find(command);
	json_error_t why;
	json_t *given = NULL;

	if (request == NULL)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "there is no command %.60s", command);
	if (members != NULL &&
	    (given = json_loads(members, 0, &why)) == NULL)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "%s: the members are no JSON: %s", command, why.text);
	*ret = request;
	*ret_members = given;
	return HELIO_DONE;
}

helio_code
helio_bc_send(helio_bc *bc, const char *command, const char *members,
    helio_error *error)
{
	const struct bc_request *request;
	json_t *given;
	helio_code code = read_request(command, members, &request, &given,
	    error);

	if (code != HELIO_DONE)
		return code;
	code = bc_machine_send(&bc->machine, request, given, error);
	json_decref(given);
	return code;
}

static void
expect(struct bc_waiting *waiting, const struct bc_request *request,
    const json_t *given)
{
	const char *id = json_string_value(json_object_get(given, "evse_id"));

	waiting->request = request;
	waiting->done = false;
	waiting->fault = HELIO_BC_NO_FAULT;
	bc_message_clear(&waiting->message);
	snprintf(waiting->evse_id, sizeof(waiting->evse_id), "%s",
	    id != NULL ? id : "");
}

static helio_code
await(helio_bc *bc, helio_error *error)
{
	struct bc_waiting *waiting = &bc->waiting;
	int64_t end_ms = time_monotonic_ms() + bc->options.timeout_ms;

	while (!waiting->done && left(end_ms) > 0)
		helio_bc_wait(bc, left(end_ms));
	if (!waiting->done)
		return helio_error_set(error, HELIO_TIMED_OUT,
		    waiting->request->ends == BC_ENDS_ACTION ?
		    "the charge point has not answered in %ld ms" :
		    "no answer in %ld ms", bc->options.timeout_ms);
	if (waiting->code != HELIO_DONE)
		*error = waiting->error;
	if (waiting->fault != HELIO_BC_NO_FAULT)
		bc->machine.fault = waiting->fault;
	return waiting->code;
}

helio_code
helio_bc_call(helio_bc *bc, const char *command, const char *members,
    const helio_bc_message **ret, helio_error *error)
{
	const struct bc_request *request;
	json_t *given;
	helio_code code = read_request(command, members, &request, &given,
	    error);

	if (code != HELIO_DONE)
		return code;
	if (helio_bc_state_now(bc) == HELIO_BC_OPEN)
		bc->machine.fault = HELIO_BC_NO_FAULT;
	expect(&bc->waiting, request, given);
	code = bc_machine_send(&bc->machine, request, given, error);
	if (code == HELIO_DONE)
		code = await(bc, error);
	bc->waiting.request = NULL;
	json_decref(given);
	if (code != HELIO_DONE)
		return helio_error_step(error, "%s", command);
	if (ret != NULL)
		*ret = &bc->waiting.message;
	return HELIO_DONE;
}
