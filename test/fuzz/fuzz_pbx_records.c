/* Answers of a NetSapiens PBX: any bytes are records or refused. */
#include <stdint.h>
#include <stdlib.h>

#include "connector/netsapiens/internal.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const names[] = { "id", "status", "from-number" };
	helio_pbx_records *records = NULL;
	helio_error error;

	if (pbx_parse((const char *)data, n, &records, &error) != HELIO_DONE)
		return 0;
	for (size_t i = 0; i <= helio_pbx_count(records); i++) {
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			helio_pbx_text(records, i, names[k]);
		free(helio_pbx_json(records, i));
	}
	helio_pbx_records_free(records);
	return 0;
}
