/*
 * Blue Current in an event loop of one's own, connecting again when the
 * connection is lost:
 *
 *	BLUECURRENT_TOKEN=.. ./bluecurrent_loop URL COUNT
 *
 * Prints each message's object and charge point, and ends after COUNT of them.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <helio/bluecurrent.h>

struct seen {
	helio_bc	*bc;
	long		 messages;
};

static void
on_message(void *arg, const helio_bc_message *message)
{
	struct seen *seen = arg;

	seen->messages++;
	printf("%s %s\n", helio_bc_message_object(message),
	    helio_bc_message_evse_id(message));
	fflush(stdout);
}

static void
on_state(void *arg, helio_bc_state state, helio_bc_fault fault,
    const helio_error *why, int64_t wait_ms)
{
	struct seen *seen = arg;
	helio_error error;

	if (why != NULL)
		printf("%s: %s\n", helio_bc_fault_name(fault), why->text);
	if (state == HELIO_BC_OPEN)
		helio_bc_send(seen->bc, "GET_CHARGE_POINTS", NULL, &error);
	fflush(stdout);
}

static int
loop(helio_bc *bc, long count)
{
	struct seen seen = { .bc = bc };
	struct pollfd one = { .fd = helio_bc_fd(bc), .events = POLLIN };
	helio_error error;

	helio_bc_set_reconnect(bc, true);
	helio_bc_on_message(bc, on_message, &seen);
	helio_bc_on_state(bc, on_state, &seen);
	if (helio_bc_start(bc, &error) != HELIO_DONE) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	while (seen.messages < count &&
	    helio_bc_state_now(bc) != HELIO_BC_CLOSED) {
		poll(&one, 1, (int)helio_bc_timeout_ms(bc));
		helio_bc_run(bc);
	}
	return seen.messages < count;
}

int
main(int argc, char **argv)
{
	helio_options *options = helio_options_new();
	helio_bc *bc = NULL;
	helio_error error;
	int failed = 1;

	if (argc == 3) {
		helio_options_url(options, argv[1]);
		if (helio_bc_new(options, getenv("BLUECURRENT_TOKEN"), &bc,
		    &error) == HELIO_DONE)
			failed = loop(bc, strtol(argv[2], NULL, 10));
		else
			fprintf(stderr, "%s\n", error.text);
	}
	helio_bc_free(bc);
	helio_options_free(options);
	return failed;
}
