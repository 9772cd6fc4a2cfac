/* What the application may ask of a request. */
#include "http/http_internal.h"

#include "http/query.h"

enum http_method
http_method(const struct http_request *r)
{
	return r->code;
}

const char *
http_method_name(const struct http_request *r)
{
	return r->method;
}

const char *
http_target(const struct http_request *r)
{
	return r->target;
}

const char *
http_path(const struct http_request *r)
{
	return r->path;
}

const char *
http_query(const struct http_request *r)
{
	return r->query;
}

const char *
http_param(struct http_request *r, const char *name)
{
	return http_query_find(r->arena, r->query, name);
}

bool
http_param_next(struct http_request *r, size_t *pos, const char **ret_name,
    const char **ret_value)
{
	struct http_pair p;

	if (!http_query_next(r->query, pos, &p))
		return false;
	*ret_name = http_decode(r->arena, p.name, p.name_len, true);
	*ret_value = http_decode(r->arena, p.value, p.value_len, true);
	return true;
}

const char *
http_header(struct http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, name);
}

struct walk {
	void	(*each)(void *ctx, const char *name, const char *value);
	void	*ctx;
};

static enum MHD_Result
on_header(void *arg, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	const struct walk *walk = arg;

	walk->each(walk->ctx, name, value != NULL ? value : "");
	return MHD_YES;
}

void
http_headers(struct http_request *r,
    void (*each)(void *ctx, const char *name, const char *value), void *ctx)
{
	struct walk walk = { each, ctx };

	MHD_get_connection_values(r->mhd, MHD_HEADER_KIND, on_header, &walk);
}

const char *
http_body(const struct http_request *r, size_t *ret_len)
{
	if (ret_len != NULL)
		*ret_len = r->body.len;
	return r->body.len > 0 ? r->body.data : "";
}

const char *
http_peer(const struct http_request *r)
{
	return r->peer;
}

bool
http_is_tls(const struct http_request *r)
{
	return r->loop->tls;
}

struct arena *
http_arena(struct http_request *r)
{
	return r->arena;
}

unsigned
http_loop(const struct http_request *r)
{
	return r->loop->index;
}

void
http_set_data(struct http_request *r, void *data)
{
	r->data = data;
}

void *
http_data(const struct http_request *r)
{
	return r->data;
}

void
http_limit_body(struct http_request *r, size_t max, unsigned deadline_ms)
{
	r->body_max = max;
	r->body_deadline_ms = deadline_ms;
}
