/* The life of a connection; the diagram stands in machine.h. */
#include "connector/bluecurrent/machine.h"

#include <stdio.h>
#include <string.h>

#include "client/internal.h"
#include "connector/bluecurrent/amsterdam.h"

enum { NEVER = -1 };

static const helio_bc_state states[] = {
	[BC_CLOSED] = HELIO_BC_CLOSED,
	[BC_VALIDATING] = HELIO_BC_VALIDATING,
	[BC_LEAVING] = HELIO_BC_VALIDATING,
	[BC_CONNECTING] = HELIO_BC_CONNECTING,
	[BC_OPEN] = HELIO_BC_OPEN,
	[BC_ENDING] = HELIO_BC_CLOSED,
	[BC_WAITING] = HELIO_BC_WAITING,
};

helio_code
bc_machine_init(struct bc_machine *m, const struct bc_ports *ports,
    const char *api_token, helio_error *error)
{
	memset(m, 0, sizeof(*m));
	m->ports = *ports;
	m->due_ms = NEVER;
	m->memory.generation = &bc_generations[HELIO_BC_TODAY];
	m->memory.smart = json_object();
	m->api_token = secret_copy(api_token);
	if (m->memory.smart != NULL && m->api_token != NULL)
		return HELIO_DONE;
	bc_machine_clear(m);
	return helio_error_set(error, HELIO_LOCAL, "no memory");
}

void
bc_machine_clear(struct bc_machine *m)
{
	secret_free(m->api_token);
	secret_free(m->authorization);
	m->api_token = m->authorization = NULL;
	json_decref(m->memory.smart);
	m->memory.smart = NULL;
}

helio_bc_state
bc_machine_state(const struct bc_machine *m)
{
	return states[m->phase];
}

/* Move on, and tell when that shows. */
static void
enter(struct bc_machine *m, enum bc_phase phase, int64_t due_ms,
    const helio_error *why, int64_t wait_ms)
{
	m->phase = phase;
	m->due_ms = due_ms;
	if (states[phase] == m->shown)
		return;
	m->shown = states[phase];
	m->ports.state(m->ports.arg, m->shown,
	    why != NULL ? m->fault : HELIO_BC_NO_FAULT, why, wait_ms);
}

/* Overwrite a text that is a secret before its memory is given back. */
static void
wipe(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (text != NULL)
		explicit_bzero((char *)text, strlen(text));
}

static void
send_frame(struct bc_machine *m, const struct bc_request *request,
    const json_t *members, const char *authorization)
{
	struct buf frame = BUF_INIT;
	helio_error error;

	if (bc_request_frame(request, members, authorization, &frame,
	    &error) == HELIO_DONE)
		m->ports.send(m->ports.arg, frame.data, frame.len);
	secret_buf_free(&frame);
}

static void
begin(struct bc_machine *m)
{
	m->stopping = false;
	m->fault = HELIO_BC_NO_FAULT;
	enter(m, m->authorization != NULL && !m->validate_only ?
	    BC_CONNECTING : BC_VALIDATING, NEVER, NULL, 0);
	m->ports.open(m->ports.arg);
}

helio_code
bc_machine_start(struct bc_machine *m, bool validate_only, helio_error *error)
{
	if (m->phase != BC_CLOSED)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "Connection already started.");
	m->validate_only = validate_only;
	m->losses = 0;
	begin(m);
	return HELIO_DONE;
}

void
bc_machine_stop(struct bc_machine *m)
{
	m->stopping = true;
	switch (m->phase) {
	case BC_CLOSED:
	case BC_ENDING:
		break;
	case BC_WAITING:
		enter(m, BC_CLOSED, NEVER, NULL, 0);
		break;
	default:
		m->fault = HELIO_BC_NO_FAULT;
		enter(m, BC_ENDING, NEVER, NULL, 0);
		m->ports.close(m->ports.arg);
		break;
	}
}

/* ---- what a request is by the generation ---- */

/* Members that the caller need not know of: the card list's limit, and how a
 * charge point is called when a session stops.  A new reference. */
static json_t *
complete(const struct bc_generation *generation,
    const struct bc_request *request, const json_t *given)
{
	json_t *members = given != NULL ? json_copy((json_t *)given) :
	    json_object();
	json_t *id = json_object_get(members, "evse_id");

	if (strcmp(request->command, "GET_CHARGE_CARDS") == 0 &&
	    generation->cards_limit > 0 &&
	    json_object_get(members, "limit") == NULL)
		json_object_set_new(members, "limit",
		    json_integer(generation->cards_limit));
	if (strcmp(request->command, "STOP_SESSION") == 0 && id != NULL) {
		if (generation->stop_evseid)
			json_object_set(members, "evseid", id);
		if (!generation->stop_evse_id)
			json_object_del(members, "evse_id");
	}
	return members;
}

