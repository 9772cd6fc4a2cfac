/* Passwords: checking them at a bounded rate, issuing tokens for them. */
#include <string.h>

#include "api/auth_internal.h"
#include "base/times.h"

enum { PRUNE_MAX = 16 };	/* expired tokens deleted by each login */

/*
 * A hash to check when there is no user, at the price of the real thing.
 * Made at the first check of all, whoever's it is, not at the start.
 */
static enum helio_rc
dummy_hash(struct auth *a, char out[PASSWORD_HASH_SIZE], struct helio_err *err)
{
	char password[TOKEN_SIZE];
	enum helio_rc rc = HELIO_OK;

	pthread_mutex_lock(&a->lock);
	if (a->dummy[0] == '\0') {
		token_new(password);
		rc = password_hash(password, a->dummy, err);
	}
	if (rc == HELIO_OK)
		memcpy(out, a->dummy, PASSWORD_HASH_SIZE);
	pthread_mutex_unlock(&a->lock);
	return rc;
}

static enum helio_rc
check_throttle(struct auth *a, const struct auth_check *check,
    unsigned *retry_after_s, struct helio_err *err)
{
	unsigned wait = throttle_wait(a->throttle, check->username,
	    check->peer, auth_now_us(a));

	if (wait == 0)
		return HELIO_OK;
	*retry_after_s = wait;
	return err_set(err, HELIO_E_THROTTLED,
	    "Too many failed attempts. Please try again in %u s", wait);
}

/* The user whom the caller sees under this name, copied; NULL: none. */
static enum helio_rc
find_user(struct auth *a, const struct auth_check *check, struct arena *arena,
    struct row **ret, struct helio_err *err)
{
	const struct schema_table *table;
	struct query query;
	struct row *row = NULL;
	struct tx *tx;
	enum helio_rc rc;

	rc = store_read(a->opt.store, check->caller, &tx, err);
	if (rc != HELIO_OK)
		return rc;
	table = tx_table(tx, "user");
	query = query_all(table);
	query.where = cond_eq(tx_arena(tx), table, "username",
	    value_text(check->username));
	rc = tx_first(tx, &query, &row, err);
	if (rc == HELIO_E_NOT_FOUND) {
		err_clear(err);
		rc = HELIO_OK;
		row = NULL;
	}
	if (rc == HELIO_OK)
		*ret = row != NULL ? row_copy(arena, row) : NULL;
	store_read_end(tx);
	return rc;
}

static bool
is_active(const struct row *user)
{
	return user != NULL && row_bool(user, "active");
}

/*
 * Is it their password?  Costs one hashing, whoever they are.  *ret_user is
 * set when it is.
 */
static enum helio_rc
check_password(struct auth *a, const struct auth_check *check,
    struct arena *arena, struct row **ret_user, struct helio_err *err)
{
	char dummy[PASSWORD_HASH_SIZE];
	const char *hash = NULL;
	struct row *user;
	enum helio_rc rc;
	bool same;

	rc = dummy_hash(a, dummy, err);
	if (rc == HELIO_OK)
		rc = find_user(a, check, arena, &user, err);
	if (rc != HELIO_OK)
		return rc;
	if (user != NULL)
		hash = row_text(user, "password_hash");
	same = password_verify(hash != NULL ? hash : dummy, check->password);
	*ret_user = same && hash != NULL && is_active(user) ? user : NULL;
	return HELIO_OK;
}

/* check_password() with the back-off around it. */
static enum helio_rc
check_throttled(struct auth *a, const struct auth_check *check,
    struct arena *arena, struct row **ret_user, unsigned *retry_after_s,
    struct helio_err *err)
{
	enum helio_rc rc = check_throttle(a, check, retry_after_s, err);

	if (rc == HELIO_OK)
		rc = check_password(a, check, arena, ret_user, err);
	if (rc != HELIO_OK)
		return rc;
	if (*ret_user != NULL)
		throttle_succeeded(a->throttle, check->username, check->peer);
	else
		throttle_failed(a->throttle, check->username, check->peer,
		    auth_now_us(a));
	return HELIO_OK;
}

/* ---- issuing ---- */

struct issue {
	char		 hash[HASH_HEX_SIZE];
	int64_t		 user_id;
	int64_t		 now_us;
	int64_t		 expires_us;
};

struct expired {
	struct value	 key[PRUNE_MAX];
	size_t		 n;
	struct arena	*arena;
};

static enum helio_rc
note_expired(const struct row *row, void *arg, struct helio_err *err)
{
	struct expired *e = arg;

	e->key[e->n++] = value_text(arena_strdup(e->arena,
	    row_text(row, "token_hash")));
	return HELIO_OK;
}

