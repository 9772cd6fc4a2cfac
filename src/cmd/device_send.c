/*
 * helio device send: a command to devices, by IMEI over data or by phone
 * number over SMS; a few named on the command line, or a list.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/batch_run.h"
#include "cmd/field_session.h"
#include "helio/field.h"
#include "helio/json.h"

enum { PHONE_MIN = 3, PHONE_MAX = 16 };

struct send_options {
	struct field_where where;
	const char	*command, *body;
	bool		 sms;
	long		 attempts;
	struct batch_options batch;
};

static const struct option_row rows[] = {
	OPTION(struct send_options, command, "command", OPTION_TEXT, "TEXT",
	    "with {PASSWORD}, {IPADDR}, {PORT} or {column} to be filled in"),
	OPTION(struct send_options, body, "body", OPTION_TEXT, "JSON",
	    "an object sent as it is, in place of a command"),
	OPTION(struct send_options, sms, "sms", OPTION_FLAG, "",
	    "the rows are phone numbers, and the command goes over SMS"),
	OPTION(struct send_options, attempts, "attempts", OPTION_NUMBER, "N",
	    "until one is a success (default 3, over SMS 2)"),
	FIELD_WHERE_OPTIONS(struct send_options),
	BATCH_OPTIONS(struct send_options, batch),
};

struct sending {
	const struct send_options *given;
	struct field_session *session;
	const char	*column;	/* of the target */
};

/* ---- one row ---- */

struct names {
	const struct sending *sending;
	const struct batch_row *row;
};

/* What the row says wins over the settings. */
static const char *
value_of(void *arg, const char *name)
{
	const struct names *names = arg;
	const char *value = batch_value(names->row, name);

	return value != NULL ? value :
	    field_session_value(names->sending->session, name);
}

/* The row's own command, else that of the command line, else the default. */
static helio_code
fill_command(const struct sending *sending, const struct batch_row *row,
    char **ret, helio_error *error)
{
	struct names names = { sending, row };
	const char *text = batch_value(row, "command");

	if (text == NULL)
		text = sending->given->command;
	if (text == NULL)
		text = helio_field_default_command();
	return helio_field_fill(text, value_of, &names, ret, error);
}

