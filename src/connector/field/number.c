/* Check digits of IMEIs and ICCIDs. */
#include "helio/field.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
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
	for (size_t i = 0; i < n; i++)
		if (!is_digit(digits[i]))
			return false;
	return n > 0 && helio_luhn_digit(digits, n - 1) == digits[n - 1];
}