helio_code
bc_machine_send(struct bc_machine *m, const struct bc_request *request,
    const json_t *given, helio_error *error)
{
	json_t *members;
	struct buf frame = BUF_INIT;
	helio_code code;

	if (m->phase != BC_OPEN)
		return helio_error_set(error, HELIO_UNREACHABLE,
		    "No connection with the api.");
	members = complete(m->memory.generation, request, given);
	code = bc_request_frame(request, members, m->authorization, &frame,
	    error);
	if (code == HELIO_DONE)
		m->ports.send(m->ports.arg, frame.data, frame.len);
	secret_buf_free(&frame);
	json_decref(members);
	return code;
}

/* ---- losses ---- */

static int64_t
jitter(struct bc_machine *m, int64_t ms)
{
	return ms / 2 + m->ports.random(m->ports.arg, (uint32_t)ms);
}

static int64_t
wait_before(struct bc_machine *m, struct bc_now now)
{
	int64_t ms = BC_BACK_OFF_MS;

	if (m->fault == HELIO_BC_LIMIT)
		return bc_reset_delta_us(now.us) / 1000 +
		    m->ports.random(m->ports.arg, BC_LIMIT_SPREAD_MS);
	for (unsigned i = 1; i < m->losses && ms < BC_BACK_OFF_MOST_MS; i++)
		ms *= 2;
	if (ms > BC_BACK_OFF_MOST_MS)
		ms = BC_BACK_OFF_MOST_MS;
	ms = jitter(m, ms);
	if (m->fault == HELIO_BC_ALREADY && ms < BC_ALREADY_MS)
		ms += BC_ALREADY_MS;
	return ms;
}

/* The connection is gone for the reason kept in m. */
static void
lost(struct bc_machine *m, struct bc_now now)
{
	int64_t wait_ms;

	if (m->open_ms != NEVER && now.ms - m->open_ms >= BC_STABLE_MS)
		m->losses = 0;
	m->open_ms = NEVER;
	m->losses++;
	if (!m->reconnect || m->fault == HELIO_BC_TOKEN) {
		enter(m, BC_CLOSED, NEVER, &m->why, 0);
		return;
	}
	wait_ms = wait_before(m, now);
	enter(m, BC_WAITING, now.ms + wait_ms, &m->why, wait_ms);
}

/* Give the connection up for that reason; the rest when it is closed. */
static void
give_up(struct bc_machine *m, helio_bc_fault fault, helio_code code,
    const char *text)
{
	m->fault = fault;
	helio_error_set(&m->why, code, "%s", text);
	m->phase = BC_ENDING;
	m->due_ms = NEVER;
	m->ports.close(m->ports.arg);
}

static helio_bc_fault
fault_of(const struct bc_loss *loss)
{
	if (loss->close_code == 4001 ||
	    strstr(loss->reason, "Request limit reached") != NULL)
		return HELIO_BC_LIMIT;
	if (strstr(loss->reason, "Already connected") != NULL)
		return HELIO_BC_ALREADY;
	return HELIO_BC_LOST;
}

static void
describe_loss(struct bc_machine *m, const struct bc_loss *loss)
{
	helio_code code = m->fault == HELIO_BC_LOST ? HELIO_UNREACHABLE :
	    HELIO_UNAVAILABLE;
	struct buf text = BUF_INIT;

	buf_adds(&text, m->fault == HELIO_BC_LIMIT ? "Request limit reached" :
	    m->fault == HELIO_BC_ALREADY ? "Already connected" :
	    loss->handshake ? "Cannot connect to the websocket." :
	    "connection was closed.");
	if (m->fault == HELIO_BC_LOST && *loss->reason != '\0')
		buf_addf(&text, " (%s)", loss->reason);
	if (loss->status != 0 && loss->status != 101)
		buf_addf(&text, " (HTTP %u)", loss->status);
	if (loss->close_code != 0)
		buf_addf(&text, " (close code %u)", loss->close_code);
	helio_error_set(&m->why, code, "%s",
	    text.failed ? "no memory" : text.data);
	buf_free(&text);
}

void
bc_machine_closed(struct bc_machine *m, const struct bc_loss *loss,
    struct bc_now now)
{
	if (m->phase == BC_CLOSED || m->phase == BC_WAITING)
		return;
	if (m->stopping || (m->phase == BC_LEAVING && m->validate_only)) {
		m->open_ms = NEVER;
		enter(m, BC_CLOSED, NEVER, NULL, 0);
		return;
	}
	if (m->phase == BC_LEAVING) {
		begin(m);
		return;
	}
	if (m->phase != BC_ENDING) {
		m->fault = fault_of(loss);
		describe_loss(m, loss);
	}
	lost(m, now);
}

