/*
 * What a unit is told when it asks: the flags it should have, settings that
 * wait for it, a new firmware.  Reading only: what is offered counts as done
 * when the unit reports it.
 */
#ifndef HELIO_DOMAIN_OFFER_H
#define HELIO_DOMAIN_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum { OFFER_PARAMETERS_MAX = 512 };	/* in one reply; the rest comes later */

struct offer_parameter {
	const char	*kind;		/* "product" or "part" */
	int64_t		 id;
	const char	*name;
	const char	*value;
};

struct offer {
	bool		 enabled;
	bool		 tamper_enabled;
	struct offer_parameter *parameter;
	size_t		 n_parameters;
	/* A pending update, or NULL. */
	const char	*software_name;
	const char	*software_link;
	const char	*software_checksum;
	int64_t		 software_linker_id;
};

/*
 * The offer for a unit; everything in it lives in `arena`.  full: settings in
 * force too, for a unit that lost them.
 */
enum helio_rc	 offer_read(struct tx *, const struct row *product, bool full,
		    struct arena *, struct offer *ret, struct helio_err *);
/* Count one more attempt to bring the unit its new firmware. */
enum helio_rc	 offer_count_attempt(struct tx *, const struct offer *,
		    struct helio_err *);

#endif
