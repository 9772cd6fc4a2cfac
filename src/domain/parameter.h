/*
 * Settings of units and of the parts in them: wished for, in force, history
 * (seed: "parameters/history").
 *
 *   set --> pending --unit applied it--> active --next one applied--> removed
 *   pending --newer one set--> expired
 *
 * A type that is `repeatable` may have several at once; its settings neither
 * expire nor remove each other.
 */
#ifndef HELIO_DOMAIN_PARAMETER_H
#define HELIO_DOMAIN_PARAMETER_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

enum parameter_kind { PARAMETER_OF_PRODUCT, PARAMETER_OF_PART };

/*
 * The rules alone: may a parameter of this data type have this value?  rules:
 * the JSON text of validation_rules ("min", "max", "step", "options",
 * "minlength", "maxlength"), or NULL.  NULL when it may, else what is wrong
 * (static text).  Rules that name no limit allow every text.
 */
const char	*parameter_fault(const char *data_type, const char *rules,
		    const char *value);

/*
 * What follows in the caller's transaction from a row of product_parameter or
 * part_parameter that is pending now: E_INVALID naming `value` when its type
 * does not allow it, else older ones that were pending expire.  Other rows
 * are what somebody knows of the past, and are left alone.
 */
enum helio_rc	 parameter_settle(struct tx *, const struct row *parameter,
		    struct helio_err *);
/* Wish for a setting of the unit by the name of its type. */
enum helio_rc	 parameter_set(struct tx *, const struct row *product,
		    const char *name, const char *value, struct helio_err *);
/* The setting of the unit that counts: the wish, or what is in force.  NULL
 * in *ret when there is none. */
enum helio_rc	 parameter_get(struct tx *, const struct row *product,
		    const char *name, struct row **ret, struct helio_err *);
/*
 * The unit says that it applied the setting with this id; *ret_known is false
 * when that is none of its own.  Only what is pending changes.
 */
enum helio_rc	 parameter_report(struct tx *, const struct row *product,
		    enum parameter_kind, int64_t id, bool *ret_known,
		    struct helio_err *);

#endif
