/* helio batch: one action of the API on every row of a list. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/batch_run.h"
#include "cmd/session.h"
#include "helio/action.h"

struct batch_cmd_options {
	const char	*url, *column;
	struct batch_options batch;
};

static const struct option_row rows[] = {
	OPTION(struct batch_cmd_options, column, "column", OPTION_TEXT,
	    "NAME", "the column of the units (default product_imei)"),
	OPTION(struct batch_cmd_options, url, "url", OPTION_TEXT, "URL",
	    "the server (default: HELIO_URL, or that of 'helio login')"),
	BATCH_OPTIONS(struct batch_cmd_options, batch),
};

/* What is to be done to every row. */
struct bulk {
	const char	*url;
	helio_client	*first;		/* whose token all others use */
	helio_action	 action;
	const helio_action_info *info;
	const char	*subject;	/* its column, or NULL */
	helio_arg	 given[HELIO_ARGS_MAX];	/* from the command line */
	size_t		 n_given;
	const char	*columns[HELIO_ARGS_MAX + 1];	/* that must be there */
	size_t		 n_columns;
};

/* ---- one row ---- */

/* The first one is there already; the others share its token. */
static void *
open_worker(void *arg)
{
	struct bulk *bulk = arg;

	return session_share(bulk->url, bulk->first);
}

static void
close_worker(void *arg, void *worker)
{
	helio_client_free(worker);
}

static const char *
given_value(const struct bulk *bulk, const char *name)
{
	for (size_t i = 0; i < bulk->n_given; i++)
		if (strcmp(bulk->given[i].name, name) == 0)
			return bulk->given[i].value;
	return NULL;
}

/* What a row says wins over the command line. */
static size_t
row_args(const struct bulk *bulk, const struct batch_row *row,
    helio_arg args[HELIO_ARGS_MAX])
{
	size_t n = 0;

	for (const helio_arg_info *at = bulk->info->args; at->name != NULL;
	    at++) {
		const char *value = batch_value(row, at->name);

		args[n].name = at->name;
		args[n++].value = value != NULL ? value :
		    given_value(bulk, at->name);
	}
	return n;
}

static helio_code
row_call(const struct bulk *bulk, const struct batch_row *row,
    helio_call **ret, helio_error *error)
{
	helio_arg args[HELIO_ARGS_MAX];
	size_t n = row_args(bulk, row, args);

	return helio_action_call(bulk->action, bulk->subject != NULL ?
	    batch_value(row, bulk->subject) : NULL, args, n, ret, error);
}

/* Are the arguments of the right kind? */
static bool
check_row(void *arg, const struct batch_row *row, struct buf *message)
{
	helio_call *call = NULL;
	helio_error error;
	helio_code code = row_call(arg, row, &call, &error);

	helio_call_free(call);
	if (code != HELIO_DONE)
		buf_adds(message, error.text);
	return code == HELIO_DONE;
}

/* Message and data of the envelope. */
static void
take_answer(const helio_reply *reply, struct batch_result *result)
{
	helio_json *json = NULL;
	helio_error ignored;
	const char *message;
	char *data;

	result->status = helio_reply_status(reply);
	if (helio_json_of(reply, &json, &ignored) != HELIO_DONE)
		return;
	message = helio_json_text(json, "message");
	if (message != NULL)
		buf_adds(&result->message, message);
	data = helio_json_dump(json, "data");
	if (data != NULL && strcmp(data, "null") != 0)
		buf_adds(&result->data, data);
	free(data);
	helio_json_free(json);
}

/* A row for each status that is more than a failure of this row. */
static enum batch_outcome
outcome_of(int status)
{
	static const struct {
		int		 status;
		enum batch_outcome outcome;
	} special[] = {
		{ 401, BATCH_STOP }, { 429, BATCH_AGAIN }, { 503, BATCH_AGAIN },
	};

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (special[i].status == status)
			return special[i].outcome;
	return status >= 200 && status < 300 ? BATCH_DONE : BATCH_FAILED;
}

static long
wait_of(const helio_reply *reply)
{
	const char *after = helio_reply_header(reply, "Retry-After");
	long s = after != NULL ? strtol(after, NULL, 10) : 0;

	return s > 0 && s <= 3600 ? s * 1000 : 0;
}

