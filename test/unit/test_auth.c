/* test_auth.c - users and tokens over a real store, with a clock of our own */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/auth.h"
#include "api/throttle.h"
#include "base/times.h"

#define HOUR	(INT64_C(3600) * US_PER_S)
#define TTL	(3 * HOUR)
#define SAVE	(60 * US_PER_S)
#define PEER	"10.0.0.1"

struct fixture {
	char		 dir[64];
	atomic_int_least64_t now_us;
	struct store	*store;
	struct auth	*auth;
	struct arena	*arena;
	struct auth_login login;
	unsigned	 retry_s;
	struct helio_err err;
};

static int64_t
clock_now(void *arg)
{
	struct fixture *f = arg;

	return atomic_load(&f->now_us);
}

static void
open_store(struct fixture *f, bool create)
{
	struct store_options o;

	store_options_init(&o);
	o.path = f->dir;
	o.schema = schema_builtin();
	o.create = create;
	o.now_us = clock_now;
	o.now_arg = f;
	if (store_open(&o, &f->store, &f->err) != HELIO_OK)
		fail_msg("open: %s", err_message(&f->err));
}

static void
open_auth(struct fixture *f)
{
	const struct auth_options o = {
		.store = f->store, .ttl_us = TTL, .save_after_us = SAVE,
	};

	assert_int_equal(auth_new(&o, &f->auth, &f->err), HELIO_OK);
}

/* ---- users ---- */

static enum helio_rc
insert_entity(struct tx *tx, void *arg, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "entity"));

	row_set_text(row, "name", arg);
	row_set_int(row, "bboxx_company_flag", 0);
	return tx_insert(tx, row, err);
}

struct user {
	const char	*username;
	const char	*password;	/* NULL: none */
	const char	*permissions;
	int64_t		 entity_id;	/* not 0: ENTITY scope */
};

static enum helio_rc
insert_user(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct user *u = arg;
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "user"));
	char *hash = arena_alloc(tx_arena(tx), PASSWORD_HASH_SIZE);

	row_set_text(row, "username", u->username);
	row_set_text(row, "permissions", u->permissions);
	row_set_text(row, "user_product_visibility",
	    u->entity_id != 0 ? "ENTITY" : "GLOBAL");
	if (u->entity_id != 0)
		row_set_int(row, "entity_id", u->entity_id);
	if (u->password != NULL &&
	    password_hash(u->password, hash, err) == HELIO_OK)
		row_set_text(row, "password_hash", hash);
	return tx_insert(tx, row, err);
}

static void
write_store(struct fixture *f, enum helio_rc (*run)(struct tx *, void *,
    struct helio_err *), void *arg)
{
	if (store_write(f->store, &CALLER_SYSTEM, run, arg, &f->err) !=
	    HELIO_OK)
		fail_msg("write: %s", err_message(&f->err));
}

struct change {
	const char	*username;
	const char	*field;
	struct value	 value;
};

static enum helio_rc
change_user(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct change *c = arg;
	const struct schema_table *table = tx_table(tx, "user");
	struct query query = query_all(table);
	struct row *user, *row = row_new(tx_arena(tx), table);
	enum helio_rc rc;

	query.where = cond_eq(tx_arena(tx), table, "username",
	    value_text(c->username));
	rc = tx_first(tx, &query, &user, err);
	if (rc != HELIO_OK)
		return rc;
	row_set(row, c->field, c->value);
	return tx_update(tx, table, row_key(user), row, NULL, err);
}

static void
change(struct fixture *f, const char *username, const char *field,
    struct value value)
{
	struct change c = { username, field, value };

	write_store(f, change_user, &c);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct user ann = { "ann", "secret", "ADMIN", 0 };

