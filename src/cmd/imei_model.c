/* helio imei model: which models the numbers may belong to (seed: tools). */
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "cmd/command.h"
#include "cmd/model_file.h"

enum { INPUT_MAX = 256 << 20, FOUND_MAX = 64, TAC_DIGITS = 8 };

struct model_options {
	const char	*models;
	bool		 code, table, csv, json;
};

static const struct option_row rows[] = {
	OPTION(struct model_options, models, "models", OPTION_TEXT, "FILE",
	    "pattern table (default: the built-in one)"),
	OPTION(struct model_options, code, "code", OPTION_FLAG, "",
	    "the words are device codes, such as A8021A"),
	OPTION(struct model_options, table, "print-table", OPTION_FLAG, "",
	    "print the built-in table and stop"),
	OPTION(struct model_options, csv, "csv", OPTION_FLAG, "",
	    "CSV: imei, tac, luhn, model; or code, model, major, minor"),
	OPTION(struct model_options, json, "json", OPTION_FLAG, "",
	    "one JSON object a line"),
};

struct lookup {
	const struct model_options *given;
	helio_models	*models;
	struct buf	 out;
	bool		 unknown;	/* was one asked for */
};

/* All models that fit, "Unknown" when none does. */
static void
find(struct lookup *lookup, const char *imei, size_t n, struct json_write *list,
    struct buf *text)
{
	const char *model;
	size_t pos = 0;
	bool any = false;

	while ((model = helio_models_of_imei(lookup->models, imei, n,
	    &pos)) != NULL) {
		buf_addf(text, "%s%s", any ? " " : "", model);
		if (list != NULL)
			jw_str(list, model);
		any = true;
	}
	if (any)
		return;
	lookup->unknown = true;
	buf_adds(text, "Unknown");
	if (list != NULL)
		jw_str(list, "Unknown");
}

static void
put_imei_json(struct lookup *lookup, const char *imei, size_t n,
    struct buf *text)
{
	struct json_write json;

	jw_start(&json, &lookup->out);
	jw_object(&json);
	jw_key(&json, "imei");
	jw_strn(&json, imei, n);
	jw_key(&json, "tac");
	jw_strn(&json, imei, n < TAC_DIGITS ? n : TAC_DIGITS);
	jw_put_bool(&json, "luhn", helio_luhn_valid(imei, n));
	jw_key(&json, "models");
	jw_array(&json);
	find(lookup, imei, n, &json, text);
	jw_end(&json);
	jw_end(&json);
	buf_addc(&lookup->out, '\n');
}

static void
put_imei(struct lookup *lookup, const char *imei, size_t n)
{
	struct buf text = BUF_INIT;

	if (lookup->given->json) {
		put_imei_json(lookup, imei, n, &text);
	} else {
		find(lookup, imei, n, NULL, &text);
		buf_addf(&lookup->out, "%.*s", (int)n, imei);
		if (lookup->given->csv)
			buf_addf(&lookup->out, ",%.*s,%s,",
			    n < TAC_DIGITS ? (int)n : TAC_DIGITS, imei,
			    helio_luhn_valid(imei, n) ? "true" : "false");
		else
			buf_addc(&lookup->out, ' ');
		buf_addf(&lookup->out, "%s\n",
		    text.data != NULL ? text.data : "");
	}
	buf_free(&text);
}

static void
put_code(struct lookup *lookup, const char *word)
{
	helio_device_code code = { .type = "" };
	bool known = helio_device_code_read(word, strlen(word), &code);
	const char *model = known ?
	    helio_models_of_type(lookup->models, code.type) : NULL;
	struct json_write json;

	lookup->unknown |= model == NULL;
	model = model != NULL ? model : "Unknown";
	if (lookup->given->json) {
		jw_start(&json, &lookup->out);
		jw_object(&json);
		jw_put_str(&json, "code", word);
		jw_put_str(&json, "model", model);
		jw_key(&json, "major");
		known ? jw_int(&json, code.major) : jw_null(&json);
		jw_key(&json, "minor");
		known ? jw_int(&json, code.minor) : jw_null(&json);
		jw_end(&json);
		buf_addc(&lookup->out, '\n');
	} else if (lookup->given->csv) {
		buf_addf(&lookup->out, known ? "%s,%s,%u,%u\n" : "%s,%s,,\n",
		    word, model, code.major, code.minor);
	} else {
		buf_addf(&lookup->out, known ? "%s %s %u %u\n" : "%s %s\n",
		    word, model, code.major, code.minor);
	}
}

/* The IMEIs of a text, as `imei format` finds them. */
static void
put_text(struct lookup *lookup, const char *s, size_t n)
{
	helio_scan scan = { .n_kept = 0 };
	helio_number found[FOUND_MAX];
	size_t got;
	bool more = true;

	while (more) {
		more = n > 0;
		got = more ? helio_scan_next(&scan, &s, &n, found, FOUND_MAX) :
		    helio_scan_end(&scan, found);
		for (size_t i = 0; i < got; i++)
			if (found[i].n == HELIO_IMEI_DIGITS)
				put_imei(lookup, found[i].digits, found[i].n);
	}
}

/* No words, or "-": what standard input holds. */
static bool
put_input(struct lookup *lookup)
{
	struct buf text = BUF_INIT;
	bool ok = file_read("-", INPUT_MAX, &text);

	if (ok && lookup->given->code) {
		static const char blanks[] = " \t\r\n";

		for (char *at = text.data + strspn(text.data, blanks);
		    *at != '\0';) {
			size_t n = strcspn(at, blanks);
			char *next = at + n + strspn(at + n, blanks);

			at[n] = '\0';
			put_code(lookup, at);
			at = next;
		}
	} else if (ok) {
		put_text(lookup, text.data, text.len);
	}
	buf_free(&text);
	return ok;
}

static bool
put_all(struct lookup *lookup, char **args, int n)
{
	const struct model_options *given = lookup->given;

	if (given->csv)
		buf_adds(&lookup->out, given->code ?
		    "code,model,major,minor\n" : "imei,tac,luhn,model\n");
	if (n == 0 || (n == 1 && strcmp(args[0], "-") == 0))
		return put_input(lookup);
	for (int i = 0; i < n; i++) {
		if (given->code)
			put_code(lookup, args[i]);
		else
			put_imei(lookup, args[i], strlen(args[i]));
	}
	return true;
}

static int
run(void *arg, char **args, int n_args)
{
	struct lookup lookup = { .given = arg };
	int code = EXIT_USAGE;

	if (lookup.given->table) {
		fputs(helio_models_default(), stdout);
		return EXIT_OK;
	}
	if (model_file_load(lookup.given->models, &lookup.models)) {
		code = put_all(&lookup, args, n_args) && !lookup.unknown ?
		    EXIT_OK : EXIT_FAILED;
		if (lookup.out.failed)
			say_error(NULL, "out of memory");
		else if (lookup.out.len > 0)
			fwrite(lookup.out.data, 1, lookup.out.len, stdout);
	}
	helio_models_free(lookup.models);
	buf_free(&lookup.out);
	return code;
}

const struct command command_imei_model = {
	.name = "imei model", .args = "[IMEI..]", .args_max = -1, .run = run,
	.summary = "the models that IMEIs or device codes belong to",
	.example = "  helio imei model 001303000000007\n"
	    "  Prints the number and 'Model03_NEW'; numbers are found in "
	    "standard input when\n  none is given. Exit 1 when one is "
	    "unknown. --print-table shows the form of a\n  table for "
	    "--models.",
	COMMAND_OPTIONS(rows, struct model_options),
};