static void
wipe(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* Sent as it is given: digits, a plus before them or not. */
static bool
is_phone(const char *text)
{
	size_t n = strlen(text);

	return n >= PHONE_MIN && n <= PHONE_MAX &&
	    strspn(text + (*text == '+'), "0123456789") == n - (*text == '+');
}

static bool
check_row(void *arg, const struct batch_row *row, struct buf *message)
{
	const struct sending *sending = arg;
	const char *target = batch_value(row, sending->column);
	char *command = NULL;
	helio_error error;
	bool ok;

	if (sending->given->sms ? !is_phone(target) :
	    !helio_imei_valid(target, strlen(target))) {
		buf_adds(message, sending->given->sms ?
		    "it is no phone number" : "it is no IMEI (15 digits)");
		return false;
	}
	ok = sending->given->body != NULL ||
	    fill_command(sending, row, &command, &error) == HELIO_DONE;
	if (!ok)
		buf_adds(message, error.text);
	wipe(command);
	return ok;
}

static enum batch_outcome
take_answer(const helio_field_answer *answer, struct batch_result *result)
{
	bool yes = helio_field_is_yes(answer);
	char *body = field_body_json(answer);

	result->status = answer->status;
	if (yes)
		buf_addf(&result->message, "attempt %u success",
		    answer->attempts - 1);
	else
		buf_addf(&result->message, "attempt %u failed with %ld",
		    answer->attempts - 1, answer->has_code ? answer->code :
		    answer->status);
	if (body != NULL)
		buf_adds(&result->data, body);
	free(body);
	return yes ? BATCH_DONE : BATCH_FAILED;
}

static helio_code
send(const struct sending *sending, helio_field *field, const char *target,
    const char *command, helio_field_answer *ret, helio_error *error)
{
	unsigned attempts = (unsigned)sending->given->attempts;

	if (sending->given->sms)
		return helio_field_sms(field, &target, 1, command, attempts,
		    ret, error);
	return helio_field_command(field, target, command,
	    sending->given->body, attempts, ret, error);
}

static enum batch_outcome
do_row(void *arg, void *worker, const struct batch_row *row,
    struct batch_result *result)
{
	const struct sending *sending = arg;
	helio_field_answer answer = { .body = NULL };
	enum batch_outcome outcome = BATCH_FAILED;
	char *command = NULL;
	helio_error error;
	helio_code code = HELIO_DONE;

	if (sending->given->body == NULL)
		code = fill_command(sending, row, &command, &error);
	if (code == HELIO_DONE)
		code = send(sending, worker, batch_value(row,
		    sending->column), command, &answer, &error);
	if (code == HELIO_DONE)
		outcome = take_answer(&answer, result);
	else
		buf_adds(&result->message, error.text);
	if (code == HELIO_DENIED)
		outcome = BATCH_STOP;
	wipe(command);
	helio_field_answer_clear(&answer);
	return outcome;
}

static void *
open_worker(void *arg)
{
	const struct sending *sending = arg;

	return field_session_client(sending->session);
}

static void
close_worker(void *arg, void *worker)
{
	helio_field_free(worker);
}

/* ---- the command line ---- */

static bool
check_body(const struct send_options *given)
{
	helio_json *json = NULL;
	helio_error error;
	bool ok;

	if (given->body == NULL)
		return true;
	if (given->sms || given->command != NULL) {
		say_error(NULL, "--body goes without --command and --sms");
		return false;
	}
	ok = given->body[strspn(given->body, " \t\r\n")] == '{' &&
	    helio_json_parse(given->body, strlen(given->body), &json,
	    &error) == HELIO_DONE;
	helio_json_free(json);
	if (!ok)
		say_error(NULL, "--body wants a JSON object");
	return ok;
}

/* The words as a list of one a line, for the runner to read; a descriptor, or
 * -1. */
static int
list_words(char **args, int n)
{
	int fd = memfd_create("words", 0);
	FILE *file = fd >= 0 ? fdopen(dup(fd), "w") : NULL;
	bool ok = file != NULL;

	for (int i = 0; ok && i < n; i++)
		ok = fprintf(file, "%s\n", args[i]) > 0;
	if (file != NULL && fclose(file) != 0)
		ok = false;
	if (ok)
		return fd;
	say_error(NULL, "%s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
run_batch(const struct sending *sending, const struct batch_options *batch)
{
	const struct batch_job job = {
		.name = sending->given->sms ? "device send --sms" :
		    "device send",
		.columns = &sending->column, .n_columns = 1,
		.open = open_worker, .close = close_worker,
		.check = check_row, .row = do_row, .arg = (void *)sending,
	};

	return batch_command(&job, batch);
}

static int
run_words(const struct sending *sending, char **args, int n)
{
	struct batch_options batch = sending->given->batch;
	char path[64];
	int fd, code;

	if (batch.file != NULL) {
		say_error(NULL, "give either words or --file");
		return EXIT_USAGE;
	}
	fd = list_words(args, n);
	if (fd < 0)
		return EXIT_FAILED;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	batch.file = path;
	batch.format = "lines";
	code = run_batch(sending, &batch);
	close(fd);
	return code;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct send_options *given = arg;
	struct sending sending = {
		.given = given, .column = given->sms ? "phone" : "imei",
	};
	int code = EXIT_USAGE;

	if (n_args == 0 && given->batch.file == NULL) {
		say_error("'helio device send --help' tells more",
		    "name devices, or a list with --file ('-': standard "
		    "input)");
		return EXIT_USAGE;
	}
	if (check_body(given))
		sending.session = field_session_open(&given->where);
	if (sending.session != NULL)
		code = n_args > 0 ? run_words(&sending, args, n_args) :
		    run_batch(&sending, &given->batch);
	field_session_free(sending.session);
	return code;
}

const struct command command_device_send = {
	.name = "device send", .args = "[IMEI..|PHONE..]", .args_max = -1,
	.run = run,
	.summary = "send a command to devices, over data or SMS",
	.example = "  helio device send --file devices.csv --env field.env "
	    "--resume done.txt\n"
	    "  The default command makes a device report to IPADDR and PORT. "
	    "Exit status 7 when\n  rows failed, 8 when given up, 9 when "
	    "stopped.",
	COMMAND_OPTIONS(rows, struct send_options),
};
