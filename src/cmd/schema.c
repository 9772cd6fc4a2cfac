/* helio schema: the reference of all actions and tables. */
#include <stdio.h>

#include "base/buf.h"
#include "cmd/command.h"
#include "server/manual.h"

static int
run(void *arg, char **args, int n_args)
{
	struct buf out = BUF_INIT;
	bool ok;

	manual_print(&out);
	ok = !out.failed && fwrite(out.data, 1, out.len, stdout) == out.len;
	buf_free(&out);
	return ok ? EXIT_OK : EXIT_FAILED;
}

const struct command command_schema = {
	.name = "schema", .args = "", .run = run,
	.summary = "print the reference of all actions and tables, as Markdown",
	.example = "  helio schema > reference.md",
};
