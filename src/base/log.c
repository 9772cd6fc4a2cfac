/* log.c - one event, one line, one write */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/times.h"

enum { LINE_MAX_BYTES = 2048 };

static atomic_int current_level = LOG_INFO;

static const char *const level_name[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&current_level, (int)level, memory_order_relaxed);
}

enum log_level
log_level(void)
{
	return (enum log_level)atomic_load_explicit(&current_level,
	    memory_order_relaxed);
}

/* What vsnprintf stored, when it was asked for at most `room` bytes. */
static size_t
stored(int n, size_t room)
{
	if (n < 0)
		return 0;
	return (size_t)n < room ? (size_t)n : room - 1;
}

static size_t
print_head(char *line, size_t room, enum log_level level, const char *event)
{
	char when[TIME_TEXT_MAX];
	int n;

	time_format_iso(time_now_us(), when);
	n = snprintf(line, room, "%sZ level=%s event=%s ", when,
	    level_name[level], event);
	return stored(n, room);
}

static void
replace_controls(char *line, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
}

void
log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	int saved = errno;
	ssize_t written;
	va_list ap;
	size_t n;

	if (level > log_level())
		return;
	n = print_head(line, sizeof(line), level, event);
	va_start(ap, fmt);
	n += stored(vsnprintf(line + n, sizeof(line) - n, fmt, ap),
	    sizeof(line) - n);
	va_end(ap);
	replace_controls(line, n);
	/* the NUL's place takes the line feed; a lost line has no remedy */
	line[n++] = '\n';
	do
		written = write(STDERR_FILENO, line, n);
	while (written < 0 && errno == EINTR);
	errno = saved;
}

const char *
log_quoted(struct arena *a, const char *s)
{
	char *copy = arena_strdup(a, s), *at = copy;

	while ((at = strchr(at, '"')) != NULL)
		*at = '\'';
	return copy;
}
