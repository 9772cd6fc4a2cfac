/* Codes, and the trail of an error. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helio/error.h"

const char *
helio_code_name(helio_code code)
{
	static const char *const names[] = {
		"done", "unreachable", "timed out", "denied", "forged",
		"bad input", "local", "unavailable", "refused", "malformed",
	};

	return (size_t)code < sizeof(names) / sizeof(names[0]) ?
	    names[code] : "unknown";
}

helio_code
helio_error_set(helio_error *error, helio_code code, const char *fmt, ...)
{
	va_list ap;

	error->code = code;
	error->status = 0;
	error->cause = 0;
	va_start(ap, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, ap);
	va_end(ap);
	return code;
}

helio_code
helio_error_step(helio_error *error, const char *fmt, ...)
{
	char step[HELIO_ERROR_SIZE / 2];
	size_t old = strlen(error->text), used, cut;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(step, sizeof(step) - 2, fmt, ap);
	va_end(ap);
	used = strlen(step);
	memcpy(step + used, ": ", 2);
	used += 2;
	cut = used + old < sizeof(error->text) ? 0 :
	    used + old - sizeof(error->text) + 1;
	memmove(error->text + used, error->text + cut, old - cut + 1);
	memcpy(error->text, step, used);
	error->cause = error->cause > cut ?
	    error->cause - (unsigned)cut + (unsigned)used : (unsigned)used;
	return error->code;
}

const char *
helio_error_cause(const helio_error *error)
{
	return error->text + error->cause;
}
