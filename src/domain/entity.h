/*
 * To whom units belong (seed: assign_entity, change_entity, remove_entity).
 * A unit has any number of entities at a time; one without any belongs to
 * Unknown Entity, and to that one alone.  What was stays, with its end, in
 * product_entity_linker.  A unit is never assigned to the same entity twice
 * at a time.
 *
 * Entities are named by their number and must be in the caller's scope:
 * E_NOT_FOUND for callers who see one entity only, E_INVALID naming the
 * argument for others.
 */
#ifndef HELIO_DOMAIN_ENTITY_H
#define HELIO_DOMAIN_ENTITY_H

#include "store/store.h"

enum { ENTITY_UNKNOWN = 1 };

/* One more entity; nothing happens when the unit has it.  E_INVALID when it is
 * Unknown Entity and the unit has another. */
enum helio_rc	 entity_assign(struct tx *, const struct row *product,
		    int64_t entity, struct helio_err *);
/* `to` takes the place of `from`.  E_INVALID when the unit does not have
 * `from`. */
enum helio_rc	 entity_change(struct tx *, const struct row *product,
		    int64_t from, int64_t to, struct helio_err *);
/* One entity less; nothing happens when the unit does not have it. */
enum helio_rc	 entity_remove(struct tx *, const struct row *product,
		    int64_t entity, struct helio_err *);
/*
 * Call `each` with the name of every entity that the unit has, first assigned
 * first, as far as the caller may know.
 */
enum helio_rc	 entity_each(struct tx *, const struct row *product,
		    void (*each)(const char *name, void *), void *arg,
		    struct helio_err *);

#endif