	if (f == NULL || !crypto_start())
		return -1;
	strcpy(f->dir, "/tmp/helio-auth-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	f->now_us = INT64_C(1700000000) * US_PER_S;
	f->arena = arena_new();
	err_clear(&f->err);
	open_store(f, true);
	open_auth(f);
	write_store(f, insert_entity, "One");
	write_store(f, insert_entity, "Two");
	write_store(f, insert_user, &ann);
	*state = f;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	/* no job may speak to what is freed */
	store_close(f->store);
	auth_free(f->auth);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* ---- short forms ---- */

static void
pass(struct fixture *f, int64_t us)
{
	atomic_fetch_add(&f->now_us, us);
}

static enum helio_rc
login(struct fixture *f, const char *name, const char *password,
    const char *peer)
{
	err_clear(&f->err);
	return auth_login(f->auth, f->arena, name, password, peer, &f->login,
	    &f->retry_s, &f->err);
}

static enum helio_rc
ask(struct fixture *f, struct caller *ret)
{
	err_clear(&f->err);
	return auth_token(f->auth, f->login.token, ret, &f->err);
}

static enum helio_rc
nothing(struct tx *tx, void *arg, struct helio_err *err)
{
	return HELIO_OK;
}

/* Expiry of the token in the store, after what is queued; 0: no token. */
static int64_t
stored_expiry(struct fixture *f)
{
	char hash[HASH_HEX_SIZE];
	struct row *row;
	struct tx *tx;
	int64_t at = 0;

	write_store(f, nothing, NULL);
	sha256_hex(f->login.token, strlen(f->login.token), hash);
	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &tx, &f->err),
	    HELIO_OK);
	if (tx_get(tx, tx_table(tx, "token"), value_text(hash), &row,
	    &f->err) == HELIO_OK)
		at = row_int(row, "expires_at");
	store_read_end(tx);
	return at;
}

static int64_t
count_tokens(struct fixture *f)
{
	struct query query;
	struct tx *tx;
	int64_t n = -1;

	assert_int_equal(store_read(f->store, &CALLER_SYSTEM, &tx, &f->err),
	    HELIO_OK);
	query = query_all(tx_table(tx, "token"));
	assert_int_equal(tx_count(tx, &query, &n, &f->err), HELIO_OK);
	store_read_end(tx);
	return n;
}

/* ---- the header ---- */

static void
test_header_forms(void **state)
{
	static const char *const good[] = {
		"Token token=abc", "token TOKEN=abc", "Token token=\"abc\"",
		"Token token = abc", "  Token  token=abc", "Bearer abc",
		"bearer  abc", "Token token=abc, x=y", "Token token=abc ",
	};
	char token[TOKEN_TEXT_MAX + 1];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(auth_header(good[i], token));
		assert_string_equal(token, "abc");
	}
}

static void
test_header_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "abc", "Token", "Token ", "Token token", "Token abc",
		"Token token=", "Token token=\"\"", "Tokentoken=abc",
		"Bearer", "Bearerabc", "Bearer ", "Basic YTpi",
		"Unit 1:2:3", "Token token=a\x01", "Token token=a;b",
	};
	char token[TOKEN_TEXT_MAX + 1], *longest;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(auth_header(bad[i], token));
	assert_false(auth_header(NULL, token));
	longest = calloc(1, TOKEN_TEXT_MAX + 16);
	assert_non_null(longest);
	strcpy(longest, "Bearer ");
	memset(longest + 7, 'a', TOKEN_TEXT_MAX);
	assert_true(auth_header(longest, token));
	longest[7 + TOKEN_TEXT_MAX] = 'a';
	assert_false(auth_header(longest, token));
	free(longest);
}

/* ---- login ---- */

static void
test_login(void **state)
{
	struct fixture *f = *state;
	struct caller who;

	assert_int_equal(login(f, "ann", "secret", PEER), HELIO_OK);
	assert_int_equal(strlen(f->login.token), TOKEN_SIZE - 1);
	assert_int_equal(f->login.expires_us, f->now_us + TTL);
	assert_string_equal(row_text(f->login.user, "username"), "ann");
	assert_int_equal(ask(f, &who), HELIO_OK);
	assert_string_equal(who.username, "ann");
	assert_int_equal(who.level, LEVEL_ADMIN);
	assert_true(who.global);
	assert_false(who.has_entity);
}

