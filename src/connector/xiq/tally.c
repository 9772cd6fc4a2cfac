/* Who was seen in a window, each client of an SSID once. */
#include <string.h>

#include "connector/xiq/internal.h"

json_t *
xiq_tally_new(void)
{
	return json_object();
}

static bool
add(json_t *tally, const char *ssid, const char *id)
{
	json_t *clients = json_object_get(tally, ssid);

	if (clients == NULL) {
		clients = json_object();
		if (json_object_set_new(tally, ssid, clients) != 0)
			return false;
	}
	return json_object_set_new(clients, id, json_true()) == 0;
}

bool
xiq_tally_add(json_t *tally, const helio_xiq_page *page)
{
	size_t n = helio_xiq_page_clients(page);
	const char *ssid, *id;

	for (size_t i = 0; i < n; i++) {
		helio_xiq_page_client(page, i, &ssid, &id);
		if (ssid != NULL && *ssid != '\0' && id != NULL &&
		    !add(tally, ssid, id))
			return false;
	}
	return true;
}

json_t *
xiq_tally_counts(const json_t *tally)
{
	json_t *counts = json_object();
	const char *ssid;
	json_t *clients;

	json_object_foreach((json_t *)tally, ssid, clients)
		if (json_object_set_new(counts, ssid, json_integer(
		    (json_int_t)json_object_size(clients))) != 0) {
			json_decref(counts);
			return NULL;
		}
	return counts;
}
