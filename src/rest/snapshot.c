/* snapshot.c - open a snapshot or ask, write the body, reply */
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
	return rc;
}

static void
reply(struct api_call *call, enum helio_rc rc, struct buf *out)
{
	if (rc == HELIO_OK && out->failed)
		rc = err_set(&call->err, HELIO_E_NO_MEMORY, "%s",
		    rc_text(HELIO_E_NO_MEMORY));
	if (rc == HELIO_OK) {
		api_reply_json(call, 200, out);
	} else {
		buf_free(out);
		api_fail(call);
	}
}

static void
answer(void *arg)
{
	const struct reading *r = arg;
	struct buf out = BUF_INIT;
	enum helio_rc rc = make_body(r, &out);

	reply(r->call, rc, &out);
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

/* ---- asking ---- */

static void
ask_done(void *arg, enum helio_rc rc)
{
	struct snapshot_ask *a = arg;

	reply(a->call, rc == HELIO_OK ? a->end(a) : rc, &a->out);
}

static void
ask_lost(void *arg)
{
	struct snapshot_ask *a = arg;

	buf_free(&a->out);
	err_clear(&a->call->err);
	api_run(a->call);
}

bool
snapshot_ask(struct snapshot_ask *a)
{
	buf_init(&a->out);
	a->question.done = ask_done;
	a->question.lost = ask_lost;
	a->question.arg = a;
	return api_ask(a->call, &a->question);
}
