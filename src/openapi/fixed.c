/* Routes that are neither tables nor actions: what goes in, what comes out. */
#include <string.h>

#include "openapi/internal.h"

#define TEXT		"{\"type\":\"string\"}"
#define ENVELOPE	"{\"$ref\":\"#/components/schemas/success\"}"
#define QUERY(name) \
	"{\"name\":\"" name "\",\"in\":\"query\",\"required\":true," \
	"\"schema\":" TEXT "}"
#define OPTION(name, about) \
	"{\"name\":\"" name "\",\"in\":\"query\"," \
	"\"description\":\"" about "\",\"schema\":" TEXT "}"
#define INFLUXQL \
	QUERY("q") "," OPTION("epoch", "times as numbers: ns, u, ms, s, m, h") \
	"," OPTION("pretty", "true: with line breaks") "," \
	OPTION("chunked", "true: a document for each series or chunk") "," \
	OPTION("chunk_size", "rows of a chunk")
#define ANY_OBJECT	"{\"type\":\"object\"}"
#define MAYBE_INT	"{\"type\":[\"integer\",\"null\"]}"

#define LOGGED_IN \
	"{\"type\":\"object\",\"required\":[\"status\",\"message\"]," \
	"\"properties\":{\"status\":{\"const\":\"success\"}," \
	"\"message\":{\"type\":\"object\"," \
	"\"required\":[\"login_successful\"],\"properties\":{" \
	"\"login_successful\":{\"type\":\"object\"," \
	"\"required\":[\"API_token\",\"token_expiry\",\"permissions\"]," \
	"\"properties\":{\"username\":" TEXT ",\"entity_id\":" MAYBE_INT "," \
	"\"display_name\":" TEXT ",\"name\":" TEXT "," \
	"\"user_product_visibility\":" TEXT ",\"hub_id\":" MAYBE_INT "," \
	"\"shop_id\":" MAYBE_INT ",\"API_token\":" TEXT "," \
	"\"token_expiry\":" TEXT ",\"permissions\":" TEXT "}}}}}}"

/* An action, but with a reply of its own form. */
#define DASHBOARD \
	"{\"type\":\"object\",\"required\":[\"data\",\"num_results\"," \
	"\"num_results_filtered\"],\"properties\":{" \
	"\"data\":{\"type\":\"array\",\"items\":" ANY_OBJECT "}," \
	"\"num_results\":{\"type\":\"integer\"}," \
	"\"num_results_filtered\":{\"type\":\"integer\"}}}"

static const struct fixed list[] = {
	{ HTTP_GET, "dashboard2", .reply = DASHBOARD },
	{ HTTP_GET, "home", .reply = TEXT, .media = "text/plain" },
	{ HTTP_POST, "home", .reply = TEXT, .media = "text/plain" },
	{ HTTP_POST, "auth/login",
	    .body = "{\"type\":\"object\","
	    "\"required\":[\"username\",\"password\"],\"properties\":{"
	    "\"username\":" TEXT ",\"password\":" TEXT "}}",
	    .reply = LOGGED_IN },
	{ HTTP_POST, "auth/logout", .reply = ENVELOPE },
	{ HTTP_GET, "auth/validate_user", .parameters = QUERY("username"),
	    .reply = ENVELOPE },
	{ HTTP_GET, "auth/validate_user_and_password",
	    .parameters = QUERY("username") "," QUERY("password"),
	    .reply = ENVELOPE },
	{ HTTP_GET, "auth/validate_user_password",
	    .parameters = QUERY("username") "," QUERY("password"),
	    .reply = ENVELOPE },
	{ HTTP_POST, "rc_data", .body = ANY_OBJECT, .reply = ANY_OBJECT },
	{ HTTP_GET, "rc_data",
	    .parameters = "{\"name\":\"full\",\"in\":\"query\","
	    "\"schema\":{\"type\":\"integer\"},"
	    "\"description\":\"1: all settings, not only new ones\"}",
	    .reply = ANY_OBJECT },
	{ HTTP_POST, "sms/netsapiens", .body = "{\"type\":\"array\"}",
	    .reply = ENVELOPE },
	{ HTTP_POST, "rm_data", .body = "{}", .reply = ANY_OBJECT },
	{ HTTP_GET, "/query", .parameters = INFLUXQL, .reply = ANY_OBJECT },
	{ HTTP_POST, "/query",
	    .body = "{\"type\":\"object\",\"required\":[\"q\"],"
	    "\"properties\":{\"q\":" TEXT ",\"epoch\":" TEXT "}}",
	    .reply = ANY_OBJECT },
	{ HTTP_GET, "/ping",
	    .parameters = OPTION("verbose", "true: 200 with the version"),
	    .reply = ANY_OBJECT, .status = 204 },
	{ HTTP_GET, "/health", .reply = ANY_OBJECT },
	{ HTTP_GET, "openapi.json", .reply = ANY_OBJECT },
	{ HTTP_GET, "/docs", .reply = TEXT, .media = "text/html" },
	{ HTTP_GET, "/docs/page.js", .reply = TEXT,
	    .media = "text/javascript" },
	{ HTTP_GET, "/docs/page.css", .reply = TEXT, .media = "text/css" },
};

const struct fixed *
fixed_find(const struct api_route *route)
{
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i].method == route->method &&
		    strcmp(list[i].path, route->path) == 0)
			return &list[i];
	return NULL;
}
