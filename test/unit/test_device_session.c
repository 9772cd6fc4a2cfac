/* Which requests of a unit count: key, sequence, in one transaction. */
#include "domain_fixture.h"

#include <string.h>

#include "device/session.h"

static struct session
session(int64_t sequence)
{
	return (struct session){ UNIT_IMEI, UNIT_KEY, sequence };
}

struct take {
	struct session	 session;
	int64_t		 stale;
	enum helio_rc	 then;		/* what the effects return */
};

static enum helio_rc
take(struct tx *tx, void *arg, struct helio_err *err)
{
	struct take *t = arg;
	struct row *product = NULL;
	enum helio_rc rc = session_take(tx, &t->session, &t->stale, &product,
	    err);

	if (rc == HELIO_OK && t->then != HELIO_OK)
		rc = err_set(err, t->then, "%s", "as asked");
	return rc;
}

static int64_t
taken(struct domain *d, int64_t sequence)
{
	struct take t = { .session = session(sequence) };

	assert_int_equal(domain_write(d, &CALLER_UNIT, take, &t), HELIO_OK);
	return t.stale;
}

static void
rising_sequences(void **state)
{
	struct domain *d = *state;

	assert_int_equal(taken(d, 1), 0);
	assert_int_equal(taken(d, 2), 0);
	assert_int_equal(taken(d, 1000), 0);
	assert_true(taken(d, INT64_MAX) == 0);
	assert_true(taken(d, INT64_MAX) == INT64_MAX);
}

static void
a_sequence_counts_once(void **state)
{
	struct domain *d = *state;

	assert_int_equal(taken(d, 5), 0);
	assert_int_equal(taken(d, 5), 5);
	assert_int_equal(taken(d, 4), 5);
	assert_int_equal(taken(d, 6), 0);
}

static void
undone_with_its_effects(void **state)
{
	struct domain *d = *state;
	struct take t = { .session = session(7), .then = HELIO_E_CONFLICT };

	assert_int_equal(domain_write(d, &CALLER_UNIT, take, &t),
	    HELIO_E_CONFLICT);
	assert_int_equal(taken(d, 7), 0);
}

static void
basic_has_no_sequence(void **state)
{
	struct domain *d = *state;

	assert_int_equal(taken(d, 0), 0);
	assert_int_equal(taken(d, 0), 0);
	assert_int_equal(domain_count(d, "unit_session"), 0);
}

static void
a_changed_key_is_refused(void **state)
{
	struct domain *d = *state;
	struct take t = { .session = session(1) };

	strcpy(t.session.key, "another");
	assert_int_equal(domain_write(d, &CALLER_UNIT, take, &t),
	    HELIO_E_AUTH);
	strcpy(t.session.imei, "gone");
	assert_int_equal(domain_write(d, &CALLER_UNIT, take, &t),
	    HELIO_E_AUTH);
}

struct check {
	struct unit_auth auth;
	struct session	 session;
	enum helio_rc	 rc;
	char		 message[240];
};

static void
check(struct domain *d, struct check *c)
{
	const struct unit_request request = { "GET", "/v1/rc_data", "", 0 };
	struct row *product = NULL;
	struct tx *tx = NULL;

	err_clear(&d->err);
	assert_int_equal(store_read(d->store, &CALLER_UNIT, &tx, &d->err),
	    HELIO_OK);
	c->rc = session_check(tx, &c->auth, &request, &c->session, &product,
	    &d->err);
	strcpy(c->message, d->err.message);
	store_read_end(tx);
}

static struct unit_auth
signed_as(const char *imei, const char *key)
{
	struct unit_auth auth = { .sequence = 3 };
	char hash[HASH_HEX_SIZE];
	struct hmac_part part[] = {
		{ "GET", 3 }, { "/v1/rc_data", 11 }, { "3", 1 },
		{ hash, HASH_HEX_SIZE - 1 },
	};

	strcpy(auth.imei, imei);
	sha256_hex("", 0, hash);
	hmac_sha256_hex(key, strlen(key), part, 4, auth.signature);
	return auth;
}

static void
known_and_signed(void **state)
{
	struct check c = { .auth = signed_as(UNIT_IMEI, UNIT_KEY) };

	check(*state, &c);
	assert_int_equal(c.rc, HELIO_OK);
	assert_string_equal(c.session.key, UNIT_KEY);
	assert_int_equal(c.session.sequence, 3);
}

static void
unknown_and_forged_look_the_same(void **state)
{
	struct check unknown = { .auth = signed_as("nobody", UNIT_KEY) };
	struct check forged = { .auth = signed_as(UNIT_IMEI, "forged") };
	struct check guess = {
		.auth = signed_as("nobody", "000000000000000000000000"),
	};

	check(*state, &unknown);
	check(*state, &forged);
	check(*state, &guess);
	assert_int_equal(unknown.rc, HELIO_E_AUTH);
	assert_int_equal(forged.rc, HELIO_E_AUTH);
	assert_int_equal(guess.rc, HELIO_E_AUTH);
	assert_string_equal(unknown.message, forged.message);
}

#define STORE(name) \
	cmocka_unit_test_setup_teardown(name, domain_setup, domain_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE(rising_sequences), STORE(a_sequence_counts_once),
		STORE(undone_with_its_effects), STORE(basic_has_no_sequence),
		STORE(a_changed_key_is_refused), STORE(known_and_signed),
		STORE(unknown_and_forged_look_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
