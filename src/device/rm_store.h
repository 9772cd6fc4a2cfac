/* What follows from an rm_data message: samples, and those that were not
 * taken, kept for inspection. */
#ifndef HELIO_DEVICE_RM_STORE_H
#define HELIO_DEVICE_RM_STORE_H

#include "store/store.h"
#include "telemetry/telemetry.h"

enum {
	RM_REJECTS_KEPT = 1000,		/* per unit, the newest */
	RM_REJECTS_TOLD = 1000,		/* in one reply */
};

/*
 * Store both in the caller's transaction.  `more` (in the arena, empty before)
 * gets the samples that are of another type than their field; *ret says
 * how many were taken.
 */
enum helio_rc	 rm_store(struct tx *, const char *imei,
		    const struct telemetry_upload *,
		    const struct telemetry_rejects *, struct arena *,
		    struct telemetry_rejects *more,
		    struct telemetry_result *ret, struct helio_err *);

#endif
