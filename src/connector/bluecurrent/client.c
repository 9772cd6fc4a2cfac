/* The public handle: the state machine on a socket. */
#include "connector/bluecurrent/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/times.h"
#include "connector/bluecurrent/amsterdam.h"

enum {
	PING_S = 20,		/* of silence, as other clients of the service */
	HANG_UP_S = 40,
};

static struct bc_now
clock_now(void)
{
	return (struct bc_now){ time_now_us(), time_monotonic_ms() };
}

/* ---- ports of the machine ---- */

static void
port_open(void *arg)
{
	bc_link_open(((helio_bc *)arg)->link);
}

static void
port_send(void *arg, const char *text, size_t n)
{
	bc_link_send(((helio_bc *)arg)->link, text, n);
}

static void
port_close(void *arg)
{
	bc_link_close(((helio_bc *)arg)->link);
}

static uint32_t
port_random(void *arg, uint32_t below)
{
	return random_below(below);
}

static void
port_received(void *arg, const struct bc_received *got)
{
	helio_bc *bc = arg;

	bc_wait_received(&bc->waiting, got);
}

static void
port_deliver(void *arg, json_t *message, const char *evse_id)
{
	helio_bc *bc = arg;
	helio_bc_message one = { 0 };

	bc_message_set(&one, message, evse_id);
	bc->delivered++;
	bc_message_set(&bc->last, message, evse_id);
	if (bc->on_message != NULL)
		bc->on_message(bc->message_arg, &one);
	bc_message_clear(&one);
}

static void
port_state(void *arg, helio_bc_state state, helio_bc_fault fault,
    const helio_error *why, int64_t wait_ms)
{
	helio_bc *bc = arg;

	if (why != NULL)
		bc_wait_lost(&bc->waiting, why);
	if (bc->on_state != NULL)
		bc->on_state(bc->state_arg, state, fault, why, wait_ms);
}

/* ---- the handle ---- */

static helio_code
fill(helio_bc *bc, const helio_options *options, const char *api_token,
    helio_error *error)
{
	const struct bc_ports ports = {
		.arg = bc, .open = port_open, .send = port_send,
		.close = port_close, .received = port_received,
		.deliver = port_deliver, .state = port_state,
		.random = port_random,
	};

	bc->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bc->fd < 0 || !crypto_start() ||
	    !options_copy(&bc->options, options))
		return helio_error_set(error, HELIO_LOCAL,
		    "no memory or descriptors");
	if (api_token == NULL || *api_token == '\0')
		return helio_error_set(error, HELIO_DENIED, "token not set");
	return bc_machine_init(&bc->machine, &ports, api_token, error);
}

helio_code
helio_bc_new(const helio_options *options, const char *api_token,
    helio_bc **ret, helio_error *error)
{
	helio_bc *bc = calloc(1, sizeof(*bc));
	helio_code code;

	if (bc == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	code = fill(bc, options, api_token, error);
	if (code == HELIO_DONE)
		*ret = bc;
	else
		helio_bc_free(bc);
	return code;
}

void
helio_bc_free(helio_bc *bc)
{
	if (bc == NULL)
		return;
	bc_link_free(bc->link);
	bc_machine_clear(&bc->machine);
	bc_message_clear(&bc->last);
	bc_message_clear(&bc->waiting.message);
	options_clear(&bc->options);
	if (bc->fd >= 0)
		close(bc->fd);
	free(bc);
}

void
helio_bc_set_generation(helio_bc *bc, helio_bc_generation generation)
{
	if ((size_t)generation < bc_n_generations)
		bc->machine.memory.generation = &bc_generations[generation];
}

void
helio_bc_set_reconnect(helio_bc *bc, bool on)
{
	bc->machine.reconnect = on;
}

void
helio_bc_on_message(helio_bc *bc, helio_bc_receiver *call, void *arg)
{
	bc->on_message = call;
	bc->message_arg = arg;
}

void
helio_bc_on_state(helio_bc *bc, helio_bc_watcher *call, void *arg)
{
	bc->on_state = call;
	bc->state_arg = arg;
}

helio_bc_state
helio_bc_state_now(const helio_bc *bc)
{
	return bc_machine_state(&bc->machine);
}

helio_bc_fault
helio_bc_last_fault(const helio_bc *bc)
{
	return bc->machine.fault;
}

const char *
helio_bc_fault_name(helio_bc_fault fault)
{
	static const char *const names[] = {
		"none", "lost", "limit", "already_connected", "token",
		"no_cards", "rejected", "service",
	};

	return (size_t)fault < sizeof(names) / sizeof(names[0]) ?
	    names[fault] : "unknown";
}

const char *
helio_bc_customer_id(const helio_bc *bc)
{
	return bc->machine.customer_id;
}

int64_t
helio_bc_reset_delta_us(int64_t now_us)
{
	return bc_reset_delta_us(now_us);
}

/* ---- running ---- */

static helio_code
open_link(helio_bc *bc, helio_error *error)
{
	const struct bc_link_options options = {
		.fd = bc->fd, .ca_file = bc->options.ca_file,
		.url = bc->options.url != NULL ? bc->options.url :
		    bc->machine.memory.generation->url,
		.connect_ms = bc->options.connect_ms,
		.ping_s = PING_S, .hang_up_s = HANG_UP_S,
	};

	return bc->link != NULL ? HELIO_DONE :
	    bc_link_new(&options, &bc->link, error);
}

helio_code
bc_begin(helio_bc *bc, bool validate_only, helio_error *error)
{
	helio_code code = open_link(bc, error);

	if (code == HELIO_DONE)
		code = bc_machine_start(&bc->machine, validate_only, error);
	return code;
}

helio_code
helio_bc_start(helio_bc *bc, helio_error *error)
{
	return bc_begin(bc, false, error);
}

int
helio_bc_fd(const helio_bc *bc)
{
	return bc->fd;
}

long
helio_bc_timeout_ms(const helio_bc *bc)
{
	return (long)bc_machine_timeout_ms(&bc->machine, clock_now());
}

static void
handle(helio_bc *bc, const struct bc_event *event)
{
	switch (event->kind) {
	case BC_EVENT_OPENED:
		bc_machine_opened(&bc->machine, clock_now());
		break;
	case BC_EVENT_MESSAGE:
		bc_machine_message(&bc->machine, event->text, event->n,
		    clock_now());
		break;
	case BC_EVENT_CLOSED:
		bc_machine_closed(&bc->machine, &event->loss, clock_now());
		break;
	}
}

void
helio_bc_run(helio_bc *bc)
{
	struct bc_event *event;

	while (bc->link != NULL && (event = bc_link_next(bc->link)) != NULL) {
		handle(bc, event);
		/* it may hold the auth token */
		explicit_bzero(event->text, event->n);
		free(event);
	}
	bc_machine_tick(&bc->machine, clock_now());
}

void
helio_bc_stop(helio_bc *bc)
{
	bc_machine_stop(&bc->machine);
}
