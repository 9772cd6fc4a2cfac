/*
 * Registration, shared by its two files: what is known of each kind, the
 * checks before anything is written.  Private to src/domain.
 */
#ifndef HELIO_DOMAIN_REGISTER_CHECK_H
#define HELIO_DOMAIN_REGISTER_CHECK_H

#include "domain/register.h"

enum {
	PART_TYPE_SIM = 43,
	WATTAGE_MAX = 100000,
};

struct pcb_kind_row {
	int64_t		 part_type;	/* default */
	const char	*prefix;	/* of serial numbers */
	const char	*erp_code;	/* erp_code_override, or NULL */
	int64_t		 product_type[2];	/* built from it, or 0 */
};

struct product_kind_row {
	int64_t		 product_type;
	enum pcb_kind	 pcb;
	bool		 needs_battery;
};

extern const struct pcb_kind_row pcb_kinds[];
extern const struct product_kind_row product_kinds[];

/* The identity of a unit, from a request or from a PCB's properties. */
struct identity {
	const char	*imei, *imsi, *device_key, *iccid, *serial;
};

/* Add a fault for everything that is wrong with a PCB to be made. */
void		 check_pcb(struct tx *, const struct pcb_request *,
		    struct helio_err *);
/* An existing PCB: found, of a fitting type, free.  The row and what its
 * properties say; NULL with faults added otherwise. */
struct row	*check_free_pcb(struct tx *, const struct product_request *,
		    struct identity *ret, struct helio_err *);
/* What a PCB's properties say; false when they lack what a unit needs. */
bool		 check_properties(struct tx *, const struct row *pcb,
		    struct identity *ret);
/* The rest of a product request: battery, panel, further columns. */
void		 check_product(struct tx *, const struct product_request *,
		    struct helio_err *);
/* Nobody else has any of these; faults name the members. */
void		 check_identity(struct tx *, const struct identity *,
		    struct helio_err *);
/* The part with this serial number, or NULL. */
struct row	*check_find_part(struct tx *, const char *serial,
		    struct helio_err *);

#endif
