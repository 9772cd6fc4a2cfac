/* See sum.h. */
#include "store/sum.h"

#include <stdlib.h>
#include <string.h>

void
sums_free(struct sums *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->sum[i].name);
	free(s->sum);
	*s = (struct sums){ 0 };
}

static struct named_sum *
find(const struct sums *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->sum[i].name, name) == 0)
			return &s->sum[i];
	return NULL;
}

static struct named_sum *
add(struct sums *s, const char *name)
{
	size_t cap = s->cap == 0 ? 8 : s->cap * 2;
	struct named_sum *more;
	char *copy;

	if (s->n == s->cap) {
		more = realloc(s->sum, cap * sizeof(*more));
		if (more == NULL)
			return NULL;
		s->sum = more;
		s->cap = cap;
	}
	copy = strdup(name);
	if (copy == NULL)
		return NULL;
	s->sum[s->n] = (struct named_sum){ .name = copy };
	return &s->sum[s->n++];
}

static struct named_sum *
get(struct sums *s, const char *name)
{
	struct named_sum *sum = find(s, name);

	return sum != NULL ? sum : add(s, name);
}

struct value
sums_get(const struct sums *s, const char *name)
{
	const struct named_sum *sum = find(s, name);

	return sum != NULL ? sum->now : (struct value){ .type = VALUE_NULL };
}

bool
sums_set(struct sums *s, const char *name, int64_t value)
{
	struct named_sum *sum = get(s, name);

	if (sum == NULL)
		return false;
	sum->now = value_int(value);
	return true;
}

void
sums_add(struct sums *s, const char *name, int64_t change)
{
	struct named_sum *sum = find(s, name);

	if (sum != NULL && sum->now.type != VALUE_NULL)
		sum->now.i += change;
}

void
sums_job_end(struct sums *s, bool kept)
{
	for (size_t i = 0; i < s->n; i++) {
		struct named_sum *sum = &s->sum[i];

		if (value_equal(sum->kept, sum->now))
			continue;
		if (kept) {
			sum->kept = sum->now;
			sum->dirty = true;
		} else {
			sum->now = sum->kept;
		}
	}
}

void
sums_forget(struct sums *s)
{
	for (size_t i = 0; i < s->n; i++) {
		s->sum[i].kept = s->sum[i].now = (struct value){ 0 };
		s->sum[i].dirty = false;
	}
}

bool
sums_load(struct sums *s, const char *name, int64_t value)
{
	struct named_sum *sum = get(s, name);

	if (sum == NULL)
		return false;
	sum->kept = sum->now = value_int(value);
	return true;
}

const char *
sums_key(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%c%s", NAMED_MARK, name);
}