/* ---- what happens ---- */

void
bc_machine_opened(struct bc_machine *m, struct bc_now now)
{
	const char *header = m->memory.generation->hello_header;
	json_t *members;

	if (m->phase == BC_VALIDATING) {
		members = json_pack("{s:s}", "token", m->api_token);
		send_frame(m, bc_request_find("VALIDATE_API_TOKEN"), members,
		    NULL);
		wipe(members, "token");
		m->due_ms = now.ms + BC_VALIDATE_MS;
	} else if (m->phase == BC_CONNECTING) {
		members = header != NULL ? json_pack("{s:s}", "header",
		    header) : NULL;
		send_frame(m, bc_request_find("HELLO"), members,
		    m->authorization);
		m->open_ms = now.ms;
		enter(m, BC_OPEN, NEVER, NULL, 0);
	} else {
		return;
	}
	json_decref(members);
}

static void
take_token(struct bc_machine *m, const json_t *message)
{
	const char *token = json_string_value(json_object_get(message,
	    "token"));
	const json_t *customer = json_object_get(message, "customer_id");
	struct buf header = BUF_INIT;

	if (!json_is_true(json_object_get(message, "success")) ||
	    token == NULL || *token == '\0' || strlen(token) > BC_TOKEN_MAX) {
		give_up(m, HELIO_BC_TOKEN, HELIO_DENIED, "Invalid API token");
		return;
	}
	buf_addf(&header, "Token %s", token);
	secret_free(m->authorization);
	m->authorization = header.failed ? NULL : secret_copy(header.data);
	secret_buf_free(&header);
	wipe(message, "token");
	if (json_is_integer(customer))
		snprintf(m->customer_id, sizeof(m->customer_id),
		    "%" JSON_INTEGER_FORMAT, json_integer_value(customer));
	else if (json_is_string(customer))
		snprintf(m->customer_id, sizeof(m->customer_id), "%s",
		    json_string_value(customer));
	m->phase = BC_LEAVING;
	m->due_ms = NEVER;
	m->ports.close(m->ports.arg);
}

/* An ERROR that no connection survives; the others cost a request only. */
static bool
is_fatal(const struct bc_machine *m, int number)
{
	return m->phase == BC_VALIDATING || number == BC_FAULT_LIMIT ||
	    number == BC_FAULT_BAD_TOKEN;
}

static void
take_fault(struct bc_machine *m, const struct bc_received *got)
{
	bool limit = got->fault == BC_FAULT_LIMIT;

	if (!is_fatal(m, got->fault))
		return;
	/* another auth token may do */
	if (!limit) {
		secret_free(m->authorization);
		m->authorization = NULL;
	}
	give_up(m, limit ? HELIO_BC_LIMIT : HELIO_BC_SERVICE,
	    limit ? HELIO_UNAVAILABLE : HELIO_REFUSED, got->text);
}

static void
deliver(struct bc_machine *m, const struct bc_received *got)
{
	if (got->deliver)
		m->ports.deliver(m->ports.arg, got->message, got->evse_id);
	if (got->second != NULL)
		m->ports.deliver(m->ports.arg, got->second, got->evse_id);
}

void
bc_machine_message(struct bc_machine *m, const char *text, size_t n,
    struct bc_now now)
{
	struct bc_received got;

	if (m->phase != BC_VALIDATING && m->phase != BC_OPEN)
		return;
	bc_receive(&m->memory, text, n, now.us, &got);
	m->ports.received(m->ports.arg, &got);
	if (got.stage == BC_FAULT)
		take_fault(m, &got);
	else if (m->phase == BC_OPEN)
		deliver(m, &got);
	else if (strcmp(got.object, "STATUS_API_TOKEN") == 0)
		take_token(m, got.message);
	else if (m->phase == BC_VALIDATING)
		give_up(m, HELIO_BC_SERVICE, HELIO_MALFORMED,
		    got.stage == BC_BAD ? got.text :
		    "the reply is no STATUS_API_TOKEN");
	bc_received_clear(&got);
}

void
bc_machine_tick(struct bc_machine *m, struct bc_now now)
{
	if (m->due_ms == NEVER || now.ms < m->due_ms)
		return;
	if (m->phase == BC_WAITING)
		begin(m);
	else
		give_up(m, HELIO_BC_LOST, HELIO_TIMED_OUT,
		    "no answer to VALIDATE_API_TOKEN in time");
}

int64_t
bc_machine_timeout_ms(const struct bc_machine *m, struct bc_now now)
{
	if (m->due_ms == NEVER)
		return -1;
	return m->due_ms > now.ms ? m->due_ms - now.ms : 0;
}
