/* Check digits and lengths of IMEIs and ICCIDs. */
#include "helio/field.h"

static bool
are_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

char
helio_luhn_digit(const char *digits, size_t n)
{
	unsigned sum = 0;

	/* from the right, every other digit counts twice, crosswise summed */
	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)(digits[n - 1 - i] - '0');

		if (i % 2 == 0)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	return (char)('0' + (10 - sum % 10) % 10);
}

bool
helio_luhn_valid(const char *digits, size_t n)
{
	return n > 0 && are_digits(digits, n) &&
	    helio_luhn_digit(digits, n - 1) == digits[n - 1];
}

bool
helio_imei_valid(const char *s, size_t n)
{
	return n == HELIO_IMEI_DIGITS && are_digits(s, n);
}

bool
helio_iccid_valid(const char *s, size_t n)
{
	return n >= HELIO_ICCID_DIGITS_MIN && n <= HELIO_ICCID_DIGITS_MAX &&
	    are_digits(s, n);
}
