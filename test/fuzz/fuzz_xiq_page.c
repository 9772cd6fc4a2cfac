/* Replies of the Wi-Fi monitor: read, counted, and no number out of bounds. */
#include <stdint.h>
#include <stdlib.h>

#include "connector/xiq/internal.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char text[XIQ_TEXT_SIZE] = "";
	helio_xiq_page *page = NULL;
	json_t *tally, *counts;

	if (xiq_page_read((const char *)data, n, &page, text) !=
	    HELIO_XIQ_FINE) {
		if (page != NULL || *text == '\0')
			abort();
		return 0;
	}
	if (xiq_page_count(page) > XIQ_PAGES_MAX)
		abort();
	tally = xiq_tally_new();
	if (!xiq_tally_add(tally, page))
		abort();
	counts = xiq_tally_counts(tally);
	if (json_object_size(counts) > helio_xiq_page_clients(page))
		abort();
	json_decref(counts);
	json_decref(tally);
	helio_xiq_page_free(page);
	return 0;
}
