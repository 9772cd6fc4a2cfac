/* Reading whole files, pattern tables among them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/model_file.h"

enum { TABLE_MAX = 1 << 20, PIECE = 64 << 10 };

static bool
read_all(FILE *file, size_t most, struct buf *ret)
{
	size_t n;

	do {
		if (!buf_reserve(ret, PIECE)) {
			errno = ENOMEM;
			return false;
		}
		n = fread(ret->data + ret->len, 1, PIECE, file);
		ret->len += n;
		ret->data[ret->len] = '\0';
		if (ret->len > most) {
			errno = EFBIG;
			return false;
		}
	} while (n > 0);
	return !ferror(file);
}

bool
file_read(const char *name, size_t most, struct buf *ret)
{
	bool input = strcmp(name, "-") == 0;
	FILE *file = input ? stdin : fopen(name, "re");
	bool ok = file != NULL && read_all(file, most, ret);

	if (!ok)
		say_error(NULL, "%s: %s", input ? "standard input" : name,
		    strerror(errno));
	if (file != NULL && !input)
		fclose(file);
	return ok;
}

bool
model_file_load(const char *name, helio_models **ret)
{
	struct buf text = BUF_INIT;
	helio_error error;
	bool ok = name == NULL || file_read(name, TABLE_MAX, &text);

	if (ok && helio_models_new(name != NULL ? text.data : NULL, text.len,
	    ret, &error) != HELIO_DONE) {
		say_error("lines are 'type A8 MODEL' or 'imei 001001 MODEL'",
		    "%s: %s", name, error.text);
		ok = false;
	}
	buf_free(&text);
	return ok;
}
