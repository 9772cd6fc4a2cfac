/*
 * Log lines: one event name and its fields, logfmt, on stderr.  Only
 * src/server and src/cmd decide where lines go; other modules report through
 * these calls.  Never pass a secret (password, token, key) as a field.
 */
#ifndef HELIO_BASE_LOG_H
#define HELIO_BASE_LOG_H

struct arena;

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* The one writable global beside the signal flag.  Default LOG_INFO. */
void	log_set_level(enum log_level);
enum log_level log_level(void);
/*
 * log_event(LOG_WARN, "store.busy", "waited_ms=%d", ms): a timestamp, the
 * level, the event and the fields.  Text fields are the caller's to quote
 * with LOG_TEXT: log_event(.., "path=" LOG_TEXT, LOG_ARG(s)); control bytes in
 * the finished line are replaced, so nothing a client sends can forge a line.
 * Lines are cut at 2048 bytes and written at once; errno is kept.
 */
void	log_event(enum log_level, const char *event, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* The text with its quotes made apostrophes, in the arena: what comes from
 * outside must not look like further fields. */
const char *log_quoted(struct arena *, const char *);

#define LOG_TEXT	"\"%.200s\""
#define LOG_ARG(s)	((s) != NULL ? (s) : "")

#endif
