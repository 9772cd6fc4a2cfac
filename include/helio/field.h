/*
 * Field devices: their numbers, codes, messages, and the calls of the API
 * that reaches them (seed: field-device client).  The functions that read
 * numbers and messages do no I/O and keep no state.
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

#ifdef __cplusplus
}
#endif

#endif
