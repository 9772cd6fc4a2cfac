/* The tree of routes: adding, and finding the one for a path. */
#include "api/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"

enum { METHODS = HTTP_OTHER + 1, LIST_FIRST = 16 };

struct part {
	const char	*s;
	size_t		 n;
};

struct node {
	struct part	 name;
	struct node	**child;	/* literal parts, sorted by compare() */
	size_t		 n, cap;
	struct node	*any;		/* an argument */
	unsigned	 methods;
	const struct api_route *route[METHODS];
	unsigned	 number[METHODS];
};

struct routes {
	struct arena	*arena;		/* nodes and their lists */
	struct node	*root;		/* below /v1 */
	struct node	*top;		/* elsewhere */
	const struct api_route **list;
	size_t		 n, cap;
};

/* A lookup under way. */
struct search {
	struct part	 part[ROUTE_PARTS_MAX];
	size_t		 n;
	size_t		 arg[API_ARGS_MAX];	/* parts that are arguments */
	size_t		 n_args;
};

static const char *const method_name[METHODS] = {
	[HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT", [HTTP_DELETE] = "DELETE",
	[HTTP_OPTIONS] = "OPTIONS", [HTTP_PATCH] = "PATCH",
};

struct routes *
routes_new(void)
{
	struct arena *arena = arena_new();
	struct routes *r;

	if (arena == NULL)
		return NULL;
	r = arena_alloc(arena, sizeof(*r));
	r->arena = arena;
	r->root = arena_alloc(arena, sizeof(*r->root));
	r->top = arena_alloc(arena, sizeof(*r->top));
	return r;
}

void
routes_free(struct routes *r)
{
	if (r != NULL)
		arena_free(r->arena);
}

static int
compare(struct part a, struct part b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return memcmp(a.s, b.s, a.n);
}

/* Where the part stands among the children, or would. */
static size_t
child_index(const struct node *node, struct part name, bool *ret_found)
{
	size_t low = 0, high = node->n, mid;
	int order;

	*ret_found = false;
	while (low < high) {
		mid = (low + high) / 2;
		order = compare(name, node->child[mid]->name);
		if (order == 0) {
			*ret_found = true;
			return mid;
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* A list of pointers with room for one more; the old one stays in the arena. */
static void *
list_grow(struct arena *a, const void *list, size_t n, size_t *cap)
{
	void *bigger;

	*cap = *cap == 0 ? LIST_FIRST : *cap * 2;
	bigger = arena_alloc(a, *cap * sizeof(void *));
	if (n > 0)
		memcpy(bigger, list, n * sizeof(void *));
	return bigger;
}

static struct node *
child_literal(struct routes *r, struct node *node, struct part name)
{
	bool found;
	size_t i = child_index(node, name, &found);
	struct node *child;

	if (found)
		return node->child[i];
	if (node->n == node->cap)
		node->child = list_grow(r->arena, node->child, node->n,
		    &node->cap);
	memmove(node->child + i + 1, node->child + i,
	    (node->n - i) * sizeof(*node->child));
	child = arena_alloc(r->arena, sizeof(*child));
	child->name = name;
	node->child[i] = child;
	node->n++;
	return child;
}

static struct node *
child_any(struct routes *r, struct node *node)
{
	if (node->any == NULL)
		node->any = arena_alloc(r->arena, sizeof(*node->any));
	return node->any;
}

static _Noreturn void
bad_route(const struct api_route *route, const char *why)
{
	log_event(LOG_ERROR, "api.bad_route", "method=%s path=" LOG_TEXT
	    " why=" LOG_TEXT, method_name[route->method], route->path, why);
	abort();
}

static bool
is_argument(struct part p)
{
	return p.n > 2 && p.s[0] == '{' && p.s[p.n - 1] == '}';
}

/* Cut at '/'; false when there are too many parts. */
static bool
split(const char *path, struct search *ret)
{
	size_t n;

	for (ret->n = 0;; path += n + 1) {
		if (ret->n == ROUTE_PARTS_MAX)
			return false;
		n = strcspn(path, "/");
		ret->part[ret->n++] = (struct part){ path, n };
		if (path[n] == '\0')
			return true;
	}
}

/* The node for a route's path, made when it is not there. */
static struct node *
place(struct routes *r, const struct api_route *route)
{
	struct search s = { .n_args = 0 };
	bool top = route->path[0] == '/';
	struct node *node = top ? r->top : r->root;
	size_t i;

	if (!split(route->path + top, &s))
		bad_route(route, "too many parts");
	for (i = 0; i < s.n; i++) {
		if (s.part[i].n == 0)
			bad_route(route, "empty part");
		if (!is_argument(s.part[i])) {
			node = child_literal(r, node, s.part[i]);
			continue;
		}
		if (s.n_args++ == API_ARGS_MAX)
			bad_route(route, "too many arguments");
		node = child_any(r, node);
	}
	return node;
}

void
routes_add(struct routes *r, const struct api_route *route)
{
	struct node *node = place(r, route);

	if (node->route[route->method] != NULL)
		bad_route(route, "there already");
	node->route[route->method] = route;
	node->number[route->method] = (unsigned)r->n;
	node->methods |= 1U << route->method;
	if (r->n == r->cap)
		r->list = list_grow(r->arena, r->list, r->n, &r->cap);
	r->list[r->n++] = route;
}

/*
 * Below `node`, the one for parts i and on that has routes.  A literal that
 * leads nowhere gives way to the argument beside it; at most 2^8 tries.
 */
static const struct node *
descend(const struct node *node, struct search *s, size_t i)
{
	const struct node *hit = NULL;
	bool found;
	size_t at;

	if (i == s->n)
		return node->methods != 0 ? node : NULL;
	at = child_index(node, s->part[i], &found);
	if (found)
		hit = descend(node->child[at], s, i + 1);
	if (hit != NULL || node->any == NULL)
		return hit;
	s->arg[s->n_args++] = i;
	hit = descend(node->any, s, i + 1);
	if (hit == NULL)
		s->n_args--;
	return hit;
}

/* Percent-decode where needed; false for what cannot name anything. */
static bool
decode(struct arena *a, struct search *s)
{
	struct part *p;
	size_t i;

	for (i = 0; i < s->n; i++) {
		p = &s->part[i];
		if (memchr(p->s, '%', p->n) != NULL) {
			p->s = http_decode(a, p->s, p->n, false);
			if (p->s == NULL)
				return false;
			p->n = strlen(p->s);
		}
		if (p->n == 0 || !utf8_valid(p->s, p->n))
			return false;
	}
	return true;
}

enum helio_rc
routes_find(const struct routes *r, struct arena *a, enum http_method method,
    const char *path, struct route_match *ret)
{
	static const char base[] = "/v1/";
	bool top = strncmp(path, base, sizeof(base) - 1) != 0;
	size_t skip = top ? 1 : sizeof(base) - 1;
	struct search s = { .n_args = 0 };
	const struct node *node;
	size_t i;

	if (path[0] != '/' || !split(path + skip, &s) || !decode(a, &s))
		return HELIO_E_NOT_FOUND;
	node = descend(top ? r->top : r->root, &s, 0);
	if (node == NULL)
		return HELIO_E_NOT_FOUND;
	memset(ret, 0, sizeof(*ret));
	ret->methods = node->methods;
	if (method == HTTP_HEAD)
		method = HTTP_GET;
	ret->route = node->route[method];
	ret->number = node->number[method];
	if (ret->route == NULL)
		return HELIO_E_METHOD;
	for (i = 0; i < s.n_args; i++)
		ret->arg[i] = arena_strndup(a, s.part[s.arg[i]].s,
		    s.part[s.arg[i]].n);
	return HELIO_OK;
}

size_t
routes_count(const struct routes *r)
{
	return r->n;
}

const char *
api_method_name(enum http_method method)
{
	return method_name[method] != NULL ? method_name[method] : "";
}

void
routes_allow(unsigned methods, char out[ROUTE_ALLOW_SIZE])
{
	char *at = out;
	size_t m;

	methods |= 1U << HTTP_OPTIONS;
	if (methods & 1U << HTTP_GET)
		methods |= 1U << HTTP_HEAD;
	for (m = 0; m < METHODS; m++) {
		if ((methods >> m & 1) == 0 || method_name[m] == NULL)
			continue;
		if (at != out)
			at = stpcpy(at, ", ");
		at = stpcpy(at, method_name[m]);
	}
}

void
routes_each(const struct routes *r,
    void (*each)(const struct api_route *, void *), void *arg)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		each(r->list[i], arg);
}
