/* Results and the resume file. */
#include "batch/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/csv.h"
#include "base/json_write.h"
#include "base/times.h"

enum { SYNC_MS = 200 };		/* how much a power cut may take */

/* ---- lines of a file ---- */

/* Cut what follows the last line end. */
static bool
cut_torn_line(FILE *file)
{
	long keep = 0, at = 0;
	int c;

	rewind(file);
	while ((c = getc_unlocked(file)) != EOF) {
		at++;
		if (c == '\n')
			keep = at;
	}
	return !ferror(file) && (keep == at ||
	    ftruncate(fileno(file), keep) == 0) &&
	    fseek(file, keep, SEEK_SET) == 0;
}

/* A file to append to; it is made when it is not there. */
static FILE *
open_appended(const char *path, mode_t mode)
{
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, mode);
	FILE *file = fd >= 0 ? fdopen(fd, "r+") : NULL;

	if (file == NULL && fd >= 0)
		close(fd);
	return file;
}

/* ---- rows done ---- */

/* A key of the file, and how often it was there and was not yet met. */
struct done_key {
	char		 key[BATCH_KEY_SIZE];
	unsigned	 left;
};

struct batch_done {
	FILE		*file;		/* NULL: nothing is remembered */
	struct done_key	*keys;		/* sorted */
	size_t		 n, room;
	int64_t		 synced_ms;
};

static int
compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, BATCH_KEY_SIZE);
}

static bool
keep_key(struct batch_done *done, const char *key)
{
	struct done_key *keys = done->keys;

	if (done->n == done->room) {
		done->room = done->room > 0 ? done->room * 2 : 1024;
		keys = realloc(keys, done->room * sizeof(*keys));
		if (keys == NULL)
			return false;
		done->keys = keys;
	}
	memcpy(keys[done->n].key, key, BATCH_KEY_SIZE - 1);
	keys[done->n].key[BATCH_KEY_SIZE - 1] = '\0';
	keys[done->n++].left = 1;
	return true;
}

/* Sort, and make one of equal keys. */
static void
join_keys(struct batch_done *done)
{
	size_t to = 0;

	if (done->n == 0)
		return;
	qsort(done->keys, done->n, sizeof(*done->keys), compare_keys);
	for (size_t i = 1; i < done->n; i++) {
		if (compare_keys(&done->keys[i], &done->keys[to]) == 0)
			done->keys[to].left++;
		else
			done->keys[++to] = done->keys[i];
	}
	done->n = to + 1;
}

/* The first line names the job; a new file gets one. */
static bool
read_done(struct batch_done *done, const char *path, const char *job,
    struct buf *message)
{
	char *line = NULL;
	size_t cap = 0;
	bool ok = true;
	struct buf title = BUF_INIT;

	buf_addf(&title, "helio batch: %s\n", job);
	rewind(done->file);
	if (getline(&line, &cap, done->file) < 0) {
		fputs(title.data, done->file);
		ok = fflush(done->file) == 0;
	} else if (strcmp(line, title.data) != 0) {
		buf_addf(message, "%s: it is no resume file of '%s'", path,
		    job);
		ok = false;
	}
	while (ok && getline(&line, &cap, done->file) >= 0)
		if (strcspn(line, " ") == BATCH_KEY_SIZE - 1)
			ok = keep_key(done, line);
	if (!ok && message->len == 0)
		buf_addf(message, "%s: %s", path, strerror(errno));
	buf_free(&title);
	free(line);
	return ok && fseek(done->file, 0, SEEK_END) == 0;
}

static bool
open_done(struct batch_done *done, const char *path, const char *job,
    struct buf *message)
{
	done->file = open_appended(path, 0666);
	if (done->file != NULL &&
	    flock(fileno(done->file), LOCK_EX | LOCK_NB) == 0 &&
	    cut_torn_line(done->file))
		return read_done(done, path, job, message);
	buf_addf(message, "%s: %s", path, errno == EWOULDBLOCK ?
	    "another run is using it" : strerror(errno));
	return false;
}

struct batch_done *
batch_done_open(const char *path, const char *job, struct buf *message)
{
	struct batch_done *done = calloc(1, sizeof(*done));

	if (done == NULL) {
		buf_adds(message, "no memory");
		return NULL;
	}
	if (path == NULL)
		return done;
	if (open_done(done, path, job, message)) {
		join_keys(done);
		return done;
	}
	batch_done_close(done);
	return NULL;
}

void
batch_done_close(struct batch_done *done)
{
	if (done == NULL)
		return;
	if (done->file != NULL) {
		fdatasync(fileno(done->file));
		fclose(done->file);
	}
	free(done->keys);
	free(done);
}

void
batch_key(const struct batch_row *row, char out[BATCH_KEY_SIZE])
{
	char hash[HASH_HEX_SIZE];
	struct buf all = BUF_INIT;
	struct json_write json;

	jw_start(&json, &all);
	jw_array(&json);
	for (size_t i = 0; i < row->n; i++) {
		jw_str(&json, row->names[i]);
		jw_str(&json, row->values[i]);
	}
	jw_end(&json);
	sha256_hex(all.failed ? "" : all.data, all.len, hash);
	buf_free(&all);
	memcpy(out, hash, BATCH_KEY_SIZE - 1);
	out[BATCH_KEY_SIZE - 1] = '\0';
}

