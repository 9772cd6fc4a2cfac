/*
 * The counts file, and beside it the links of calls that failed for good, one
 * "url::start" a line (the seed's form), so that a later run knows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/times.h"
#include "connector/xiq/internal.h"

static const char FAILED[] = ".failed";

/* ---- reading ---- */

static helio_code
check(const helio_xiq_counts *counts, helio_error *error)
{
	const char *start, *ssid;
	json_t *window, *n;
	bool good = json_is_object(counts->windows);

	json_object_foreach(counts->windows, start, window) {
		good = good && json_is_object(window);
		json_object_foreach(window, ssid, n)
			good = good && json_is_integer(n);
	}
	if (good)
		return HELIO_DONE;
	return helio_error_set(error, HELIO_LOCAL, "%.200s: is no file of counts",
	    counts->path);
}

static helio_code
read_windows(helio_xiq_counts *counts, helio_error *error)
{
	struct stat file;
	json_error_t why;

	if (stat(counts->path, &file) != 0) {
		counts->windows = json_object();
		if (errno != ENOENT)
			return helio_error_set(error, HELIO_LOCAL, "%.200s: %s",
			    counts->path, strerror(errno));
		return HELIO_DONE;
	}
	counts->written_us = file.st_mtim.tv_sec * US_PER_S +
	    file.st_mtim.tv_nsec / 1000;
	counts->windows = json_load_file(counts->path, JSON_REJECT_DUPLICATES,
	    &why);
	if (counts->windows == NULL)
		return helio_error_set(error, HELIO_LOCAL, "%.200s: %.160s",
		    counts->path, why.text);
	return check(counts, error);
}

static char *
failed_path(const helio_xiq_counts *counts)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s%s", counts->path, FAILED);
	return buf_take(&path, NULL);
}

static void
take_line(helio_xiq_counts *counts, char *line)
{
	const char *start = strstr(line, "::");

	line[strcspn(line, "\r\n")] = '\0';
	if (start != NULL)
		json_object_set_new(counts->failed, line,
		    json_string(start + 2));
}

static void
read_failed(helio_xiq_counts *counts)
{
	char *path = failed_path(counts), *line = NULL;
	FILE *file = path != NULL ? fopen(path, "re") : NULL;
	size_t cap = 0;

	while (file != NULL && getline(&line, &cap, file) >= 0)
		take_line(counts, line);
	if (file != NULL)
		fclose(file);
	free(line);
	free(path);
}

helio_code
helio_xiq_counts_open(const char *path, helio_xiq_counts **ret,
    helio_error *error)
{
	helio_xiq_counts *counts = calloc(1, sizeof(*counts));
	helio_code code = HELIO_DONE;

	if (counts == NULL || (path != NULL &&
	    (counts->path = strdup(path)) == NULL)) {
		helio_xiq_counts_free(counts);
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	counts->failed = json_object();
	if (path == NULL) {
		counts->windows = json_object();
	} else {
		code = read_windows(counts, error);
		read_failed(counts);
	}
	if (code == HELIO_DONE)
		*ret = counts;
	else
		helio_xiq_counts_free(counts);
	return code;
}

void
helio_xiq_counts_free(helio_xiq_counts *counts)
{
	if (counts == NULL)
		return;
	json_decref(counts->windows);
	json_decref(counts->failed);
	free(counts->path);
	free(counts);
}

/* ---- writing ---- */

static bool
save_windows(const helio_xiq_counts *counts)
{
	/* the form that readers of the file know: no final line end */
	char *text = json_dumps(counts->windows, JSON_ENSURE_ASCII);
	bool done = text != NULL && file_replace(counts->path, text,
	    strlen(text), 0666);

	free(text);
	return done;
}

static bool
save_failed(const helio_xiq_counts *counts)
{
	char *path = failed_path(counts);
	struct buf lines = BUF_INIT;
	const char *line;
	json_t *start;
	bool done;

	json_object_foreach(counts->failed, line, start)
		buf_addf(&lines, "%s\n", line);
	if (path == NULL || lines.failed)
		done = false;
	else if (lines.len > 0)
		done = file_replace(path, lines.data, lines.len, 0666);
	else
		done = unlink(path) == 0 || errno == ENOENT;
	buf_free(&lines);
	free(path);
	return done;
}

helio_code
helio_xiq_counts_save(helio_xiq_counts *counts, helio_error *error)
{
	/* first what is missing: a stop between the two asks for it again */
	if (counts->path == NULL ||
	    (save_failed(counts) && save_windows(counts)))
		return HELIO_DONE;
	return helio_error_set(error, HELIO_LOCAL, "%.200s: %s", counts->path,
	    strerror(errno));
}

/* ---- windows ---- */

static bool
lacks_a_call(const helio_xiq_counts *counts, const char *start)
{
	const char *line;
	json_t *of;

	json_object_foreach(counts->failed, line, of)
		if (strcmp(json_string_value(of), start) == 0)
			return true;
	return false;
}

bool
xiq_counts_whole(const helio_xiq_counts *counts,
    const struct xiq_window *window)
{
	return json_object_get(counts->windows, window->start) != NULL &&
	    window->end_us <= counts->written_us &&
	    !lacks_a_call(counts, window->start);
}

bool
xiq_counts_set(helio_xiq_counts *counts, const char *start, json_t *of)
{
	return json_object_set_new(counts->windows, start, of) == 0;
}

bool
xiq_counts_fail(helio_xiq_counts *counts, const char *start, const char *url)
{
	struct buf line = BUF_INIT;
	bool done;

	buf_addf(&line, "%s::%s", url, start);
	done = !line.failed && json_object_set_new(counts->failed, line.data,
	    json_string(start)) == 0;
	buf_free(&line);
	return done;
}

void
xiq_counts_mend(helio_xiq_counts *counts, const char *start, const char *url)
{
	struct buf line = BUF_INIT;

	buf_addf(&line, "%s::%s", url, start);
	if (!line.failed)
		json_object_del(counts->failed, line.data);
	buf_free(&line);
}

void
xiq_counts_begin(helio_xiq_counts *counts, const char *start)
{
	const char *line;
	json_t *of;
	void *next;

	json_object_foreach_safe(counts->failed, next, line, of)
		if (strcmp(json_string_value(of), start) == 0)
			json_object_del(counts->failed, line);
}

void
helio_xiq_counts_each(const helio_xiq_counts *counts, helio_xiq_each *each,
    void *arg)
{
	const char *start, *ssid;
	json_t *window, *clients;

	json_object_foreach(counts->windows, start, window) {
		if (json_object_size(window) == 0)
			each(arg, start, NULL, 0);
		json_object_foreach(window, ssid, clients)
			each(arg, start, ssid, json_integer_value(clients));
	}
}
