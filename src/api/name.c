/* Names of requests: what ties a reply, its log lines and a client's own. */
#include <string.h>

#include "api/internal.h"

static bool
is_sane(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t n = strspn(id, allowed);

	return n > 0 && n <= API_ID_MAX && id[n] == '\0';
}

/* Mixes all bits, and no two numbers to the same (Steele, Lea, Flood:
 * SplitMix). */
static uint64_t
mix(uint64_t n)
{
	n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
	return n ^ n >> 31;
}

static void
make_name(struct api_call *call)
{
	static const char digit[] = "0123456789abcdef";
	uint64_t n = mix(call->api->id_base +
	    atomic_fetch_add_explicit(&call->api->ids, 1,
	    memory_order_relaxed));
	size_t i;

	for (i = 0; i < 16; i++, n >>= 4)
		call->id[i] = digit[n & 15];
	call->id[i] = '\0';
}

void
call_name(struct api_call *call)
{
	const char *given = http_header(call->http, "X-Request-Id");

	if (given != NULL && is_sane(given))
		memcpy(call->id, given, strlen(given) + 1);
	else
		make_name(call);
	http_reply_header(call->http, "X-Request-Id", call->id);
}
