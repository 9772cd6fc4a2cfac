/* A service as the files of libhelio see it. */
#ifndef HELIO_CLIENT_HTTP_H
#define HELIO_CLIENT_HTTP_H

#include "client/internal.h"

struct helio_http {
	struct helio_options options;	/* own copies */
	helio_loop	*loop;
	helio_loop	*own_loop;	/* the same, when it was made here */
	helio_denied	*denied;
	void		*denied_arg;
};

#endif
