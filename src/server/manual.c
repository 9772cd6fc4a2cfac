/* The printed reference: all actions and all tables, as Markdown. */
#include "server/manual.h"

#include "action/action.h"
#include "schema/schema.h"

static const char *const method_names[] = {
	[HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT",
	[HTTP_DELETE] = "DELETE",
};

/* "products/{product_imei}/data" as "products/<product_imei>/data". */
static void
print_path(struct buf *out, const char *path)
{
	for (; *path != '\0'; path++)
		buf_addc(out, *path == '{' ? '<' : *path == '}' ? '>' : *path);
}

static void
print_args(struct buf *out, const struct action *action)
{
	const struct action_arg *arg;

	if (action->n_args == 0)
		return;
	buf_adds(out, "\n| argument | type | |\n| --- | --- | --- |\n");
	for (arg = action->args; arg < action->args + action->n_args; arg++)
		buf_addf(out, "| `%s` | %s | %s%s |\n", arg->name,
		    field_type_name(arg->type),
		    arg->required ? "required; " : "", arg->help);
}

static void
print_action(struct buf *out, const struct action *action)
{
	buf_addf(out, "\n## %s /v1/", method_names[action->method]);
	print_path(out, action->path);
	buf_addf(out, "\n\n%s Needs %s.\n", action->help,
	    level_name(action->level));
	print_args(out, action);
}

void
manual_print(struct buf *out)
{
	const struct action *const *action;

	buf_adds(out, "# Actions\n");
	for (action = action_list; *action != NULL; action++)
		print_action(out, *action);
	buf_addc(out, '\n');
	schema_print_manual(schema_builtin(), out);
}
