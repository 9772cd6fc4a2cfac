/* What enable and disable share. */
#ifndef HELIO_ACTION_PRODUCT_SWITCH_H
#define HELIO_ACTION_PRODUCT_SWITCH_H

#include "action/action.h"

/* Order the product of the call on or off. */
enum helio_rc	 product_switch(struct action_call *, bool on,
		    struct helio_err *);

#endif
