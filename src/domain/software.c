/* Firmware: the rows that orders and reports lead to. */
#include "domain/software.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/find.h"

/* A firmware of a unit that is not over. */
struct linker {
	const struct row *row;
	struct linker	*next;
};

struct linkers {
	struct arena	*arena;
	struct linker	*pending, *active;
};

/* ---- names ---- */

/* A text that is a number, or null. */
static struct value
as_id(struct arena *arena, struct value text)
{
	const char *s = arena_strndup(arena, text.s, text.n);
	char *end;
	int64_t id;

	errno = 0;
	id = strtoll(s, &end, 10);
	return errno == 0 && end != s && *end == '\0' ? value_int(id) :
	    value_null();
}

static enum helio_rc
by_name(struct tx *tx, struct value name, struct row **ret,
    struct helio_err *err)
{
	const struct find find = {
		.table = "software_version_type", .by = { { "name", name } },
	};

	return find_row(tx, &find, ret, err);
}

enum helio_rc
software_find(struct tx *tx, struct value named, struct row **ret,
    struct helio_err *err)
{
	struct row *version = NULL;
	enum helio_rc rc = HELIO_OK;

	if (named.type == VALUE_TEXT) {
		rc = by_name(tx, named, &version, err);
		named = as_id(tx_arena(tx), named);
	}
	if (rc == HELIO_OK && version == NULL)
		rc = find_by_id(tx, "software_version_type", named, &version,
		    err);
	if (rc != HELIO_OK)
		return rc;
	if (version == NULL)
		return err_field(err, "software",
		    "there is no such software version");
	*ret = version;
	return HELIO_OK;
}

/* ---- rows ---- */

static enum helio_rc
sort_linker(const struct row *row, void *arg, struct helio_err *err)
{
	struct linkers *all = arg;
	struct linker *one = arena_alloc(all->arena, sizeof(*one));
	struct linker **list = row_is_null(row, "date_added") ? &all->pending :
	    &all->active;

	one->row = row_copy(all->arena, row);
	one->next = *list;
	*list = one;
	return HELIO_OK;
}

static enum helio_rc
read_linkers(struct tx *tx, const struct row *product, struct linkers *ret,
    struct helio_err *err)
{
	const struct find find = {
		.table = "product_software_linker", .by = {
			{ "product_imei", row_key(product) },
			{ "date_removed", value_null() },
		},
	};
	struct query query = find_query(tx, &find);

	*ret = (struct linkers){ .arena = tx_arena(tx) };
	return tx_each(tx, &query, sort_linker, ret, err);
}

static bool
is_version(const struct row *linker, const struct row *version)
{
	return value_equal(row_get(linker, "software_version_type_id"),
	    row_key(version));
}

/* One for the version, or NULL. */
static const struct row *
of_version(const struct linker *list, const struct row *version)
{
	for (; list != NULL; list = list->next)
		if (is_version(list->row, version))
			return list->row;
	return NULL;
}

static enum helio_rc
set_date(struct tx *tx, const struct row *linker, const char *date,
    struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), linker->table);

	row_set_int(changes, date, tx_now_us(tx));
	return tx_update(tx, linker->table, row_key(linker), changes, NULL,
	    err);
}

/* End all but `spared`, which may be NULL; *count (may be NULL) is raised. */
static enum helio_rc
end_all(struct tx *tx, const struct linker *list, const struct row *spared,
    int64_t *count, struct helio_err *err)
{
	enum helio_rc rc = HELIO_OK;

	for (; list != NULL && rc == HELIO_OK; list = list->next) {
		if (list->row == spared)
			continue;
		rc = set_date(tx, list->row, "date_removed", err);
		if (count != NULL)
			++*count;
	}
	return rc;
}

static enum helio_rc
add_linker(struct tx *tx, const struct row *product, const struct row *version,
    bool active, struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx),
	    tx_table(tx, "product_software_linker"));

	row_set(row, "product_imei", row_key(product));
	row_set(row, "software_version_type_id", row_key(version));
	row_set_int(row, "update_attempts", 0);
	if (active)
		row_set_int(row, "date_added", tx_now_us(tx));
	return tx_insert(tx, row, err);
}

/* ---- the newest firmware of a product type ---- */

static bool
is_newer(const struct row *version, const struct row *than)
{
	return than == NULL || row_int(version, "release_date") >
	    row_int(than, "release_date");
}

/* Releases that are on trial or withdrawn are nobody's latest. */
static bool
is_stable(const struct row *version)
{
	const char *status = row_text(version, "status");

	return status == NULL || strcmp(status, "stable") == 0;
}

static enum helio_rc
add_latest(struct tx *tx, const struct row *product, const struct row *version,
    struct helio_err *err)
{
	struct row *row = row_new(tx_arena(tx), tx_table(tx,
	    "latest_software"));

	row_set(row, "product_type_id", row_get(product, "product_type_id"));
	row_set(row, "software_version_type_id", row_key(version));
	row_set_int(row, "date_added", tx_now_us(tx));
	return tx_insert(tx, row, err);
}

