/*
 * Making units: control boards (PCB) with their SIM, and products out of
 * them.  Each call checks everything first, naming every fault at once,
 * and then writes all rows or none.
 */
#ifndef HELIO_DOMAIN_REGISTER_H
#define HELIO_DOMAIN_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

enum pcb_kind { PCB_TIGER, PCB_HYENA, PCB_KOALA, PCB_JACKAL };
enum product_kind {
	PRODUCT_HOME2, PRODUCT_HOME3, PRODUCT_HUB2, PRODUCT_ENTERPRISE,
};

/* Texts may be NULL and values null where they are missing. */
struct pcb_request {
	enum pcb_kind	 kind;
	const char	*imei;		/* 1 to 16 of [0-9A-Za-z-] */
	const char	*imsi;		/* 6 to 15 digits */
	const char	*device_key;	/* 1 to 24 printable ASCII characters */
	const char	*iccid;		/* optional: serial number of the SIM */
	const char	*manufacturer;	/* optional */
	struct value	 pcb_part_type;	/* null: the kind's own */
	struct value	 sim_part_type;	/* null: 43 */
};

struct product_request {
	enum product_kind kind;
	/* The PCB by its IMEI; or, when `pcb` is not NULL, one made now. */
	const char	*pcb_imei;
	const struct pcb_request *pcb;
	struct value	 battery_part_type;
	const char	*battery_serial;	/* both or none */
	struct value	 panel_wattage;
	const struct row *extra;	/* more columns of product, or NULL */
};

/* What was made: rows in the transaction's arena. */
struct pcb_made {
	struct row	*pcb;
	struct row	*sim;
};

struct product_made {
	struct row	*product;
	struct row	*pcb;
	struct row	*sim;
	struct row	*battery;	/* or NULL */
};

/* A PCB and its SIM.  E_INVALID with every fault. */
enum helio_rc	 register_pcb(struct tx *, const struct pcb_request *,
		    struct pcb_made *ret, struct helio_err *);
/*
 * A product from a PCB: its parts linked, the first state, its entity (the
 * creator's when that is all they see, else Unknown Entity).
 */
enum helio_rc	 register_product(struct tx *, const struct product_request *,
		    struct product_made *ret, struct helio_err *);

/* The rule for IMEIs alone, also for the unit protocol. */
bool		 register_is_imei(const char *);

#endif
