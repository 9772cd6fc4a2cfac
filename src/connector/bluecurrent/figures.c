/* Averages, power, and words for letters. */
#include "connector/bluecurrent/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DECIMAL_SIZE = 400 };	/* DBL_MAX has 309 digits before the point */

double
bc_round(double value, int digits)
{
	char text[DECIMAL_SIZE];

	/* printf rounds the exact binary value, halves to even, as Python */
	snprintf(text, sizeof(text), "%.*f", digits, value);
	return strtod(text, NULL);
}

double
bc_average(const double phases[BC_PHASES])
{
	double sum = 0;
	int used = 0;

	for (int i = 0; i < BC_PHASES; i++) {
		if (isnan(phases[i]) || phases[i] == 0)
			continue;
		sum += phases[i];
		used++;
	}
	return used > 0 ? bc_round(sum / used, 1) : 0;
}

double
bc_largest(const double phases[BC_PHASES])
{
	double largest = isnan(phases[0]) ? 0 : phases[0];

	for (int i = 1; i < BC_PHASES; i++) {
		double one = isnan(phases[i]) ? 0 : phases[i];

		if (one > largest)
			largest = one;
	}
	return largest;
}

double
bc_kw_of_phases(const double current[BC_PHASES], double voltage)
{
	double sum = 0;

	for (int i = 0; i < BC_PHASES; i++)
		sum += isnan(current[i]) ? 0 : current[i];
	return bc_round(sum * voltage / 1000, 2);
}

double
bc_kw_of_average(double current, double voltage)
{
	return bc_round(current * voltage * 1.732 / 1000, 2);
}

const char *
bc_vehicle_status(const char *letter)
{
	static const char *const words[] = {
		"standby", "vehicle_detected", "ready", "ready", "no_power",
		"vehicle_error",
	};

	if (letter[0] < 'A' || letter[0] > 'F' || letter[1] != '\0')
		return NULL;
	return words[letter[0] - 'A'];
}
