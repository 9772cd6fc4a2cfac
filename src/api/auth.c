/* Tokens: who holds them, and how long they live. */
#include "api/auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/auth_internal.h"
#include "base/times.h"
#include "base/utf8.h"

static const int64_t ttl_us = 3 * 3600 * US_PER_S;	/* seed: Token Expiry */
static const int64_t save_after_us = 60 * US_PER_S;
/* How soon a change by another process, such as `helio user`, counts. */
static const int64_t reread_us = 2 * US_PER_S;

/* ---- the header ---- */

static const char *
skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* What follows the word and, when `mark` is not NUL, the mark; or NULL. */
static const char *
skip_word(const char *s, const char *word, char mark)
{
	size_t n = strlen(word);

	if (strncasecmp(s, word, n) != 0)
		return NULL;
	s += n;
	if (mark == '\0')
		return *s == ' ' || *s == '\t' ? skip_blanks(s) : NULL;
	s = skip_blanks(s);
	return *s == mark ? skip_blanks(s + 1) : NULL;
}

bool
auth_header(const char *header, char out[TOKEN_TEXT_MAX + 1])
{
	static const char legal[] = "0123456789-._~+/="
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *s;
	size_t n;

	if (header == NULL)
		return false;
	header = skip_blanks(header);
	s = skip_word(header, "Token", '\0');
	if (s != NULL)
		s = skip_word(s, "token", '=');
	else
		s = skip_word(header, "Bearer", '\0');
	if (s == NULL)
		return false;
	if (*s == '"')
		s++;
	n = strspn(s, legal);
	if (n == 0 || n > TOKEN_TEXT_MAX ||
	    (s[n] != '\0' && strchr("\", \t", s[n]) == NULL))
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

/* ---- start and end ---- */

int64_t
auth_now_us(const struct auth *a)
{
	return a->opt.now_us != NULL ? a->opt.now_us(a->opt.now_arg) :
	    store_now_us(a->opt.store);
}

static void
on_users_changed(const struct schema_table *table, void *arg)
{
	struct auth *a = arg;

	token_cache_renew(a->tokens);
	password_cache_clear(a->passwords);
}

static void
fill_options(struct auth_options *o)
{
	if (o->ttl_us <= 0)
		o->ttl_us = ttl_us;
	if (o->save_after_us <= 0)
		o->save_after_us = save_after_us;
	if (o->save_after_us > o->ttl_us / 2)
		o->save_after_us = o->ttl_us / 2;
}

enum helio_rc
auth_new(const struct auth_options *opt, struct auth **ret,
    struct helio_err *err)
{
	struct auth *a = calloc(1, sizeof(*a));
	struct token_cache_options cache = { .reread_us = reread_us };

	if (a == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory for users");
	a->opt = *opt;
	fill_options(&a->opt);
	cache.ttl_us = a->opt.ttl_us;
	cache.save_after_us = a->opt.save_after_us;
	pthread_mutex_init(&a->lock, NULL);
	a->tokens = token_cache_new(&cache);
	a->throttle = throttle_new();
	a->passwords = password_cache_new();
	if (a->tokens == NULL || a->throttle == NULL ||
	    a->passwords == NULL) {
		auth_free(a);
		return err_set(err, HELIO_E_NO_MEMORY, "no memory for users");
	}
	/*
	 * Not for the table of tokens: each stored expiry is a commit of its
	 * own.  A token that goes without its user goes through auth_forget().
	 */
	store_on_commit(opt->store, "user", on_users_changed, a);
	*ret = a;
	return HELIO_OK;
}

void
auth_free(struct auth *a)
{
	if (a == NULL)
		return;
	throttle_free(a->throttle);
	password_cache_free(a->passwords);
	token_cache_free(a->tokens);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* ---- tokens in the store ---- */

static enum helio_rc
bad_token(struct helio_err *err)
{
	return err_set(err, HELIO_E_AUTH, "%s", rc_text(HELIO_E_AUTH));
}

/* At most USERNAME_MAX bytes, whole characters. */
static void
copy_name(char *out, const char *name)
{
	size_t n = 0, step;

	while (name[n] != '\0') {
		step = utf8_next(name + n, strlen(name + n));
		if (step == 0 || n + step > USERNAME_MAX)
			break;
		n += step;
	}
	memcpy(out, name, n);
	out[n] = '\0';
}

enum helio_rc
auth_caller_of(const struct row *user, struct caller *ret, struct helio_err *err)
{
	memset(ret, 0, sizeof(*ret));
	if (!row_bool(user, "active") ||
	    !level_parse(row_text(user, "permissions"), &ret->level))
		return bad_token(err);
	copy_name(ret->username, row_text(user, "username"));
	ret->user_id = row_int(user, "user_id");
	ret->global = strcmp(row_text(user, "user_product_visibility"),
	    "GLOBAL") == 0;
	ret->has_entity = !row_is_null(user, "entity_id");
	ret->entity_id = row_int(user, "entity_id");
	return HELIO_OK;
}

static enum helio_rc
read_state(struct tx *tx, const char *hash, struct token_state *ret,
    struct helio_err *err)
{
	struct row *token, *user;
	enum helio_rc rc;

	rc = tx_get(tx, tx_table(tx, "token"), value_text(hash), &token, err);
	if (rc == HELIO_OK)
		rc = tx_get(tx, tx_table(tx, "user"),
		    row_get(token, "user_id"), &user, err);
	if (rc == HELIO_E_NOT_FOUND)
		return bad_token(err);
	if (rc != HELIO_OK)
		return rc;
	ret->expires_us = row_int(token, "expires_at");
	return auth_caller_of(user, &ret->caller, err);
}

static enum helio_rc
load(struct auth *a, const char *token, struct token_state *ret,
    struct helio_err *err)
{
	char hash[HASH_HEX_SIZE];
	struct tx *tx;
	enum helio_rc rc;

	sha256_hex(token, strlen(token), hash);
	rc = store_read(a->opt.store, &CALLER_SYSTEM, &tx, err);
	if (rc != HELIO_OK)
		return rc;
	rc = read_state(tx, hash, ret, err);
	store_read_end(tx);
	return rc;
}

/* ---- storing a new expiry, behind the request's back ---- */

struct save {
	struct store_job job;
	char		 hash[HASH_HEX_SIZE];
	int64_t		 expires_us;
};

static enum helio_rc
save_run(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct save *s = arg;
	const struct schema_table *table = tx_table(tx, "token");
	struct row *row = row_new(tx_arena(tx), table);

	row_set_int(row, "expires_at", s->expires_us);
	return tx_update(tx, table, value_text(s->hash), row, NULL, err);
}

/* A failure costs the token a minute of its life, at worst. */
static void
save_done(void *arg, enum helio_rc rc, struct helio_err *err)
{
	free(arg);
}

static void
save(struct auth *a, const char *token, int64_t expires_us)
{
	struct save *s = calloc(1, sizeof(*s));
	struct helio_err err;

	if (s == NULL)
		return;
	sha256_hex(token, strlen(token), s->hash);
	s->expires_us = expires_us;
	s->job = (struct store_job){
		.caller = &CALLER_SYSTEM, .run = save_run, .done = save_done,
		.arg = s,
	};
	err_clear(&err);
	if (store_submit(a->opt.store, &s->job, &err) != HELIO_OK)
		free(s);
}

/* ---- the question of every request ---- */

static enum helio_rc
read_token(struct auth *a, const char *token, int64_t now_us,
    struct caller *ret, struct helio_err *err)
{
	uint64_t epoch = token_cache_epoch(a->tokens, token);
	struct token_state state;
	int64_t expires_us = 0;
	enum helio_rc rc;

	rc = load(a, token, &state, err);
	if (rc != HELIO_OK)
		return rc;
	if (!token_cache_put(a->tokens, token, &state, epoch, now_us,
	    &expires_us))
		return bad_token(err);
	if (expires_us != 0)
		save(a, token, expires_us);
	*ret = state.caller;
	return HELIO_OK;
}

bool
auth_token_known(struct auth *a, const char *token, struct caller *ret)
{
	int64_t expires_us;

	if (!token_cache_use(a->tokens, token, auth_now_us(a), ret,
	    &expires_us))
		return false;
	if (expires_us != 0)
		save(a, token, expires_us);
	return true;
}

enum helio_rc
auth_token(struct auth *a, const char *token, struct caller *ret,
    struct helio_err *err)
{
	if (auth_token_known(a, token, ret))
		return HELIO_OK;
	return read_token(a, token, auth_now_us(a), ret, err);
}

enum helio_rc
auth_logout(struct tx *tx, const char *token, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "token");
	struct query query = query_all(table);
	char hash[HASH_HEX_SIZE];

	sha256_hex(token, strlen(token), hash);
	query.where = cond_eq(tx_arena(tx), table, "token_hash",
	    value_text(hash));
	return tx_delete_where(tx, &query, NULL, err);
}

void
auth_forget(struct auth *a, const char *token)
{
	token_cache_drop(a->tokens, token);
}
