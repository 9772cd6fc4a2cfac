/* Back-off: a set-associative table of names and peers that failed. */
#include "api/throttle.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/times.h"

enum {
	SETS = 4096, WAYS = 4,
	SALT_SIZE = TOKEN_SIZE,
	PEER_SIZE = 64,
};

struct tally {
	char	 key[32];	/* first half of a hash; all zero: unused */
	int64_t	 used_us;	/* last failure */
	int64_t	 until_us;	/* name: blocked until; peer: when all its
				 * failures will be forgiven */
	unsigned failures;
};

struct throttle {
	pthread_mutex_t	 lock;
	char		 salt[SALT_SIZE];	/* nobody can aim at a set */
	struct tally	 set[SETS][WAYS];
};

struct keys {
	char	 name[HASH_HEX_SIZE];	/* of the name and the peer */
	char	 peer[HASH_HEX_SIZE];
};

struct throttle *
throttle_new(void)
{
	struct throttle *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	token_new(t->salt);
	return t;
}

void
throttle_free(struct throttle *t)
{
	if (t == NULL)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* What counts as one peer: an IPv4 address or an IPv6 network. */
static void
peer_text(const char *peer, char out[PEER_SIZE])
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, peer, &a) != 1) {
		snprintf(out, PEER_SIZE, "%s", peer);
	} else if (IN6_IS_ADDR_V4MAPPED(&a)) {
		inet_ntop(AF_INET, a.s6_addr + 12, out, PEER_SIZE);
	} else {
		memset(a.s6_addr + 8, 0, 8);
		inet_ntop(AF_INET6, &a, out, PEER_SIZE);
	}
}

static void
make_keys(const struct throttle *t, const char *name, const char *peer,
    struct keys *ret)
{
	char where[PEER_SIZE], who[HASH_HEX_SIZE], text[SALT_SIZE +
	    HASH_HEX_SIZE + PEER_SIZE];
	int n;

	peer_text(peer, where);
	sha256_hex(name, strlen(name), who);
	n = snprintf(text, sizeof(text), "%s %s %s", t->salt, who, where);
	sha256_hex(text, (size_t)n, ret->name);
	n = snprintf(text, sizeof(text), "%s %s", t->salt, where);
	sha256_hex(text, (size_t)n, ret->peer);
}

static struct tally *
set_of(struct throttle *t, const char *key)
{
	char digits[9];

	memcpy(digits, key, 8);
	digits[8] = '\0';
	return t->set[strtoul(digits, NULL, 16) % SETS];
}

static struct tally *
find(struct throttle *t, const char *key)
{
	struct tally *set = set_of(t, key);
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (memcmp(set[i].key, key, sizeof(set[i].key)) == 0)
			return &set[i];
	return NULL;
}

/* The key's tally; in a full set it takes the place of the oldest. */
static struct tally *
find_or_add(struct throttle *t, const char *key)
{
	struct tally *e = find(t, key), *set = set_of(t, key);
	size_t i;

	if (e != NULL)
		return e;
	e = &set[0];
	for (i = 1; i < WAYS; i++)
		if (set[i].used_us < e->used_us)
			e = &set[i];
	memset(e, 0, sizeof(*e));
	memcpy(e->key, key, sizeof(e->key));
	return e;
}

static bool
is_forgotten(const struct tally *e, int64_t now_us)
{
	return now_us - e->used_us > THROTTLE_FORGET_S * US_PER_S ||
	    e->used_us > now_us + US_PER_S;	/* the clock was set back */
}

static int64_t
name_wait(struct throttle *t, const char *key, int64_t now_us)
{
	const struct tally *e = find(t, key);

	if (e == NULL || is_forgotten(e, now_us))
		return 0;
	return e->until_us - now_us;
}

static int64_t
peer_wait(struct throttle *t, const char *key, int64_t now_us)
{
	const struct tally *e = find(t, key);

	if (e == NULL || is_forgotten(e, now_us))
		return 0;
	return e->until_us - now_us - (THROTTLE_PEER_FREE - 1) * US_PER_S;
}

unsigned
throttle_wait(struct throttle *t, const char *name, const char *peer,
    int64_t now_us)
{
	struct keys keys;
	int64_t wait, other;

	make_keys(t, name, peer, &keys);
	pthread_mutex_lock(&t->lock);
	wait = name_wait(t, keys.name, now_us);
	other = peer_wait(t, keys.peer, now_us);
	pthread_mutex_unlock(&t->lock);
	if (other > wait)
		wait = other;
	return wait <= 0 ? 0 : (unsigned)((wait + US_PER_S - 1) / US_PER_S);
}

/* Seconds of delay after so many failures. */
static int64_t
delay(unsigned failures)
{
	unsigned doublings;

	if (failures <= THROTTLE_FREE)
		return 0;
	doublings = failures - THROTTLE_FREE - 1;
	if (doublings >= 10 || 1 << doublings > THROTTLE_MAX_S)
		return THROTTLE_MAX_S;
	return 1 << doublings;
}

void
throttle_failed(struct throttle *t, const char *name, const char *peer,
    int64_t now_us)
{
	struct keys keys;
	struct tally *e;

	make_keys(t, name, peer, &keys);
	pthread_mutex_lock(&t->lock);
	e = find_or_add(t, keys.name);
	if (is_forgotten(e, now_us))
		e->failures = 0;
	e->failures++;
	e->used_us = now_us;
	e->until_us = now_us + delay(e->failures) * US_PER_S;
	e = find_or_add(t, keys.peer);
	if (e->until_us < now_us || is_forgotten(e, now_us))
		e->until_us = now_us;
	e->until_us += US_PER_S;
	e->used_us = now_us;
	pthread_mutex_unlock(&t->lock);
}

void
throttle_succeeded(struct throttle *t, const char *name, const char *peer)
{
	struct keys keys;
	struct tally *e;

	make_keys(t, name, peer, &keys);
	pthread_mutex_lock(&t->lock);
	e = find(t, keys.name);
	if (e != NULL)
		memset(e, 0, sizeof(*e));
	pthread_mutex_unlock(&t->lock);
}