static enum batch_outcome
do_row(void *arg, void *worker, const struct batch_row *row,
    struct batch_result *result)
{
	helio_call *call = NULL;
	helio_reply *reply = NULL;
	helio_error error;
	enum batch_outcome outcome = BATCH_FAILED;
	helio_code code = row_call(arg, row, &call, &error);

	if (code == HELIO_DONE)
		code = helio_http_send(helio_client_http(worker), call,
		    &reply, &error);
	if (code == HELIO_DONE) {
		take_answer(reply, result);
		result->wait_ms = wait_of(reply);
		outcome = outcome_of(result->status);
	} else {
		buf_adds(&result->message, error.text);
		if (code == HELIO_DENIED)
			outcome = BATCH_STOP;
	}
	helio_reply_free(reply);
	helio_call_free(call);
	return outcome;
}

/* ---- the command line ---- */

static void
say_actions(const char *name)
{
	helio_action action = 0;

	say_error(NULL, "there is no action '%s'; there are:", name);
	for (; action < HELIO_ACTIONS; action++)
		fprintf(stderr, "  %-28s %s\n",
		    helio_action_info_of(action)->name,
		    helio_action_info_of(action)->help);
}

/* NAME=VALUE; cuts the word in two. */
static bool
take_arg(struct bulk *bulk, char *word)
{
	char *equals = strchr(word, '=');
	const helio_arg_info *at = bulk->info->args;

	if (equals != NULL)
		*equals = '\0';
	while (at->name != NULL && strcmp(at->name, word) != 0)
		at++;
	if (equals == NULL || at->name == NULL) {
		say_error(NULL, "'%s' is no argument of %s (NAME=VALUE)",
		    word, bulk->info->name);
		return false;
	}
	if (given_value(bulk, word) != NULL) {
		say_error(NULL, "%s is given twice", word);
		return false;
	}
	bulk->given[bulk->n_given++] = (helio_arg){ word, equals + 1 };
	return true;
}

/* The subject, and what is required and not given. */
static void
list_columns(struct bulk *bulk)
{
	if (bulk->subject != NULL)
		bulk->columns[bulk->n_columns++] = bulk->subject;
	for (const helio_arg_info *at = bulk->info->args; at->name != NULL;
	    at++)
		if (at->required && given_value(bulk, at->name) == NULL)
			bulk->columns[bulk->n_columns++] = at->name;
}

static bool
read_words(struct bulk *bulk, const struct batch_cmd_options *given,
    char **args, int n_args)
{
	if (!helio_action_find(args[0], &bulk->action)) {
		say_actions(args[0]);
		return false;
	}
	bulk->info = helio_action_info_of(bulk->action);
	for (int i = 1; i < n_args; i++)
		if (!take_arg(bulk, args[i]))
			return false;
	if (helio_action_has_subject(bulk->action))
		bulk->subject = given->column != NULL ? given->column :
		    bulk->action == HELIO_DISMISS_ALERT ? "alert_id" :
		    "product_imei";
	list_columns(bulk);
	if (bulk->n_columns > 0)
		return true;
	say_error(NULL, "%s has all it needs without rows", bulk->info->name);
	return false;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct batch_cmd_options *given = arg;
	struct bulk bulk = { .url = given->url };
	struct batch_job job = {
		.columns = bulk.columns, .open = open_worker,
		.close = close_worker, .check = check_row, .row = do_row,
		.arg = &bulk,
	};
	struct buf name = BUF_INIT;
	int code = EXIT_USAGE;

	if (!read_words(&bulk, given, args, n_args))
		return EXIT_USAGE;
	buf_addf(&name, "batch %s", bulk.info->name);
	job.name = name.data;
	job.n_columns = bulk.n_columns;
	bulk.first = session_open(given->url);
	if (bulk.first != NULL)
		code = batch_command(&job, &given->batch);
	helio_client_free(bulk.first);
	buf_free(&name);
	return code;
}

const struct command command_batch = {
	.name = "batch", .args = "ACTION [NAME=VALUE..]", .args_min = 1,
	.args_max = -1, .run = run,
	.summary = "do an action on many units, from a list",
	.example = "  helio batch change_state new_state=repair --file "
	    "units.csv --resume done.txt\n"
	    "  A wrong ACTION lists them all. Exit status 7 when rows "
	    "failed, 8 when given up,\n  9 when stopped.",
	COMMAND_OPTIONS(rows, struct batch_cmd_options),
};
