/* The providers. */
#include "sms/provider.h"

const struct sms_provider *const sms_providers[] = {
	&sms_provider_file,
	&sms_provider_http,
	&sms_provider_kannel,
	&sms_provider_netsapiens,
	NULL
};
