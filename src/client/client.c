/* The client of Heliograph: a transport and a keeper. */
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "client/internal.h"

struct helio_client {
	helio_http	*http;
	helio_keeper	*keeper;
	helio_token	*token;		/* copy of the last one asked for */
};

helio_code
helio_client_new(const helio_options *options, helio_client **ret,
    helio_error *error)
{
	helio_client *client;
	helio_code code;

	if (options->url == NULL)
		return helio_error_set(error, HELIO_BAD_INPUT,
		    "no URL is given");
	client = calloc(1, sizeof(*client));
	if (client == NULL || options->failed || !crypto_start()) {
		free(client);
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	client->keeper = options->keeper != NULL ?
	    helio_keeper_share(options->keeper) : login_keeper(options, error);
	code = client->keeper == NULL ? error->code : http_for(options,
	    client->keeper, options->retries, &client->http, error);
	if (code == HELIO_DONE)
		*ret = client;
	else
		helio_client_free(client);
	return code;
}

void
helio_client_free(helio_client *client)
{
	if (client == NULL)
		return;
	helio_http_free(client->http);
	helio_keeper_free(client->keeper);
	helio_token_free(client->token);
	free(client);
}

helio_http *
helio_client_http(helio_client *client)
{
	return client->http;
}

helio_keeper *
helio_client_keeper(helio_client *client)
{
	return client->keeper;
}

const char *
helio_client_token(helio_client *client)
{
	helio_token_free(client->token);
	client->token = helio_keeper_token(client->keeper);
	return client->token != NULL ? helio_token_access(client->token) :
	    NULL;
}

helio_code
helio_client_login(helio_client *client, helio_error *error)
{
	return helio_http_login(client->http, error);
}

helio_code
helio_request(helio_client *client, const char *method, const char *path,
    const char *body, size_t n, helio_reply **ret, helio_error *error)
{
	helio_call *call = helio_call_new(method, path);
	helio_code code;

	if (call == NULL)
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	if (body != NULL)
		helio_call_body(call, NULL, body, n);
	code = helio_http_send(client->http, call, ret, error);
	helio_call_free(call);
	return code;
}

helio_code
helio_list(helio_client *client, const char *path, const char *q,
    helio_pager **ret, helio_error *error)
{
	static const helio_paging paging = {
		.size = sizeof(paging), .page = "page", .first = 1,
		.limit = "results_per_page", .limit_rows = 100,
		.rows = "objects", .pages = "total_pages",
		.total = "num_results",
	};
	helio_call *call = helio_call_new("GET", path);

	if (call != NULL && q != NULL)
		helio_call_query(call, "q", q);
	return helio_pager_new(client->http, call, &paging, ret, error);
}
