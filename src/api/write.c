/* A call's change: a store job whose end answers the call. */
#include "api/internal.h"

struct write_job {
	struct store_job job;
	struct api_call	*call;
	enum helio_rc	(*run)(struct tx *, void *, struct helio_err *);
	void		(*reply)(struct api_call *, void *);
	void		*arg;
};

static enum helio_rc
write_run(struct tx *tx, void *arg, struct helio_err *err)
{
	struct write_job *w = arg;

	return w->run(tx, w->arg, err);
}

/* The job lives in the request's arena: gone with the reply. */
static void
write_done(void *arg, enum helio_rc rc, struct helio_err *err)
{
	struct write_job *w = arg;

	if (rc == HELIO_OK) {
		w->reply(w->call, w->arg);
		return;
	}
	err_copy(&w->call->err, err);
	api_fail(w->call);
}

void
api_write(struct api_call *call,
    enum helio_rc (*run)(struct tx *, void *, struct helio_err *),
    void (*reply)(struct api_call *, void *), void *arg)
{
	struct write_job *w = arena_alloc(call->arena, sizeof(*w));

	w->job = (struct store_job){
		.caller = &call->caller, .run = write_run, .done = write_done,
		.arg = w,
	};
	w->call = call;
	w->run = run;
	w->reply = reply;
	w->arg = arg;
	if (store_submit(call->api->opt.store, &w->job, &call->err) != HELIO_OK)
		api_fail(call);
}

void
api_write_wait(struct api_call *call,
    enum helio_rc (*run)(struct tx *, void *arg, struct helio_err *),
    void (*reply)(struct api_call *, void *arg), void *arg)
{
	struct helio_err err;

	err_clear(&err);
	if (store_write(call->api->opt.store, &call->caller, run, arg,
	    &err) == HELIO_OK) {
		reply(call, arg);
		return;
	}
	err_copy(&call->err, &err);
	api_fail(call);
}
