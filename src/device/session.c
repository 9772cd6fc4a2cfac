/* Known IMEI, signature, sequence. */
#include "device/session.h"

#include <string.h>

/* Who it is not is not told. */
static enum helio_rc
refuse(struct helio_err *err)
{
	err_clear(err);
	return err_set(err, HELIO_E_AUTH,
	    "The unit is not known or its signature is not valid");
}

static enum helio_rc
find_product(struct tx *tx, const char *imei, struct row **ret,
    struct helio_err *err)
{
	return tx_get(tx, tx_table(tx, "product"), value_text(imei), ret, err);
}

/* The unit's key; without one a unit cannot sign. */
static const char *
key_of(const struct row *product)
{
	const char *key = product != NULL ? row_text(product, "device_key") :
	    NULL;

	return key != NULL && key[0] != '\0' && strlen(key) <= UNIT_KEY_MAX ?
	    key : NULL;
}

static enum helio_rc
last_sequence(struct tx *tx, const char *imei, int64_t *ret,
    struct helio_err *err)
{
	struct row *row = NULL;
	enum helio_rc rc = tx_get(tx, tx_table(tx, "unit_session"),
	    value_text(imei), &row, err);

	*ret = rc == HELIO_OK ? row_int(row, "last_sequence") : 0;
	if (rc != HELIO_E_NOT_FOUND)
		return rc;
	err_clear(err);
	return HELIO_OK;
}

enum helio_rc
session_check(struct tx *tx, const struct unit_auth *auth,
    const struct unit_request *request, struct session *ret,
    struct row **product, struct helio_err *err)
{
	/* So that an unknown unit takes as long as a known one. */
	static const char nobody[] = "000000000000000000000000";
	struct row *row = NULL;
	const char *key;
	int64_t last = 0;
	enum helio_rc rc = find_product(tx, auth->imei, &row, err);

	if (rc != HELIO_OK && rc != HELIO_E_NOT_FOUND)
		return rc;
	key = rc == HELIO_OK ? key_of(row) : NULL;
	if (!unit_auth_verify(auth, key != NULL ? key : nobody, request) ||
	    key == NULL)
		return refuse(err);
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->imei, auth->imei, sizeof(ret->imei));
	memcpy(ret->key, key, strlen(key));
	ret->sequence = auth->sequence;
	*product = row;
	rc = ret->sequence != 0 ? last_sequence(tx, ret->imei, &last, err) :
	    HELIO_OK;
	ret->is_stale = rc == HELIO_OK && ret->sequence != 0 &&
	    ret->sequence <= last;
	return rc;
}

static enum helio_rc
store_sequence(struct tx *tx, const struct session *session,
    struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx, "unit_session"));

	row_set_text(row, "product_imei", session->imei);
	row_set_int(row, "last_sequence", session->sequence);
	row_set_int(row, "updated_at", tx_now_us(tx));
	return tx_upsert(tx, row, NULL, err);
}

enum helio_rc
session_take(struct tx *tx, const struct session *session, int64_t *stale,
    struct row **product, struct helio_err *err)
{
	const char *key;
	int64_t last = 0;
	enum helio_rc rc = find_product(tx, session->imei, product, err);

	if (rc != HELIO_OK)
		return rc == HELIO_E_NOT_FOUND ? refuse(err) : rc;
	key = key_of(*product);
	if (key == NULL || strcmp(key, session->key) != 0)
		return refuse(err);
	*stale = 0;
	if (session->sequence == 0)
		return HELIO_OK;
	rc = last_sequence(tx, session->imei, &last, err);
	if (rc != HELIO_OK)
		return rc;
	if (session->sequence > last)
		return store_sequence(tx, session, err);
	*stale = last;
	return HELIO_OK;
}
