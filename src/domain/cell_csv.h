/*
 * One line of a list of cells as OpenCelliD publishes it:
 * radio,mcc,net,area,cell,unit,lon,lat,range and more, which is not looked
 * at.  Pure.
 */
#ifndef HELIO_DOMAIN_CELL_CSV_H
#define HELIO_DOMAIN_CELL_CSV_H

#include <stddef.h>

#include "domain/cell.h"

struct cell_line {
	struct cell_id	 id;
	int64_t		 key;
	double		 latitude, longitude;
	int64_t		 range_m;	/* 0: not told */
};

enum cell_csv {
	CELL_CSV_CELL,		/* *ret is it */
	CELL_CSV_OTHER,		/* a headline, a blank line, or a cell of a
				 * kind that units do not report (NR) */
	CELL_CSV_BAD,		/* *ret_why tells the reason (static) */
};

/* n bytes, with or without the line's end. */
enum cell_csv	 cell_csv_read(const char *, size_t n, struct cell_line *ret,
		    const char **ret_why);

#endif
