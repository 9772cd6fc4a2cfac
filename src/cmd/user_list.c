/* helio user list: who may log in. */
#include <stdio.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "cmd/command.h"
#include "cmd/data.h"

struct user_list_options {
	const char	*data, *database;
	bool		 json;
};

static const struct option_row rows[] = {
	DATA_OPTIONS(struct user_list_options,
	    "the data folder"),
	OPTION(struct user_list_options, json, "json", OPTION_FLAG, "",
	    "one JSON object per user"),
};

static enum helio_rc
print_text(const struct row *row, void *arg, struct helio_err *err)
{
	char entity[24] = "-";

	if (!row_is_null(row, "entity_id"))
		snprintf(entity, sizeof(entity), "%lld",
		    (long long)row_int(row, "entity_id"));
	printf("%-32s %-10s %-7s %-7s %s\n", row_text(row, "username"),
	    row_text(row, "permissions"),
	    row_text(row, "user_product_visibility"), entity,
	    row_bool(row, "active") ? "active" : "inactive");
	return HELIO_OK;
}

static enum helio_rc
print_json(const struct row *row, void *arg, struct helio_err *err)
{
	struct buf out = BUF_INIT;
	struct json_write json;

	jw_start(&json, &out);
	jw_object(&json);
	jw_put_str(&json, "username", row_text(row, "username"));
	jw_put_str(&json, "permissions", row_text(row, "permissions"));
	jw_put_str(&json, "scope", row_text(row, "user_product_visibility"));
	jw_key(&json, "entity_id");
	if (row_is_null(row, "entity_id"))
		jw_null(&json);
	else
		jw_int(&json, row_int(row, "entity_id"));
	jw_put_bool(&json, "active", row_bool(row, "active"));
	jw_end(&json);
	if (!out.failed)
		puts(out.data);
	buf_free(&out);
	return HELIO_OK;
}

static int
run(void *arg, char **args, int n_args)
{
	const struct user_list_options *given = arg;
	struct helio_err err;
	struct store *store;
	struct query query;
	struct tx *tx;
	enum helio_rc rc;

	err_clear(&err);
	if (!data_open(given->data, given->database, false, &store))
		return EXIT_DATA;
	rc = store_read(store, &CALLER_SYSTEM, &tx, &err);
	if (rc == HELIO_OK) {
		query = query_all(tx_table(tx, "user"));
		rc = tx_each(tx, &query, given->json ? print_json : print_text,
		    NULL, &err);
		store_read_end(tx);
	}
	store_close(store);
	if (rc == HELIO_OK)
		return EXIT_OK;
	say_failure("user list", &err);
	return EXIT_FAILED;
}

const struct command command_user_list = {
	.name = "user list", .args = "", .run = run,
	.summary = "list the users",
	.example = "  helio user list --data /var/lib/helio --json",
	COMMAND_OPTIONS(rows, struct user_list_options),
};