/* Each login clears away more than it adds, so the table stays small. */
static enum helio_rc
prune(struct tx *tx, int64_t now_us, struct helio_err *err)
{
	const struct schema_table *table = tx_table(tx, "token");
	const struct schema_field *at = schema_field(table, "expires_at");
	struct expired expired = { .arena = tx_arena(tx) };
	struct order order = { .field = at };
	struct query query = query_all(table);
	enum helio_rc rc;

	query.where = cond_compare(tx_arena(tx), at, OP_LE, value_int(now_us));
	query.order = &order;
	query.n_order = 1;
	query.limit = PRUNE_MAX;
	rc = tx_each(tx, &query, note_expired, &expired, err);
	if (rc != HELIO_OK || expired.n == 0)
		return rc;
	query = query_all(table);
	query.where = cond_in(tx_arena(tx), table->key, expired.key,
	    expired.n);
	return tx_delete_where(tx, &query, NULL, err);
}

static enum helio_rc
issue_run(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct issue *issue = arg;
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "token"));
	enum helio_rc rc = prune(tx, issue->now_us, err);

	if (rc != HELIO_OK)
		return rc;
	row_set_text(row, "token_hash", issue->hash);
	row_set_int(row, "user_id", issue->user_id);
	row_set_int(row, "expires_at", issue->expires_us);
	row_set_int(row, "created_at", issue->now_us);
	return tx_insert(tx, row, err);
}

enum helio_rc
auth_login(struct auth *a, struct arena *arena, const char *username,
    const char *password, const char *peer, struct auth_login *ret,
    unsigned *retry_after_s, struct helio_err *err)
{
	const struct auth_check check = {
		&CALLER_SYSTEM, username, password, peer,
	};
	struct issue issue;
	struct row *user = NULL;
	char token[TOKEN_SIZE];
	enum helio_rc rc;

	rc = check_throttled(a, &check, arena, &user, retry_after_s, err);
	if (rc != HELIO_OK)
		return rc;
	if (user == NULL)
		return err_set(err, HELIO_E_AUTH,
		    "The username or the password is wrong");
	token_new(token);
	sha256_hex(token, strlen(token), issue.hash);
	issue.user_id = row_int(user, "user_id");
	issue.now_us = auth_now_us(a);
	issue.expires_us = issue.now_us + a->opt.ttl_us;
	rc = store_write(a->opt.store, &CALLER_SYSTEM, issue_run, &issue, err);
	if (rc != HELIO_OK)
		return rc;
	ret->user = user;
	ret->expires_us = issue.expires_us;
	memcpy(ret->token, token, sizeof(token));
	return HELIO_OK;
}

enum helio_rc
auth_check_user(struct auth *a, const struct auth_check *check, bool *ret,
    unsigned *retry_after_s, struct helio_err *err)
{
	struct arena *arena = arena_new();
	struct row *user = NULL;
	enum helio_rc rc;

	if (arena == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s",
		    rc_text(HELIO_E_NO_MEMORY));
	if (check->password != NULL)
		rc = check_throttled(a, check, arena, &user, retry_after_s,
		    err);
	else
		rc = find_user(a, check, arena, &user, err);
	if (rc == HELIO_OK)
		*ret = is_active(user);
	arena_free(arena);
	return rc;
}

/* ---- without a token ---- */

bool
auth_password_known(struct auth *a, const char *username,
    const char *password, struct caller *ret)
{
	return password_cache_find(a->passwords, username, password,
	    auth_now_us(a), ret);
}

enum helio_rc
auth_password(struct auth *a, const char *username, const char *password,
    const char *peer, struct caller *ret, unsigned *retry_after_s,
    struct helio_err *err)
{
	const struct auth_check check = {
		&CALLER_SYSTEM, username, password, peer,
	};
	struct arena *arena = arena_new();
	uint64_t epoch = password_cache_epoch(a->passwords);
	struct row *user = NULL;
	enum helio_rc rc;

	if (arena == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "%s",
		    rc_text(HELIO_E_NO_MEMORY));
	rc = check_throttled(a, &check, arena, &user, retry_after_s, err);
	if (rc == HELIO_OK && user == NULL)
		rc = err_set(err, HELIO_E_AUTH,
		    "The username or the password is wrong");
	if (rc == HELIO_OK)
		rc = auth_caller_of(user, ret, err);
	if (rc == HELIO_OK)
		password_cache_put(a->passwords, username, password,
		    auth_now_us(a), epoch, ret);
	arena_free(arena);
	return rc;
}
