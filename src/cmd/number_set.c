/*
 * Open addressing with linear probing; a slot is the number and how often it
 * was seen.  20 digits need 67 bits: the number of digits and the ones above
 * 64 bits share the second word with the count.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/number_set.h"

enum { FIRST_SLOTS = 1 << 12, OFTEN = 2, LOW_DIGITS = 16 };

struct slot {
	uint64_t	 low;		/* the last 16 digits */
	uint32_t	 high;		/* those before, and how many in all */
	uint32_t	 seen;		/* 0: free */
};

struct number_set {
	struct slot	*slot;
	size_t		 cap;		/* a power of two */
	size_t		 n;
};

struct number_set *
number_set_new(void)
{
	struct number_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return NULL;
	set->cap = FIRST_SLOTS;
	set->slot = calloc(set->cap, sizeof(*set->slot));
	if (set->slot != NULL)
		return set;
	free(set);
	return NULL;
}

void
number_set_free(struct number_set *set)
{
	if (set == NULL)
		return;
	free(set->slot);
	free(set);
}

static uint64_t
value_of(const char *digits, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (uint64_t)(digits[i] - '0');
	return value;
}

/* Where the number is, or would be. */
static struct slot *
find(const struct number_set *set, uint64_t low, uint32_t high)
{
	uint64_t hash = (low ^ high) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(hash >> 20) & (set->cap - 1);

	while (set->slot[at].seen != 0 && (set->slot[at].low != low ||
	    set->slot[at].high != high))
		at = (at + 1) & (set->cap - 1);
	return &set->slot[at];
}

static int
grow(struct number_set *set)
{
	struct number_set larger = { .cap = set->cap * 2, .n = set->n };

	larger.slot = calloc(larger.cap, sizeof(*larger.slot));
	if (larger.slot == NULL)
		return -1;
	for (size_t i = 0; i < set->cap; i++)
		if (set->slot[i].seen != 0)
			*find(&larger, set->slot[i].low, set->slot[i].high) =
			    set->slot[i];
	free(set->slot);
	*set = larger;
	return 0;
}

enum number_seen
number_set_add(struct number_set *set, const char *digits, size_t n)
{
	size_t above = n > LOW_DIGITS ? n - LOW_DIGITS : 0;
	uint64_t low = value_of(digits + above, n - above);
	uint32_t high = (uint32_t)(value_of(digits, above) << 8 | n);
	struct slot *slot;

	if (set->n >= set->cap / 4 * 3 && grow(set) != 0)
		return NUMBER_NO_MEMORY;
	slot = find(set, low, high);
	if (slot->seen == 0) {
		*slot = (struct slot){ low, high, 1 };
		set->n++;
		return NUMBER_NEW;
	}
	if (slot->seen < OFTEN) {
		slot->seen++;
		return NUMBER_TWICE;
	}
	return NUMBER_OFTEN;
}
