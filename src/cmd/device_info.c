/* helio device info: what the service knows of devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "cmd/field_session.h"
#include "helio/field.h"

struct info_options {
	struct field_where where;
	bool		 json;
};

static const struct option_row rows[] = {
	FIELD_WHERE_OPTIONS(struct info_options),
	OPTION(struct info_options, json, "json", OPTION_FLAG, "",
	    "one JSON object per device: imei, status, code, list, body"),
};

static void
print_json(const char *imei, const helio_field_answer *answer)
{
	struct buf out = BUF_INIT;
	struct json_write json;
	char *body = field_body_json(answer);

	jw_start(&json, &out);
	jw_object(&json);
	jw_put_str(&json, "imei", imei);
	jw_put_int(&json, "status", answer->status);
	jw_key(&json, "code");
	answer->has_code ? jw_int(&json, answer->code) : jw_null(&json);
	jw_put_str(&json, "list", 
	    helio_refurb_name(helio_field_refurb(answer)));
	jw_key(&json, "body");
	if (body != NULL)
		jw_raw(&json, body, strlen(body));
	else
		jw_str(&json, answer->body);
	jw_end(&json);
	printf("%s\n", out.data != NULL ? out.data : "");
	free(body);
	buf_free(&out);
}

static int
ask(helio_field *field, const char *imei, bool json)
{
	helio_field_answer answer = { .body = NULL };
	helio_error error;
	helio_code code;

	code = helio_field_info(field, imei, &answer, &error);
	if (code != HELIO_DONE) {
		say_error(NULL, "%s: %s", imei, error.text);
		return field_exit(code);
	}
	if (json)
		print_json(imei, &answer);
	else
		printf("%s\n%s\n", imei, answer.body);
	helio_field_answer_clear(&answer);
	return EXIT_OK;
}

static bool
check_numbers(char **args, int n)
{
	for (int i = 0; i < n; i++) {
		if (helio_imei_valid(args[i], strlen(args[i])))
			continue;
		say_error("an IMEI has 15 digits", "'%s' is no IMEI",
		    args[i]);
		return false;
	}
	return true;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct info_options *given = arg;
	struct field_session *session = NULL;
	helio_field *field = NULL;
	int code = EXIT_USAGE;

	if (check_numbers(args, n_args))
		session = field_session_open(&given->where);
	if (session != NULL)
		field = field_session_client(session);
	for (int i = 0; field != NULL && i < n_args; i++) {
		int one = ask(field, args[i], given->json);

		code = i == 0 || one != EXIT_OK ? one : code;
		if (one == EXIT_REFUSED)
			break;
	}
	helio_field_free(field);
	field_session_free(session);
	return code;
}

const struct command command_device_info = {
	.name = "device info", .args = "IMEI..", .args_min = 1,
	.args_max = -1, .run = run,
	.summary = "what the field devices' API knows of devices",
	.example = "  helio device info 350000000000006 --env field.env\n"
	    "  Prints the IMEI, then the service's answer. CLIENT_ID, "
	    "CLIENT_SECRET and\n  ACCESS_TOKEN_URL come from the environment "
	    "or the file.",
	COMMAND_OPTIONS(rows, struct info_options),
};
