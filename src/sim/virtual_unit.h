/*
 * A unit that exists in memory only: what a device's firmware decides, with
 * no I/O and no clock of its own.  It obeys orders, counts its balance down,
 * samples its battery, loses power and signal now and then, and applies every
 * payment command at most once.  Everything follows from its seed.
 */
#ifndef HELIO_SIM_VIRTUAL_UNIT_H
#define HELIO_SIM_VIRTUAL_UNIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	VIRTUAL_ACKS_MAX = 64,	/* told at once; the rest next time */
	VIRTUAL_SAMPLES_MAX = 2880,	/* kept until uploaded; older are lost */
};

/* A parameter that was taken over and not yet reported. */
struct virtual_parameter {
	bool		 of_part;	/* "part", else "product" */
	int64_t		 id;
};

struct virtual_unit {
	char		 imei[17];
	char		 device_key[25];
	uint64_t	 random;	/* state of its own generator */
	uint64_t	 noise;		/* what its samples are made of */
	int64_t		 sample_s;	/* time between two samples */
	int64_t		 now_s;		/* when it last looked at the clock */
	/* kept through reboots, as in a device's flash */
	bool		 enabled, tamper_enabled;
	int64_t		 balance_s;
	int64_t		 applied_id;	/* highest payment command applied */
	int64_t		 added_s;	/* sum applied since the last zero */
	char		 software[128];
	/* a zero-command's outcome, repeated until the server has it */
	int64_t		 zero_id, final_balance_s, final_added_s;
	/* to be told with the next report */
	int64_t		 acks[VIRTUAL_ACKS_MAX];
	size_t		 n_acks;
	struct virtual_parameter parameters[VIRTUAL_ACKS_MAX];
	size_t		 n_parameters;
	/* samples not yet uploaded */
	int64_t		 first_sample_s;
	size_t		 n_samples;
	uint8_t		 was_on[VIRTUAL_SAMPLES_MAX / 8];	/* a ring of flags */
	double		 voltage;
	unsigned	 reboots;
};

/* Unit number `index` of a fleet with this seed: always the same IMEI, key
 * and behaviour. */
void	virtual_unit_init(struct virtual_unit *, uint64_t seed, unsigned index,
	    int64_t sample_s, int64_t now_s);
/* Time passes: balance, samples, perhaps a loss of power (true: it rebooted
 * and lost its sequence counter). */
bool	virtual_unit_advance(struct virtual_unit *, int64_t now_s);
/* Is there no signal this time? */
bool	virtual_unit_unheard(struct virtual_unit *);
/* The body of POST /v1/rc_data. */
void	virtual_unit_report(const struct virtual_unit *, struct buf *out);
/* That report was accepted: what it acknowledged need not be said again. */
void	virtual_unit_reported(struct virtual_unit *);
/* Take over what GET /v1/rc_data answered ("data"); true when something
 * changed, so that a report is due at once. */
bool	virtual_unit_obey(struct virtual_unit *, const json_t *data);
/* The body of POST /v1/rm_data; false when there are no samples.  The same
 * samples are the same bytes, however often they are sent. */
bool	virtual_unit_samples(const struct virtual_unit *, struct buf *out);
/* That upload was accepted. */
void	virtual_unit_uploaded(struct virtual_unit *);

#endif
