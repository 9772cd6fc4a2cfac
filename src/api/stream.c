/* Replies that are made while they are sent, which may block for long. */
#include "api/internal.h"

enum helio_rc
api_stream_new(struct api_call *call, struct helio_err *err)
{
	struct workers *workers = call->api->workers;
	enum helio_rc rc = workers_lend(workers, err);

	if (rc != HELIO_OK)
		return rc;
	rc = http_stream_new(call->http, err);
	if (rc != HELIO_OK)
		workers_return(workers);
	return rc;
}

void
api_stream_end(struct api_call *call, bool whole)
{
	struct workers *workers = call->api->workers;

	http_stream_end(call->http, whole);
	workers_return(workers);
}
