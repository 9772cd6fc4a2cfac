/*
 * Faults to inject, read from a text such as
 *
 *	first=2:drop,every=3:503/1:/v1/(*),10%:malformed
 *
 * (with * for (*)): WHEN:WHAT[:GLOB], parted by commas.  WHEN is all,
 * first=N, after=N, nth=N, every=N or N%, counted over the requests whose path
 * fits the GLOB (all when there is none).  WHAT is a status, with the seconds
 * of Retry-After behind a slash, or drop, or malformed.  The first rule that
 * applies wins; every rule that fits counts.
 */
#ifndef HELIO_SANDBOX_FAULT_H
#define HELIO_SANDBOX_FAULT_H

#include "base/rc.h"
#include "sandbox/sandbox.h"

enum { FAULTS_MAX = 16, FAULT_GLOB_SIZE = 128 };

struct fault_rule {
	unsigned	 when;		/* index into the table of words */
	uint64_t	 n;		/* its number */
	uint64_t	 seen;		/* requests that fitted */
	struct sandbox_fault fault;
	char		 glob[FAULT_GLOB_SIZE];	/* "": every path */
};

struct fault_set {
	struct fault_rule rule[FAULTS_MAX];
	size_t		 n;
};

/* Replace all rules; "" leaves none.  E_INVALID tells which part is wrong,
 * and the set is as it was. */
enum helio_rc	 fault_parse(struct fault_set *, const char *text,
		    struct helio_err *);
/* The fault of the next request; random decides about percentages. */
struct sandbox_fault fault_next(struct fault_set *, const char *path,
		    uint64_t random);

#endif
