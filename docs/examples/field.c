/* Read a device's message from standard input: what it is, and when it was
 * sent; then every IMEI there is in the text. */
#include <helio/field.h>
#include <stdio.h>
#include <string.h>

static void
tell_message(const char *text, size_t n)
{
	helio_log_line line;
	helio_message message;
	helio_device_code code;
	const char *why;
	int64_t locked, sent;

	if (!helio_log_line_read(text, n, &line))
		return;
	if (!helio_message_read(line.message.s, line.message.n, &message,
	    &why)) {
		printf("no message: %s\n", why);
		return;
	}
	if (helio_message_code(&message, &code))
		printf("type %s, firmware %u.%u\n", code.type, code.major,
		    code.minor);
	if (helio_message_locked(&message, &locked) &&
	    helio_message_sent(&message, &sent))
		printf("sent %lld s after its position was known\n",
		    (long long)(sent - locked));
}

static void
tell_imeis(const char *text, size_t n)
{
	helio_scan scan = { .n_kept = 0 };
	helio_number found[HELIO_SCAN_MIN + 1];
	size_t got;

	while (n > 0) {
		got = helio_scan_next(&scan, &text, &n, found,
		    HELIO_SCAN_MIN);
		/* the text ends here, so may its last number */
		if (n == 0)
			got += helio_scan_end(&scan, found + got);
		for (size_t i = 0; i < got; i++)
			if (found[i].n == HELIO_IMEI_DIGITS)
				printf("IMEI %.15s\n", found[i].digits);
	}
}

int
main(void)
{
	static char text[65536];
	size_t n = fread(text, 1, sizeof(text), stdin);

	tell_message(text, n);
	tell_imeis(text, n);
	return 0;
}