static void
test_only_a_hash_is_stored(void **state)
{
	struct fixture *f = *state;
	char *token;

	assert_int_equal(login(f, "ann", "secret", PEER), HELIO_OK);
	token = arena_strdup(f->arena, f->login.token);
	sha256_hex(token, strlen(token), f->login.token);
	assert_int_equal(ask(f, &(struct caller){ 0 }), HELIO_E_AUTH);
}

static void
test_login_refused_alike(void **state)
{
	struct fixture *f = *state;
	struct user none = { "nopass", NULL, "ADMIN", 0 };
	struct user off = { "off", "secret", "ADMIN", 0 };
	const char *first;

	write_store(f, insert_user, &none);
	write_store(f, insert_user, &off);
	change(f, "off", "active", value_int(0));
	assert_int_equal(login(f, "ann", "wrong", PEER), HELIO_E_AUTH);
	first = arena_strdup(f->arena, f->err.message);
	assert_int_equal(login(f, "nobody", "secret", PEER), HELIO_E_AUTH);
	assert_string_equal(f->err.message, first);
	assert_int_equal(login(f, "off", "secret", PEER), HELIO_E_AUTH);
	assert_string_equal(f->err.message, first);
	assert_int_equal(login(f, "nopass", "", PEER), HELIO_E_AUTH);
	assert_int_equal(login(f, "ANN", "secret", PEER), HELIO_E_AUTH);
	assert_int_equal(count_tokens(f), 0);
}

static void
test_guessing_is_throttled(void **state)
{
	struct fixture *f = *state;
	int i;

	for (i = 0; i <= THROTTLE_FREE; i++)
		assert_int_equal(login(f, "ann", "wrong", PEER), HELIO_E_AUTH);
	assert_int_equal(login(f, "ann", "secret", PEER), HELIO_E_THROTTLED);
	assert_int_equal(f->retry_s, 1);
	assert_int_equal(login(f, "ann", "secret", "10.0.0.2"), HELIO_OK);
	pass(f, US_PER_S);
	assert_int_equal(login(f, "ann", "secret", PEER), HELIO_OK);
	assert_int_equal(login(f, "ann", "wrong", PEER), HELIO_E_AUTH);
	assert_int_equal(login(f, "ann", "secret", PEER), HELIO_OK);
}

static void
test_login_clears_expired_tokens(void **state)
{
	struct fixture *f = *state;
	int i;

	for (i = 0; i < 5; i++)
		assert_int_equal(login(f, "ann", "secret", PEER), HELIO_OK);
	assert_int_equal(count_tokens(f), 5);
	pass(f, TTL);
	assert_int_equal(login(f, "ann", "secret", PEER), HELIO_OK);
	assert_int_equal(count_tokens(f), 1);
	assert_int_equal(ask(f, &(struct caller){ 0 }), HELIO_OK);
}

/* ---- tokens ---- */

static void
test_unknown_token(void **state)
{
	struct fixture *f = *state;

	strcpy(f->login.token, "nonsense");
	assert_int_equal(ask(f, &(struct caller){ 0 }), HELIO_E_AUTH);
	assert_int_equal(f->err.rc, HELIO_E_AUTH);
}

static void
test_token_expires(void **state)
{
	struct fixture *f = *state;
	struct caller who;

	login(f, "ann", "secret", PEER);
	pass(f, TTL - 1);
	assert_int_equal(ask(f, &who), HELIO_OK);
	pass(f, TTL);
	assert_int_equal(ask(f, &who), HELIO_E_AUTH);
}

static void
test_use_extends_a_token(void **state)
{
	struct fixture *f = *state;
	struct caller who;
	int i;

	login(f, "ann", "secret", PEER);
	for (i = 0; i < 10; i++) {
		pass(f, 2 * HOUR);
		assert_int_equal(ask(f, &who), HELIO_OK);
	}
	pass(f, TTL);
	assert_int_equal(ask(f, &who), HELIO_E_AUTH);
}

