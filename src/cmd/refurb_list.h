/*
 * The devices of a refurbishment: pairs of IMEI and ICCID, what was found out
 * about them, the journal that keeps it, the report.
 */
#ifndef HELIO_CMD_REFURB_LIST_H
#define HELIO_CMD_REFURB_LIST_H

#include <stdio.h>

#include "base/buf.h"
#include "helio/field.h"
#include "helio/field_client.h"

enum { REFURB_NUMBER_SIZE = HELIO_ICCID_DIGITS_MAX + 1 };

struct refurb_pair {
	char		 imei[REFURB_NUMBER_SIZE];
	char		 iccid[REFURB_NUMBER_SIZE];
	bool		 asked;		/* list and note are known */
	bool		 again;		/* no answer came: ask on the next run */
	bool		 record;	/* taken, and its answer is a record */
	bool		 suspended;
	enum helio_refurb list;
	bool		 has_code;
	long		 code;
	char		*note;		/* owned; "" when there is none */
};

struct refurb_list {
	struct refurb_pair **pair;	/* in the order they came */
	size_t		 n, cap;
	void		*by_imei;	/* tsearch(3) */
};

void		 refurb_list_free(struct refurb_list *);
/*
 * The pair in a line: two words, parted by blanks, commas or semicolons, one
 * an IMEI and the other an ICCID, in either order, in quotes or not.
 * Otherwise what is wrong with it (static text); NULL when all is well.
 */
const char	*refurb_read_line(const char *line, size_t n, char imei[REFURB_NUMBER_SIZE],
		    char iccid[REFURB_NUMBER_SIZE]);
/* A pair by its IMEI, new when there is none; NULL: no memory. */
struct refurb_pair *refurb_list_add(struct refurb_list *, const char *imei,
		    const char *iccid);
/* Keep an answer; false: no memory. */
bool		 refurb_set_answer(struct refurb_pair *, const helio_field_answer *);
/* Keep that there was none. */
bool		 refurb_set_failure(struct refurb_pair *, const char *why);

/* A line of the journal (JSON, no line feed) for a pair. */
void		 refurb_write_entry(const struct refurb_pair *, struct buf *out);
/* Take a line of the journal up; false: it is none, or no memory. */
bool		 refurb_read_entry(struct refurb_list *, const char *line, size_t n);

enum refurb_format { REFURB_TEXT, REFURB_CSV, REFURB_JSON };

/* The three lists. */
void		 refurb_report(const struct refurb_list *, enum refurb_format,
		    struct buf *out);

#endif
