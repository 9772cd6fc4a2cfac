/*
 * Field devices: their numbers, codes and messages (seed: field-device
 * client).  Everything here takes bytes and gives values: no I/O, no state
 * outside the structs given, any number of threads.
 */
#ifndef HELIO_FIELD_H
#define HELIO_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- numbers ---- */

enum {
	HELIO_IMEI_DIGITS = 15,
	HELIO_ICCID_DIGITS_MIN = 19,
	HELIO_ICCID_DIGITS_MAX = 20,
};

/* The check digit ('0'..'9') that makes n digits and itself pass the Luhn
 * test (ISO/IEC 7812-1 annex B). */
char	helio_luhn_digit(const char *digits, size_t n);
/* Do n digits, the last one their check digit, pass the Luhn test?  False
 * for n of 0 and for anything but digits. */
bool	helio_luhn_valid(const char *digits, size_t n);
/* Exactly 15 digits; the check digit is not looked at, as the seed's tools
 * do not. */
bool	helio_imei_valid(const char *, size_t n);
/* 19 or 20 digits that begin with 89 (ITU-T E.118). */
bool	helio_iccid_valid(const char *, size_t n);

/* ---- numbers in messy text ---- */

enum {
	HELIO_SCAN_KEEP = 32,	/* of a number that goes on in the next piece */
	HELIO_SCAN_MIN = 8,	/* room that helio_scan_next() needs */
};

/* A run of digits of an IMEI's (15) or an ICCID's (19, 20) length.  Runs of
 * other lengths are neither, and nothing is cut out of them. */
typedef struct helio_number {
	const char	*digits;	/* n of them, and one byte more can be read */
	size_t		 n;
} helio_number;

/* A text that comes in pieces.  Start with a zeroed one; private. */
typedef struct helio_scan {
	char		 kept[2][HELIO_SCAN_KEEP];
	size_t		 n_kept;	/* at most HELIO_SCAN_KEEP: longer is too long */
	unsigned	 now;		/* which of the two */
} helio_scan;

/*
 * The numbers in the next *n bytes at *s, both of which move past what was
 * read: call again until *n is 0.  ret has room for max (at least
 * HELIO_SCAN_MIN); what is put there is valid until the next call.  Returns
 * how many.
 */
size_t	helio_scan_next(helio_scan *, const char **s, size_t *n,
	    helio_number *ret, size_t max);
/* The end of the text: the number it may have ended with. */
size_t	helio_scan_end(helio_scan *, helio_number *ret);

#ifdef __cplusplus
}
#endif

#endif
