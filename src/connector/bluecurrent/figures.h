/*
 * What the Blue Current client makes of the bare readings: averages, power,
 * words.  Both generations of the formulas, and Python's rounding, so that
 * the figures are those that other clients of the service show.
 */
#ifndef HELIO_BLUECURRENT_FIGURES_H
#define HELIO_BLUECURRENT_FIGURES_H

#include <stddef.h>

enum { BC_PHASES = 3 };

/* Python's round(): half to even on the binary value, 0 to 15 digits. */
double	bc_round(double, int digits);
/*
 * Mean of the phases in use (neither 0 nor NaN, which stands for null), to
 * one decimal; 0 when none is.
 */
double	bc_average(const double phases[BC_PHASES]);
/* The largest; NaN counts as 0. */
double	bc_largest(const double phases[BC_PHASES]);
/* kW, two decimals: the sum of the phases' currents at the mean voltage (the
 * seed's formula).  NaN counts as 0. */
double	bc_kw_of_phases(const double current[BC_PHASES], double voltage);
/* kW, two decimals: the mean current as one of three phases (clients of 2025
 * use this). */
double	bc_kw_of_average(double current, double voltage);
/* The word for a vehicle_status letter, or NULL for other texts. */
const char *bc_vehicle_status(const char *letter);

#endif
