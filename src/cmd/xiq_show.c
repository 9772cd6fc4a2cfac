/* helio xiq show: counts as a chart, as CSV, as JSON. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/command.h"
#include "helio/xiq.h"

enum { WIDTH = 80, WIDTH_MOST = 200, BEFORE_BAR = 26 };

struct xiq_show_options {
	const char	*ssid;
	bool		 csv, json;
};

static const struct option_row rows[] = {
	OPTION(struct xiq_show_options, ssid, "ssid", OPTION_TEXT, "NAME",
	    "this one alone"),
	OPTION(struct xiq_show_options, csv, "csv", OPTION_FLAG, "",
	    "a line for each window, a column for each SSID"),
	OPTION(struct xiq_show_options, json, "json", OPTION_FLAG, "",
	    "as JSON: {window: {SSID: clients}}"),
};

/* All counts that are shown. */
struct table {
	const char	*only;
	json_t		*windows;	/* {start: {ssid: clients}} */
	json_t		*ssids;		/* {ssid: most clients} */
	const char	**names;	/* the SSIDs, sorted; borrowed */
	size_t		 n;
	int64_t		 most;
};

static void
take(void *arg, const char *start, const char *ssid, int64_t clients)
{
	struct table *table = arg;
	json_t *window = json_object_get(table->windows, start);

	if (window == NULL) {
		window = json_object();
		json_object_set_new(table->windows, start, window);
	}
	if (ssid == NULL || (table->only != NULL &&
	    strcmp(table->only, ssid) != 0))
		return;
	json_object_set_new(window, ssid, json_integer(clients));
	if (clients >= json_integer_value(json_object_get(table->ssids,
	    ssid)))
		json_object_set_new(table->ssids, ssid,
		    json_integer(clients));
	if (clients > table->most)
		table->most = clients;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
sort_names(struct table *table)
{
	const char *ssid;
	json_t *most;

	table->names = calloc(json_object_size(table->ssids) + 1,
	    sizeof(*table->names));
	if (table->names == NULL)
		return false;
	json_object_foreach(table->ssids, ssid, most)
		table->names[table->n++] = ssid;
	qsort(table->names, table->n, sizeof(*table->names), by_name);
	return true;
}

/* ---- CSV (RFC 4180) ---- */

static void
csv_text(const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

static void
print_csv(const struct table *table)
{
	const char *start;
	json_t *window;

	fputs("TIME", stdout);
	for (size_t i = 0; i < table->n; i++) {
		putchar(',');
		csv_text(table->names[i]);
	}
	fputs("\r\n", stdout);
	json_object_foreach(table->windows, start, window) {
		fputs(start, stdout);
		for (size_t i = 0; i < table->n; i++) {
			const json_t *clients = json_object_get(window,
			    table->names[i]);

			putchar(',');
			if (clients != NULL)
				printf("%lld", (long long)
				    json_integer_value(clients));
		}
		fputs("\r\n", stdout);
	}
}

/* ---- chart ---- */

static int
bar_width(void)
{
	struct winsize size;
	int width = WIDTH;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		width = size.ws_col;
	if (width > WIDTH_MOST)
		width = WIDTH_MOST;
	return width > BEFORE_BAR + 10 ? width - BEFORE_BAR : 10;
}

static void
print_bar(const struct table *table, int64_t clients, int width)
{
	int64_t n = table->most > 0 ? (clients * width + table->most / 2) /
	    table->most : 0;

	while (n-- > 0)
		putchar('#');
	putchar('\n');
}

/* An SSID is what somebody chose: nothing of it may steer the terminal. */
static void
print_name(const char *name)
{
	for (; *name != '\0'; name++)
		putchar((unsigned char)*name < 0x20 || *name == 0x7f ? '?' :
		    *name);
	putchar('\n');
}

static void
print_chart(const struct table *table)
{
	int width = bar_width();
	const char *start;
	json_t *window;

	for (size_t i = 0; i < table->n; i++) {
		print_name(table->names[i]);
		json_object_foreach(table->windows, start, window) {
			int64_t clients = json_integer_value(json_object_get(
			    window, table->names[i]));

			printf("  %.10s %.5s %7lld ", start,
			    strlen(start) > 16 ? start + 11 : "",
			    (long long)clients);
			print_bar(table, clients, width);
		}
	}
}

/* ---- the command ---- */

static void
print(const struct table *table, const struct xiq_show_options *given)
{
	if (given->json) {
		json_dumpf(table->windows, stdout, 0);
		putchar('\n');
	} else if (given->csv) {
		print_csv(table);
	} else {
		print_chart(table);
	}
}

static int
show(const helio_xiq_counts *counts, const struct xiq_show_options *given)
{
	struct table table = { .only = given->ssid,
	    .windows = json_object(), .ssids = json_object() };
	bool done;

	helio_xiq_counts_each(counts, take, &table);
	done = sort_names(&table);
	if (done)
		print(&table, given);
	free(table.names);
	json_decref(table.windows);
	json_decref(table.ssids);
	return done && fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int
run(void *options, char **args, int n_args)
{
	helio_xiq_counts *counts = NULL;
	helio_error error;
	int code = EXIT_FAILED;

	if (helio_xiq_counts_open(n_args > 0 ? args[0] : "data.json", &counts,
	    &error) == HELIO_DONE)
		code = show(counts, options);
	else
		say_error(NULL, "%s", error.text);
	helio_xiq_counts_free(counts);
	return code;
}

const struct command command_xiq_show = {
	.name = "xiq show", .args = "[FILE]", .args_max = 1, .run = run,
	.summary = "show counts of Wi-Fi clients: chart, CSV, JSON",
	.example = "  helio xiq show data.json --ssid Staff\n"
	    "  A bar for each window; --csv makes a table for a spreadsheet.",
	COMMAND_OPTIONS(rows, struct xiq_show_options),
};
