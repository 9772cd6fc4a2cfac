/*
 * Registration actions: the arguments that several of them take, and how a
 * request is made of them.
 */
#ifndef HELIO_ACTION_REGISTRATION_H
#define HELIO_ACTION_REGISTRATION_H

#include "action/action.h"
#include "domain/register.h"

/* Positions in the argument tables. */
enum {
	ARG_IMEI, ARG_IMSI, ARG_DEVICE_KEY, ARG_PCB_TYPE, ARG_SIM_TYPE,
	ARG_ICCID, ARG_MANUFACTURER,
	REGISTRATION_PCB_ARGS,
	ARG_BATTERY = REGISTRATION_PCB_ARGS, ARG_WATTAGE, ARG_PRODUCT,
	REGISTRATION_FULL_ARGS,
};
enum {
	ARG_PCB_IMEI, ARG_FROM_BATTERY, ARG_FROM_WATTAGE, ARG_FROM_PRODUCT,
	REGISTRATION_FROM_ARGS,
};

/* The first REGISTRATION_PCB_ARGS make a PCB, all of them a product as well. */
extern const struct action_arg registration_pcb_args[];
/* A product from a PCB. */
extern const struct action_arg registration_from_args[];

void		 registration_pcb(struct action_call *, enum pcb_kind,
		    struct pcb_request *ret);
/* "battery", "solar_panel_wattage" and "product"; faults go to err. */
enum helio_rc	 registration_product(struct action_call *,
		    struct value wattage, struct product_request *ret,
		    struct helio_err *);

#endif
