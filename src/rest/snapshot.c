/* snapshot.c - open a snapshot, write the body, close it, reply */
#include "rest/snapshot.h"

struct reading {
	struct api_call	*call;
	snapshot_fn	 make;
	void		*arg;
};

static enum helio_rc
make_body(const struct reading *r, struct buf *out)
{
	struct api_call *call = r->call;
	struct tx *tx = NULL;
	enum helio_rc rc;

	rc = store_read(api_store(call->api), &call->caller, &tx, &call->err);
	if (rc != HELIO_OK)
		return rc;
	rc = r->make(call, tx, r->arg, out);
	store_read_end(tx);
	if (rc == HELIO_OK && out->failed)
		rc = err_set(&call->err, HELIO_E_NO_MEMORY, "%s",
		    rc_text(HELIO_E_NO_MEMORY));
	return rc;
}

static void
answer(void *arg)
{
	const struct reading *r = arg;
	struct api_call *call = r->call;
	struct buf out = BUF_INIT;

	if (make_body(r, &out) == HELIO_OK) {
		api_reply_json(call, 200, &out);
	} else {
		buf_free(&out);
		api_fail(call);
	}
}

void
snapshot_answer(struct api_call *call, bool slow, snapshot_fn make, void *arg)
{
	struct reading *r = arena_alloc(call->arena, sizeof(*r));

	*r = (struct reading){ .call = call, .make = make, .arg = arg };
	if (!slow)
		answer(r);
	else if (api_defer(call->api, answer, r, &call->err) != HELIO_OK)
		api_fail(call);
}
