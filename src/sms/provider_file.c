/*
 * No gateway: a JSON line in a file for whoever takes it from there, or, with
 * no file, a line in the log.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_write.h"
#include "base/log.h"
#include "base/times.h"
#include "sms/provider.h"

/* Was the message written by a try whose end nobody saw? */
static bool
is_written(const char *path, const struct sms_message *message)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;
	bool found = false;

	if (file == NULL)
		return false;
	while (!found && getline(&line, &cap, file) >= 0)
		found = strstr(line, message->reference) != NULL;
	free(line);
	fclose(file);
	return found;
}

static void
write_line(struct buf *out, const struct sms_message *message)
{
	struct json_write json;

	jw_start(&json, out);
	jw_object(&json);
	jw_put_time(&json, "time", time_now_us());
	jw_put_str(&json, "to", message->to);
	jw_put_str(&json, "text", message->text);
	jw_put_str(&json, "reference", message->reference);
	jw_put_str(&json, "report_url", message->report_url);
	jw_end(&json);
	buf_addc(out, '\n');
}

/* A line is whole or not there: one write, and on disk. */
static bool
append(const char *path, const struct buf *line)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return false;
	errno = EIO;
	ok = write(fd, line->data, line->len) == (ssize_t)line->len &&
	    fdatasync(fd) == 0;
	close(fd);
	return ok;
}

static bool
send_to_file(const struct sms_settings *settings,
    const struct sms_message *message, char *why, size_t why_size)
{
	struct buf line = BUF_INIT;
	bool ok;

	if (message->again && is_written(settings->file, message))
		return true;
	write_line(&line, message);
	ok = !line.failed && append(settings->file, &line);
	if (!ok)
		snprintf(why, why_size, "sms_file: %s", strerror(errno));
	buf_free(&line);
	return ok;
}

static bool
send_file(void *kept, const struct sms_settings *settings,
    const struct sms_message *message, char *why, size_t why_size)
{
	if (*settings->file != '\0')
		return send_to_file(settings, message, why, why_size);
	log_event(LOG_INFO, "sms.sent", "to=" LOG_TEXT " text=" LOG_TEXT
	    " reference=" LOG_TEXT, LOG_ARG(message->to),
	    LOG_ARG(message->text), LOG_ARG(message->reference));
	return true;
}

const struct sms_provider sms_provider_file = {
	.name = "file", .send = send_file,
};
