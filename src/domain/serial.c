/* Serial numbers: layout and check character. */
#include "domain/serial.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

enum { MODULUS = 36 };

char
serial_check(const char *text)
{
	unsigned product = MODULUS, sum;
	const char *at;

	for (; *text != '\0'; text++) {
		at = strchr(alphabet, *text);
		if (at == NULL)
			continue;
		sum = (product + (unsigned)(at - alphabet)) % MODULUS;
		if (sum == 0)
			sum = MODULUS;
		product = sum * 2 % (MODULUS + 1);
	}
	return alphabet[(MODULUS + 1 - product) % MODULUS];
}

void
serial_format(const char *prefix, int64_t number, char out[SERIAL_SIZE])
{
	int n = snprintf(out, SERIAL_SIZE - 2, "%.12s-%06" PRId64, prefix,
	    number);
	char check = serial_check(out);

	out[n] = '-';
	out[n + 1] = check;
	out[n + 2] = '\0';
}
