/* What the `helio xiq` commands share: counts on their way to Heliograph. */
#ifndef HELIO_CMD_XIQ_H
#define HELIO_CMD_XIQ_H

#include "helio/xiq.h"

struct xiq_push;

/*
 * Counts go to the data of a product, measurement wifi_clients, a field for
 * each SSID.  tags: "name=value,..", or NULL.  NULL: said why not.
 */
struct xiq_push	*xiq_push_new(const char *url, const char *imei,
		    const char *tags);
void		 xiq_push_free(struct xiq_push *);
/* Send the counts of one window; start NULL: of all.  Says why not. */
helio_code	 xiq_push_send(struct xiq_push *, const helio_xiq_counts *,
		    const char *start, helio_error *);

#endif