/* The newest release that a unit of the type was ever given is its latest. */
static enum helio_rc
note_latest(struct tx *tx, const struct row *product,
    const struct row *version, struct helio_err *err)
{
	const struct find find = {
		.table = "latest_software", .newest = "date_added", .by = {
			{ "product_type_id",
			    row_get(product, "product_type_id") },
			{ "date_removed", value_null() },
		},
	};
	struct row *latest = NULL, *old = NULL;
	enum helio_rc rc;

	if (!is_stable(version))
		return HELIO_OK;
	rc = find_row(tx, &find, &latest, err);
	if (rc == HELIO_OK && latest != NULL)
		rc = find_by_id(tx, "software_version_type",
		    row_get(latest, "software_version_type_id"), &old, err);
	if (rc != HELIO_OK || !is_newer(version, old))
		return rc;
	if (latest != NULL)
		rc = set_date(tx, latest, "date_removed", err);
	return rc == HELIO_OK ? add_latest(tx, product, version, err) : rc;
}

/* ---- orders ---- */

/* A product type for which no firmware is listed takes any. */
static bool
is_allowed(struct tx *tx, const struct row *product, const struct row *version)
{
	struct find find = {
		.table = "product_type_software_version_type_linker", .by = {
			{ "product_type_id",
			    row_get(product, "product_type_id") },
		},
	};

	if (!find_exists(tx, &find))
		return true;
	find.by[1].field = "software_version_type_id";
	find.by[1].value = row_key(version);
	return find_exists(tx, &find);
}

static enum helio_rc
order(struct tx *tx, const struct row *product, const struct row *version,
    struct helio_err *err)
{
	struct linkers linkers;
	const struct row *pending;
	enum helio_rc rc;

	if (!is_allowed(tx, product, version))
		return err_field(err, "software",
		    "version %s is not for this kind of unit",
		    row_text(version, "name"));
	rc = read_linkers(tx, product, &linkers, err);
	if (rc != HELIO_OK)
		return rc;
	pending = of_version(linkers.pending, version);
	rc = end_all(tx, linkers.pending, pending, NULL, err);
	if (rc == HELIO_OK)
		rc = note_latest(tx, product, version, err);
	if (rc != HELIO_OK || pending != NULL ||
	    of_version(linkers.active, version) != NULL)
		return rc;
	return add_linker(tx, product, version, false, err);
}

enum helio_rc
software_order(struct tx *tx, const struct row *product,
    const struct row *version, struct helio_err *err)
{
	struct row *lock = NULL;
	enum helio_rc rc = find_by_id(tx, "software_version_type",
	    row_get(product, "software_lock"), &lock, err);

	if (rc != HELIO_OK)
		return rc;
	if (lock != NULL)
		return err_field(err, "software",
		    "the software of this unit is locked to version %s",
		    row_text(lock, "name"));
	return order(tx, product, version, err);
}

enum helio_rc
software_lock(struct tx *tx, const struct row *product,
    const struct row *version, struct helio_err *err)
{
	struct row *changes = row_new(tx_arena(tx), product->table);
	enum helio_rc rc = HELIO_OK;

	row_set(changes, "software_lock", version != NULL ? row_key(version) :
	    value_null());
	if (version != NULL)
		rc = order(tx, product, version, err);
	if (rc != HELIO_OK)
		return rc;
	return tx_update(tx, product->table, row_key(product), changes, NULL,
	    err);
}

enum helio_rc
software_expire(struct tx *tx, const struct row *product, int64_t *ret,
    struct helio_err *err)
{
	struct linkers linkers;
	int64_t n = 0;
	enum helio_rc rc = read_linkers(tx, product, &linkers, err);

	if (rc == HELIO_OK)
		rc = end_all(tx, linkers.pending, NULL, &n, err);
	if (rc == HELIO_OK)
		*ret = n;
	return rc;
}

/* ---- reports ---- */

/* By the order for it, or without one. */
static enum helio_rc
begin(struct tx *tx, const struct row *product, const struct row *version,
    const struct row *pending, struct helio_err *err)
{
	enum helio_rc rc = pending != NULL ?
	    set_date(tx, pending, "date_added", err) :
	    add_linker(tx, product, version, true, err);

	return rc == HELIO_OK ? note_latest(tx, product, version, err) : rc;
}

static enum helio_rc
runs(struct tx *tx, const struct row *product, const struct row *version,
    struct helio_err *err)
{
	struct linkers linkers;
	const struct row *pending, *active;
	enum helio_rc rc = read_linkers(tx, product, &linkers, err);

	if (rc != HELIO_OK)
		return rc;
	pending = of_version(linkers.pending, version);
	active = of_version(linkers.active, version);
	rc = end_all(tx, linkers.active, active, NULL, err);
	if (rc != HELIO_OK)
		return rc;
	if (active != NULL)	/* an update to what it runs is no update */
		return pending != NULL ?
		    set_date(tx, pending, "date_removed", err) : HELIO_OK;
	return begin(tx, product, version, pending, err);
}

enum helio_rc
software_report(struct tx *tx, const struct row *product, const char *name,
    bool *ret_known, struct helio_err *err)
{
	struct row *version = NULL;
	enum helio_rc rc = by_name(tx, value_text(name), &version, err);

	if (rc != HELIO_OK)
		return rc;
	*ret_known = version != NULL;
	return version != NULL ? runs(tx, product, version, err) : HELIO_OK;
}