bool
batch_done_before(struct batch_done *done, const char *key)
{
	struct done_key *found = done->n == 0 ? NULL : bsearch(key,
	    done->keys, done->n, sizeof(*done->keys), compare_keys);

	if (found == NULL || found->left == 0)
		return false;
	found->left--;
	return true;
}

/* A kill loses nothing; a power cut at most what SYNC_MS brought. */
bool
batch_done_add(struct batch_done *done, const char *key,
    const struct batch_row *row, const char *name)
{
	int64_t now_ms = time_monotonic_ms();

	if (done->file == NULL)
		return true;
	fprintf(done->file, "%s %lu %.*s\n", key, row->no,
	    (int)strcspn(name, "\r\n"), name);
	if (fflush(done->file) != 0)
		return false;
	if (now_ms - done->synced_ms < SYNC_MS)
		return true;
	done->synced_ms = now_ms;
	return fdatasync(fileno(done->file)) == 0;
}

/* ---- results ---- */

struct batch_out {
	FILE		*file;
	const char	*column;	/* borrowed: what the name is called */
	bool		 csv;
	struct buf	 line;
};

static bool
write_line(struct batch_out *out)
{
	bool ok = !out->line.failed && fwrite(out->line.data, 1,
	    out->line.len, out->file) == out->line.len &&
	    fflush(out->file) == 0;

	buf_reset(&out->line);
	return ok;
}

static FILE *
open_results(const struct batch_how *how, bool *ret_empty)
{
	FILE *file;

	*ret_empty = true;
	if (how->out == NULL || strcmp(how->out, "-") == 0)
		return stdout;
	/* what a service answers may be secret */
	file = open_appended(how->out, 0600);
	if (file == NULL)
		return NULL;
	/* EINVAL: a device or a pipe, which is always empty */
	if (how->resume != NULL ? cut_torn_line(file) :
	    ftruncate(fileno(file), 0) == 0 || errno == EINVAL) {
		fseek(file, 0, SEEK_END);
		*ret_empty = ftell(file) == 0;
		return file;
	}
	fclose(file);
	return NULL;
}

struct batch_out *
batch_out_open(const struct batch_how *how, const char *column,
    struct buf *message)
{
	struct batch_out *out = calloc(1, sizeof(*out));
	bool empty;

	if (out == NULL) {
		buf_adds(message, "no memory");
		return NULL;
	}
	out->column = column;
	out->csv = how->out_csv;
	out->file = open_results(how, &empty);
	if (out->file != NULL && out->csv && empty) {
		buf_addf(&out->line, "line,%s,outcome,status,message,data\r\n",
		    column);
		if (write_line(out))
			return out;
	} else if (out->file != NULL) {
		return out;
	}
	buf_addf(message, "%s: %s", how->out != NULL ? how->out : "-",
	    strerror(errno));
	batch_out_close(out);
	return NULL;
}

bool
batch_out_close(struct batch_out *out)
{
	bool ok = true;

	if (out == NULL)
		return true;
	if (out->file != NULL && out->file != stdout)
		ok = fclose(out->file) == 0;
	buf_free(&out->line);
	free(out);
	return ok;
}

static const char *
text_of(const struct buf *buf)
{
	return buf->len > 0 ? buf->data : "";
}

static void
make_csv(struct batch_out *out, unsigned long no, const char *name,
    const char *outcome, const struct batch_result *result)
{
	const char *message = text_of(&result->message);
	const char *data = text_of(&result->data);

	buf_addf(&out->line, "%lu,", no);
	if (name != NULL)
		csv_put(&out->line, name, strlen(name));
	buf_addf(&out->line, ",%s,", outcome);
	if (result->status != 0)
		buf_addi(&out->line, result->status);
	buf_addc(&out->line, ',');
	csv_put(&out->line, message, strlen(message));
	buf_addc(&out->line, ',');
	csv_put(&out->line, data, strlen(data));
	buf_adds(&out->line, "\r\n");
}

static void
make_json(struct batch_out *out, unsigned long no, const char *name,
    const char *outcome, const struct batch_result *result)
{
	struct json_write json;

	jw_start(&json, &out->line);
	jw_object(&json);
	jw_put_int(&json, "line", (int64_t)no);
	jw_put_str(&json, out->column, name);
	jw_put_str(&json, "outcome", outcome);
	if (result->status != 0)
		jw_put_int(&json, "status", result->status);
	if (result->message.len > 0)
		jw_put_str(&json, "message", result->message.data);
	if (result->data.len > 0) {
		jw_key(&json, "data");
		jw_raw(&json, result->data.data, result->data.len);
	}
	jw_end(&json);
	buf_addc(&out->line, '\n');
}

bool
batch_out_add(struct batch_out *out, unsigned long no, const char *name,
    const char *outcome, const struct batch_result *result)
{
	(out->csv ? make_csv : make_json)(out, no, name, outcome, result);
	return write_line(out);
}