static void
test_expiry_is_stored_now_and_then(void **state)
{
	struct fixture *f = *state;
	struct caller who;
	int64_t first;

	login(f, "ann", "secret", PEER);
	first = f->login.expires_us;
	pass(f, SAVE - 1);
	assert_int_equal(ask(f, &who), HELIO_OK);
	assert_int_equal(stored_expiry(f), first);
	pass(f, 1);
	assert_int_equal(ask(f, &who), HELIO_OK);
	assert_int_equal(stored_expiry(f), first + SAVE);
}

static void
test_stored_expiry_counts_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct caller who;

	login(f, "ann", "secret", PEER);
	pass(f, 2 * HOUR);
	assert_int_equal(ask(f, &who), HELIO_OK);
	store_close(f->store);
	auth_free(f->auth);
	open_store(f, false);
	open_auth(f);
	pass(f, 2 * HOUR);
	assert_int_equal(ask(f, &who), HELIO_OK);
}

static void
test_deactivation_counts_at_once(void **state)
{
	struct fixture *f = *state;
	struct caller who;

	login(f, "ann", "secret", PEER);
	assert_int_equal(ask(f, &who), HELIO_OK);
	change(f, "ann", "active", value_int(0));
	assert_int_equal(ask(f, &who), HELIO_E_AUTH);
	change(f, "ann", "active", value_int(1));
	assert_int_equal(ask(f, &who), HELIO_OK);
}

static void
test_new_permissions_count_at_once(void **state)
{
	struct fixture *f = *state;
	struct caller who;

	login(f, "ann", "secret", PEER);
	assert_int_equal(ask(f, &who), HELIO_OK);
	change(f, "ann", "permissions", value_text("SYSTEM"));
	change(f, "ann", "user_product_visibility", value_text("ENTITY"));
	change(f, "ann", "entity_id", value_int(2));
	assert_int_equal(ask(f, &who), HELIO_OK);
	assert_int_equal(who.level, LEVEL_SYSTEM);
	assert_false(who.global);
	assert_true(who.has_entity);
	assert_int_equal(who.entity_id, 2);
}

static enum helio_rc
logout(struct tx *tx, void *arg, struct helio_err *err)
{
	return auth_logout(tx, arg, err);
}

static void
test_logout(void **state)
{
	struct fixture *f = *state;
	struct caller who;

	login(f, "ann", "secret", PEER);
	assert_int_equal(ask(f, &who), HELIO_OK);
	write_store(f, logout, f->login.token);
	auth_forget(f->auth, f->login.token);
	assert_int_equal(ask(f, &who), HELIO_E_AUTH);
	/* again, and of a token that never was */
	write_store(f, logout, f->login.token);
}

/* What another process deletes is noticed when the token is read again. */
static void
test_deletion_elsewhere_counts_soon(void **state)
{
	struct fixture *f = *state;
	struct caller who;

	login(f, "ann", "secret", PEER);
	assert_int_equal(ask(f, &who), HELIO_OK);
	write_store(f, logout, f->login.token);
	pass(f, 2 * US_PER_S);
	assert_int_equal(ask(f, &who), HELIO_E_AUTH);
}

static void
test_long_names_are_cut_at_a_character(void **state)
{
	char name[4 * USERNAME_MAX + 1];
	struct user wide = { name, "secret", "ADMIN", 0 };
	struct fixture *f = *state;
	struct caller who;
	size_t i;

	strcpy(name, "x");
	for (i = 0; i < USERNAME_MAX - 1; i++)
		strcat(name, "\xe2\x82\xac");
	write_store(f, insert_user, &wide);
	assert_int_equal(login(f, name, "secret", PEER), HELIO_OK);
	assert_int_equal(ask(f, &who), HELIO_OK);
	assert_int_equal(strlen(who.username), 127);
	assert_memory_equal(who.username, name, 127);
}

/* ---- validate_user ---- */

static bool
valid(struct fixture *f, const struct caller *caller, const char *name,
    const char *password)
{
	const struct auth_check check = { caller, name, password, PEER };
	bool ok = false;

	err_clear(&f->err);
	assert_int_equal(auth_check_user(f->auth, &check, &ok, &f->retry_s,
	    &f->err), HELIO_OK);
	return ok;
}

