/* helio pbx send: a message to one or many. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/pbx.h"

enum { MEDIA_MAX = 16 << 20 };

struct pbx_send_options {
	const char	*config;
	const char	*from, *text, *type, *session, *media, *mime_type;
	bool		 json;
};

static const struct option_row rows[] = {
	OPTION_REQUIRED(struct pbx_send_options, from, "from", OPTION_TEXT,
	    "NUMBER", "the sender"),
	OPTION_REQUIRED(struct pbx_send_options, text, "text", OPTION_TEXT,
	    "TEXT", "what it says"),
	OPTION(struct pbx_send_options, type, "type", OPTION_TEXT, "TYPE",
	    "sms, mms or chat (default sms, with --media mms)"),
	OPTION(struct pbx_send_options, session, "session", OPTION_TEXT, "ID",
	    "say it in this session (default: in a new one)"),
	OPTION(struct pbx_send_options, media, "media", OPTION_TEXT, "FILE",
	    "a picture or the like to go with it"),
	OPTION(struct pbx_send_options, mime_type, "mime-type", OPTION_TEXT,
	    "TYPE", "what the file is, such as image/jpeg"),
	PBX_OPTION_CONFIG(struct pbx_send_options),
	PBX_OPTION_JSON(struct pbx_send_options),
};

static bool
read_media(const char *path, struct buf *out)
{
	char block[65536];
	FILE *file = fopen(path, "rbe");
	size_t n;
	bool good;

	if (file == NULL) {
		say_error(NULL, "%s: %s", path, strerror(errno));
		return false;
	}
	while (out->len <= MEDIA_MAX &&
	    (n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add(out, block, n);
	good = !ferror(file) && !out->failed && out->len <= MEDIA_MAX;
	fclose(file);
	if (!good)
		say_error(NULL, "%s: cannot be read, or has more than %d MB",
		    path, MEDIA_MAX >> 20);
	return good;
}

static helio_code
send_message(helio_pbx *pbx, void *arg, helio_pbx_records **ret,
    helio_error *error)
{
	return helio_pbx_send(pbx, arg, ret, error);
}

static int
run(void *options, char **args, int n_args)
{
	static const char *const members[] = { "id", "messagesession-id",
	    "status", NULL };
	const struct pbx_send_options *given = options;
	struct buf media = BUF_INIT;
	helio_pbx_message message = {
		.size = sizeof(message), .type = given->type != NULL ?
		    given->type : given->media != NULL ? "mms" : "sms",
		.text = given->text, .to = (const char *const *)args,
		.n_to = (size_t)n_args, .from = given->from,
		.session = given->session, .mime_type = given->mime_type,
	};
	int code = EXIT_FAILED;

	if (given->media == NULL || read_media(given->media, &media)) {
		message.media = media.data;
		message.media_n = media.len;
		code = pbx_run(given->config, given->json, members,
		    send_message, &message);
	}
	buf_free(&media);
	return code;
}

const struct command command_pbx_send = {
	.name = "pbx send", .args = "NUMBER..", .args_min = 1, .args_max = -1,
	.run = run,
	.summary = "send a text message, or a picture, through the PBX",
	.example = "  helio pbx send 12125550100 --from 12125550199 "
	    "--text 'We come tomorrow.'\n"
	    "  Prints message, session and state.  Several numbers make one "
	    "message to all.",
	COMMAND_OPTIONS(rows, struct pbx_send_options),
};
