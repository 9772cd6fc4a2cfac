/* Memory for secrets: guarded, locked, not in core files, wiped on free. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/internal.h"

char *
secret_copyn(const char *text, size_t n)
{
	char *copy = sodium_init() >= 0 ? sodium_malloc(n + 1) : NULL;

	if (copy == NULL)
		return NULL;
	memcpy(copy, text, n);
	copy[n] = '\0';
	return copy;
}

char *
secret_copy(const char *text)
{
	return secret_copyn(text, strlen(text));
}

void
secret_free(char *secret)
{
	sodium_free(secret);
}

void
secret_buf_free(struct buf *buf)
{
	if (buf->data != NULL)
		explicit_bzero(buf->data, buf->cap);
	buf_free(buf);
}