static void
test_check_user(void **state)
{
	struct fixture *f = *state;

	assert_true(valid(f, &CALLER_SYSTEM, "ann", NULL));
	assert_false(valid(f, &CALLER_SYSTEM, "bob", NULL));
	assert_true(valid(f, &CALLER_SYSTEM, "ann", "secret"));
	assert_false(valid(f, &CALLER_SYSTEM, "ann", "wrong"));
	assert_false(valid(f, &CALLER_SYSTEM, "bob", "secret"));
	change(f, "ann", "active", value_int(0));
	assert_false(valid(f, &CALLER_SYSTEM, "ann", NULL));
	assert_false(valid(f, &CALLER_SYSTEM, "ann", "secret"));
}

static void
test_check_user_within_scope(void **state)
{
	const struct caller one = {
		.level = LEVEL_SYSTEM, .entity_id = 1, .has_entity = true,
	};
	struct user ours = { "ours", "secret", "ADMIN", 1 };
	struct user theirs = { "theirs", "secret", "ADMIN", 2 };
	struct fixture *f = *state;

	write_store(f, insert_user, &ours);
	write_store(f, insert_user, &theirs);
	assert_true(valid(f, &one, "ours", NULL));
	assert_true(valid(f, &one, "ours", "secret"));
	assert_false(valid(f, &one, "theirs", NULL));
	assert_false(valid(f, &one, "theirs", "secret"));
}

static void
test_check_user_is_throttled(void **state)
{
	const struct auth_check check = { &CALLER_SYSTEM, "ann", "secret",
	    PEER };
	struct fixture *f = *state;
	bool ok;
	int i;

	for (i = 0; i <= THROTTLE_FREE; i++)
		assert_false(valid(f, &CALLER_SYSTEM, "ann", "wrong"));
	assert_int_equal(auth_check_user(f->auth, &check, &ok, &f->retry_s,
	    &f->err), HELIO_E_THROTTLED);
	assert_true(valid(f, &CALLER_SYSTEM, "ann", NULL));
}

/* ---- all at once ---- */

struct asker {
	struct fixture	*f;
	const char	*token;
	unsigned	 refused;
};

static void *
ask_often(void *arg)
{
	struct asker *a = arg;
	struct helio_err err;
	struct caller who;
	int i;

	for (i = 0; i < 3000; i++) {
		err_clear(&err);
		if (auth_token(a->f->auth, a->token, &who, &err) != HELIO_OK)
			a->refused++;
		pass(a->f, SAVE / 100);
	}
	return NULL;
}

static void
test_many_threads(void **state)
{
	enum { N = 4 };
	struct fixture *f = *state;
	struct asker asker[N];
	pthread_t thread[N];
	int i;

	for (i = 0; i < N; i++) {
		login(f, "ann", "secret", PEER);
		asker[i] = (struct asker){ f, arena_strdup(f->arena,
		    f->login.token), 0 };
		assert_int_equal(pthread_create(&thread[i], NULL, ask_often,
		    &asker[i]), 0);
	}
	for (i = 0; i < 50; i++)
		change(f, "ann", "permissions",
		    value_text(i % 2 ? "ADMIN" : "SYSTEM"));
	for (i = 0; i < N; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(asker[i].refused, 0);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_forms),
		cmocka_unit_test(test_header_refused),
		TEST(test_login),
		TEST(test_only_a_hash_is_stored),
		TEST(test_login_refused_alike),
		TEST(test_guessing_is_throttled),
		TEST(test_login_clears_expired_tokens),
		TEST(test_unknown_token),
		TEST(test_token_expires),
		TEST(test_use_extends_a_token),
		TEST(test_expiry_is_stored_now_and_then),
		TEST(test_stored_expiry_counts_after_a_restart),
		TEST(test_deactivation_counts_at_once),
		TEST(test_new_permissions_count_at_once),
		TEST(test_logout),
		TEST(test_deletion_elsewhere_counts_soon),
		TEST(test_long_names_are_cut_at_a_character),
		TEST(test_check_user),
		TEST(test_check_user_within_scope),
		TEST(test_check_user_is_throttled),
		TEST(test_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
