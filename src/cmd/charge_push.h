/* Charge points as telemetry of Heliograph's products, through its API. */
#ifndef HELIO_CMD_CHARGE_PUSH_H
#define HELIO_CMD_CHARGE_PUSH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct charge_push;

/*
 * map: a file of lines "EVSE_ID PRODUCT_IMEI"; server: Heliograph's URL, or
 * NULL for that of HELIO_URL or the login.  Prints what is wrong, NULL then.
 */
struct charge_push *charge_push_new(const char *map, const char *server);
void	charge_push_free(struct charge_push *);	/* NULL is allowed */
/* Keep the readings of one CH_STATUS; points outside the map are left out. */
void	charge_push_add(struct charge_push *, const char *evse_id,
	    const json_t *data, int64_t at_ms);
/* Until the next charge_push_flush() is due, or -1: nothing is kept. */
long	charge_push_timeout_ms(const struct charge_push *);
/* Upload what is due (all: everything).  What a server that cannot be reached
 * did not get is kept for the next time; the exit code of the last upload. */
int	charge_push_flush(struct charge_push *, bool all);

#endif
