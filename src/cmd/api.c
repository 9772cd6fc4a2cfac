/* helio api: one request to the API, body to standard output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/command.h"
#include "cmd/session.h"

struct api_cmd_options {
	const char	*url;
	const char	*data;
	bool		 headers;
};

static const struct option_row rows[] = {
	OPTION(struct api_cmd_options, data, "data", OPTION_TEXT, "JSON",
	    "the body; @FILE reads a file, @- standard input"),
	OPTION(struct api_cmd_options, url, "url", OPTION_TEXT, "URL",
	    "the server (default: HELIO_URL, or that of 'helio login')"),
	OPTION(struct api_cmd_options, headers, "status", OPTION_FLAG, "",
	    "print the status on standard error"),
};

/* The body named by --data; false and a message when a file is unreadable. */
static bool
read_data(const char *data, struct buf *out)
{
	char block[65536];
	FILE *file;
	bool ok;
	size_t n;

	if (data == NULL || *data != '@') {
		if (data != NULL)
			buf_adds(out, data);
		return true;
	}
	file = strcmp(data, "@-") == 0 ? stdin : fopen(data + 1, "rb");
	if (file == NULL) {
		say_error(NULL, "%s: cannot be read", data + 1);
		return false;
	}
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add(out, block, n);
	ok = !ferror(file) && !out->failed;
	if (file != stdin)
		fclose(file);
	return ok;
}

static int
print(helio_code code, const helio_reply *reply, const helio_error *error,
    bool status)
{
	const char *body;
	size_t n;

	if (code != HELIO_DONE) {
		say_error(NULL, "%s", error->text);
		return session_exit(code, NULL);
	}
	body = helio_reply_body(reply, &n);
	fwrite(body, 1, n, stdout);
	if (n > 0 && body[n - 1] != '\n')
		putchar('\n');
	if (status)
		fprintf(stderr, "%d\n", helio_reply_status(reply));
	return fflush(stdout) == 0 ? session_exit(code, reply) : EXIT_FAILED;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct api_cmd_options *given = arg;
	struct buf body = BUF_INIT;
	helio_client *client = NULL;
	helio_reply *reply = NULL;
	helio_error error;
	helio_code code;
	int exit_code = EXIT_USAGE;

	if (args[1][0] != '/')
		say_error(NULL, "the path begins with /v1/");
	else if (read_data(given->data, &body) &&
	    (client = session_open(given->url)) != NULL) {
		code = helio_request(client, args[0], args[1], body.data,
		    body.len, &reply, &error);
		exit_code = print(code, reply, &error, given->headers);
	}
	helio_reply_free(reply);
	helio_client_free(client);
	buf_free(&body);
	return exit_code;
}

const struct command command_api = {
	.name = "api", .args = "METHOD PATH", .args_min = 2, .args_max = 2,
	.run = run,
	.summary = "send one request to the API and print the answer",
	.example = "  helio api PUT /v1/products/350000000000017/enable\n"
	    "  Exit status 0 for 2xx, 4 for 4xx, 5 for 5xx, 6 without an "
	    "answer.",
	COMMAND_OPTIONS(rows, struct api_cmd_options),
};
