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

#include "helio/error.h"

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
/* 19 or 20 digits; what they begin with is the operators' business. */
bool	helio_iccid_valid(const char *, size_t n);

/* ---- numbers in messy text ---- */

enum {
	HELIO_SCAN_KEEP = 32,	/* of a number that goes on in the next piece */
	HELIO_SCAN_MIN = 8,	/* room for what is found at once */
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

/* ---- device codes and models ---- */

/* A device code, such as A8021A: its type, and the firmware's version. */
typedef struct helio_device_code {
	char		 type[3];	/* "A8", as it was written */
	unsigned	 major, minor;	/* 2, 26 */
} helio_device_code;

/* Read six hexadecimal digits; false when it is not that. */
bool	helio_device_code_read(const char *, size_t n, helio_device_code *ret);

/* Which models there are: by the type of a device code, and by the first
 * digits of an IMEI (its type allocation code, or part of it). */
typedef struct helio_models helio_models;

/*
 * Read a pattern table: lines "type A8 Model01" and "imei 001001 Model01",
 * empty ones, and comments after '#'.  NULL: the table of the fact sheet.
 * HELIO_BAD_INPUT names the line.
 */
helio_code	 helio_models_new(const char *text, size_t n, helio_models **ret,
		    helio_error *);
void		 helio_models_free(helio_models *);	/* NULL is allowed */
/* The text of the built-in table. */
const char	*helio_models_default(void);
/* The model of a type (compared with its case, as it is written), or NULL.
 * Borrowed. */
const char	*helio_models_of_type(const helio_models *, const char *type);
/* The next model whose pattern begins an IMEI, from *pos (0 at first); NULL:
 * no more, or no valid IMEI.  Borrowed. */
const char	*helio_models_of_imei(const helio_models *, const char *imei, size_t n,
		    size_t *pos);

/* ---- device messages ---- */

enum { HELIO_MESSAGE_FIELDS_MAX = 96 };

typedef struct helio_span {
	const char	*s;
	size_t		 n;
} helio_span;

/* A message in the style of Queclink's @Track: "+BUFF:GTDOG,F50904,..,00D0$".
 * Spans point into the text it was read from. */
typedef struct helio_message {
	bool		 buffered;	/* BUFF: sent later than it was made */
	helio_span	 head;		/* "BUFF", "RESP", "ACK" */
	helio_span	 type;		/* "GTDOG" */
	size_t		 n;
	helio_span	 field[HELIO_MESSAGE_FIELDS_MAX];	/* behind the head */
} helio_message;

/* Fields of a position report, counted from behind the head. */
enum {
	HELIO_FIELD_CODE = 0,
	HELIO_FIELD_IMEI = 1,
	HELIO_FIELD_ACCURACY = 6,
	HELIO_FIELD_LONGITUDE = 10,
	HELIO_FIELD_LATITUDE = 11,
	HELIO_FIELD_GPS_TIME = 12,
};

/* Read a message, its final '$' included.  false: *ret_why (static) tells. */
bool	helio_message_read(const char *, size_t n, helio_message *ret,
	    const char **ret_why);
/* A field, empty when the message has not that many. */
helio_span	 helio_message_field(const helio_message *, size_t i);
/* The device code in its place; false: there is none, or no code. */
bool	helio_message_code(const helio_message *, helio_device_code *ret);
/* YYYYMMDDHHMMSS in UTC, 24 hours, to seconds since 1970; false when it is no
 * time. */
bool	helio_message_time(helio_span, int64_t *ret_s);
/* When the message was sent (its last but one field), and when the satellites
 * were seen; false: the field is missing or no time. */
bool	helio_message_sent(const helio_message *, int64_t *ret_s);
bool	helio_message_locked(const helio_message *, int64_t *ret_s);
/* The message's running number (its last field, hexadecimal). */
bool	helio_message_count(const helio_message *, unsigned *ret);

/* ---- log lines ---- */

enum helio_receipt {
	HELIO_RECEIPT_NONE,	/* no time before the message */
	HELIO_RECEIPT_LOCAL,	/* by a clock whose zone the line does not tell */
	HELIO_RECEIPT_UTC,
};

/* A line of a log that holds a message: of an export of AWS CloudWatch in any
 * of its forms, or the message alone. */
typedef struct helio_log_line {
	helio_span	 message;	/* with its '+' and '$' */
	enum helio_receipt receipt;
	int64_t		 received_us;	/* since 1970, of the clock `receipt` says */
} helio_log_line;

/*
 * Find the message in a line, and the time before it: milliseconds since 1970
 * in 13 digits, or YYYY-MM-DD HH:MM:SS[.ffffff] with a blank or a T, and Z or
 * +HH:MM behind it if its zone is told.  false: the line holds no message (one
 * that is cut is none).
 */
bool	helio_log_line_read(const char *, size_t n, helio_log_line *ret);
/* Only the time, of a text that is nothing else or begins with it. */
bool	helio_log_time(const char *, size_t n, helio_log_line *ret);

#ifdef __cplusplus
}
#endif

#endif
