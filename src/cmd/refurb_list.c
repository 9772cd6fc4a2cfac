/* Pairs, their journal, their report. */
#include <jansson.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json_write.h"
#include "cmd/refurb_list.h"

enum { WORDS = 2, NOTE_MOST = 2000 };

/* ---- pairs ---- */

static int
by_imei(const void *a, const void *b)
{
	return strcmp(((const struct refurb_pair *)a)->imei,
	    ((const struct refurb_pair *)b)->imei);
}

static void
keep_pair(void *pair)
{
}

void
refurb_list_free(struct refurb_list *list)
{
	tdestroy(list->by_imei, keep_pair);
	for (size_t i = 0; i < list->n; i++) {
		free(list->pair[i]->note);
		free(list->pair[i]);
	}
	free(list->pair);
	*list = (struct refurb_list){ .n = 0 };
}

static bool
is_between(char c)
{
	return strchr(" \t\r,;", c) != NULL;
}

static helio_span
without_quotes(helio_span word)
{
	if (word.n >= 2 && (*word.s == '"' || *word.s == '\'') &&
	    word.s[word.n - 1] == *word.s)
		return (helio_span){ word.s + 1, word.n - 2 };
	return word;
}

/* The words of a line; WORDS + 1 when there are more. */
static size_t
split(const char *s, size_t n, helio_span word[WORDS])
{
	const char *end = s + n;
	size_t found = 0;

	for (;;) {
		const char *start;

		while (s < end && is_between(*s))
			s++;
		if (s == end)
			return found;
		if (found == WORDS)
			return found + 1;
		for (start = s; s < end && !is_between(*s); s++)
			;
		word[found++] = without_quotes((helio_span){ start,
		    (size_t)(s - start) });
	}
}

const char *
refurb_read_line(const char *line, size_t n, char imei[REFURB_NUMBER_SIZE],
    char iccid[REFURB_NUMBER_SIZE])
{
	helio_span word[WORDS], turned;
	size_t found = split(line, n, word);

	if (found != WORDS)
		return found < WORDS ? "one of IMEI and ICCID is missing" :
		    "there is more than an IMEI and an ICCID";
	if (word[0].n != HELIO_IMEI_DIGITS) {
		turned = word[0];
		word[0] = word[1];
		word[1] = turned;
	}
	if (!helio_imei_valid(word[0].s, word[0].n))
		return "there is no IMEI (15 digits)";
	if (!helio_iccid_valid(word[1].s, word[1].n))
		return "there is no ICCID (19 or 20 digits)";
	memcpy(imei, word[0].s, word[0].n);
	imei[word[0].n] = '\0';
	memcpy(iccid, word[1].s, word[1].n);
	iccid[word[1].n] = '\0';
	return NULL;
}

static bool
append(struct refurb_list *list, struct refurb_pair *pair)
{
	size_t cap = list->cap > 0 ? list->cap * 2 : 64;
	struct refurb_pair **more;

	if (list->n == list->cap) {
		more = realloc(list->pair, cap * sizeof(struct refurb_pair *));
		if (more == NULL)
			return false;
		list->pair = more;
		list->cap = cap;
	}
	if (tsearch(pair, &list->by_imei, by_imei) == NULL)
		return false;
	list->pair[list->n++] = pair;
	return true;
}

struct refurb_pair *
refurb_list_add(struct refurb_list *list, const char *imei, const char *iccid)
{
	struct refurb_pair *pair = calloc(1, sizeof(*pair)), **known;

	if (pair == NULL)
		return NULL;
	strncpy(pair->imei, imei, REFURB_NUMBER_SIZE - 1);
	strncpy(pair->iccid, iccid, REFURB_NUMBER_SIZE - 1);
	known = tfind(pair, &list->by_imei, by_imei);
	if (known != NULL) {
		free(pair);
		return *known;
	}
	pair->note = strdup("");
	if (pair->note != NULL && append(list, pair))
		return pair;
	free(pair->note);
	free(pair);
	return NULL;
}

static bool
set_note(struct refurb_pair *pair, const struct buf *note)
{
	char *text = note->failed ? NULL :
	    strndup(note->data != NULL ? note->data : "", NOTE_MOST);

	if (text == NULL)
		return false;
	/* one line in every report */
	for (char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < ' ')
			*at = ' ';
	free(pair->note);
	pair->note = text;
	return true;
}

bool
refurb_set_answer(struct refurb_pair *pair, const helio_field_answer *answer)
{
	struct buf note = BUF_INIT;
	bool ok;

	pair->list = helio_field_refurb(answer);
	pair->has_code = answer->has_code;
	pair->code = answer->code;
	pair->record = pair->list == HELIO_REFURB_TAKEN && answer->is_json;
	pair->again = false;
	if (pair->list == HELIO_REFURB_FAILED)
		buf_addf(&note, "%ld - %s", answer->code, answer->body);
	else if (pair->list == HELIO_REFURB_TAKEN && !answer->is_json)
		buf_addf(&note, "no device record: HTTP %d", answer->status);
	ok = set_note(pair, &note);
	pair->asked = ok;
	buf_free(&note);
	return ok;
}

bool
refurb_set_failure(struct refurb_pair *pair, const char *why)
{
	struct buf note = BUF_INIT;
	bool ok;

	pair->list = HELIO_REFURB_FAILED;
	pair->has_code = false;
	pair->again = true;
	buf_adds(&note, why);
	ok = set_note(pair, &note);
	pair->asked = ok;
	buf_free(&note);
	return ok;
}

/* ---- journal ---- */

void
refurb_write_entry(const struct refurb_pair *pair, struct buf *out)
{
	struct json_write json;

	jw_start(&json, out);
	jw_object(&json);
	jw_put_str(&json, "imei", pair->imei);
	jw_put_str(&json, "iccid", pair->iccid);
	jw_put_str(&json, "list", helio_refurb_name(pair->list));
	jw_key(&json, "code");
	pair->has_code ? jw_int(&json, pair->code) : jw_null(&json);
	jw_put_str(&json, "note", pair->note);
	jw_put_bool(&json, "again", pair->again);
	jw_put_bool(&json, "record", pair->record);
	jw_put_bool(&json, "suspended", pair->suspended);
	jw_end(&json);
}

static bool
list_of(const char *name, enum helio_refurb *ret)
{
	for (int i = 0; name != NULL && i < HELIO_REFURB_LISTS; i++) {
		if (strcmp(name, helio_refurb_name((enum helio_refurb)i)) != 0)
			continue;
		*ret = (enum helio_refurb)i;
		return true;
	}
	return false;
}

static bool
take_entry(struct refurb_list *list, const json_t *entry)
{
	const char *imei = json_string_value(json_object_get(entry, "imei"));
	const char *iccid = json_string_value(json_object_get(entry, "iccid"));
	const char *note = json_string_value(json_object_get(entry, "note"));
	const json_t *code = json_object_get(entry, "code");
	struct buf text = BUF_INIT;
	struct refurb_pair *pair;
	enum helio_refurb which;

	if (imei == NULL || iccid == NULL || note == NULL ||
	    !helio_imei_valid(imei, strlen(imei)) ||
	    !helio_iccid_valid(iccid, strlen(iccid)) ||
	    !list_of(json_string_value(json_object_get(entry, "list")),
	    &which))
		return false;
	pair = refurb_list_add(list, imei, iccid);
	if (pair == NULL)
		return false;
	pair->list = which;
	pair->has_code = json_is_integer(code);
	pair->code = (long)json_integer_value(code);
	pair->again = json_is_true(json_object_get(entry, "again"));
	pair->record = json_is_true(json_object_get(entry, "record"));
	pair->suspended = json_is_true(json_object_get(entry, "suspended"));
	buf_adds(&text, note);
	pair->asked = set_note(pair, &text);
	buf_free(&text);
	return pair->asked;
}

bool
refurb_read_entry(struct refurb_list *list, const char *line, size_t n)
{
	json_t *entry = json_loadb(line, n, 0, NULL);
	bool ok = json_is_object(entry) && take_entry(list, entry);

	json_decref(entry);
	return ok;
}

/* ---- report ---- */

/* One list as lines; what is put for a pair is told by its list. */
static void
put_lines(const struct refurb_list *list, enum helio_refurb which,
    void (*put)(const struct refurb_pair *, struct buf *), struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < list->n; i++) {
		if (!list->pair[i]->asked || list->pair[i]->list != which)
			continue;
		put(list->pair[i], out);
		buf_addc(out, '\n');
		any = true;
	}
	if (!any)
		buf_adds(out, "None\n");
}

static void
put_imei(const struct refurb_pair *pair, struct buf *out)
{
	buf_adds(out, pair->imei);
}

static void
put_iccid(const struct refurb_pair *pair, struct buf *out)
{
	buf_adds(out, pair->iccid);
}

static void
put_both(const struct refurb_pair *pair, struct buf *out)
{
	buf_addf(out, "%s - %s", pair->imei, pair->iccid);
}

static void
put_noted(const struct refurb_pair *pair, struct buf *out)
{
	buf_addf(out, "%s - %s : %s", pair->imei, pair->iccid, pair->note);
}

static bool
has_successes(const struct refurb_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->pair[i]->asked &&
		    list->pair[i]->list == HELIO_REFURB_SUCCESSFUL)
			return true;
	return false;
}

/* As the seed's tool lays it out. */
static void
report_text(const struct refurb_list *list, struct buf *out)
{
	buf_adds(out, "Account Name:\nAccount Email:\nPlan:\nDevice Names:\n"
	    "\nTo Add:\n\n");
	put_lines(list, HELIO_REFURB_SUCCESSFUL, put_imei, out);
	if (has_successes(list)) {
		buf_adds(out, "\nICCIDs to check:\n\n");
		put_lines(list, HELIO_REFURB_SUCCESSFUL, put_iccid, out);
	}
	buf_adds(out, "\nDevices to remove from refurb queue\n\n");
	put_lines(list, HELIO_REFURB_TAKEN, put_both, out);
	buf_adds(out, "\nErrors to look into\n\n");
	put_lines(list, HELIO_REFURB_FAILED, put_noted, out);
}

static void
put_csv(const struct refurb_pair *pair, struct buf *out)
{
	buf_addf(out, "%s,%s,%s,", helio_refurb_name(pair->list), pair->imei,
	    pair->iccid);
	if (pair->has_code)
		buf_addi(out, pair->code);
	buf_addc(out, ',');
	if (*pair->note != '\0')
		csv_put_quoted(out, pair->note, strlen(pair->note));
	buf_addf(out, ",%s\n", pair->suspended ? "true" : "false");
}

static void
report_csv(const struct refurb_list *list, struct buf *out)
{
	buf_adds(out, "list,imei,iccid,code,note,suspended\n");
	for (size_t i = 0; i < list->n; i++)
		if (list->pair[i]->asked)
			put_csv(list->pair[i], out);
}

static void
put_json(const struct refurb_pair *pair, struct json_write *json)
{
	jw_object(json);
	jw_put_str(json, "imei", pair->imei);
	jw_put_str(json, "iccid", pair->iccid);
	jw_key(json, "code");
	pair->has_code ? jw_int(json, pair->code) : jw_null(json);
	jw_put_str(json, "note", pair->note);
	jw_put_bool(json, "suspended", pair->suspended);
	jw_end(json);
}

static void
report_json(const struct refurb_list *list, struct buf *out)
{
	struct json_write json;

	jw_start(&json, out);
	jw_object(&json);
	for (int which = 0; which < HELIO_REFURB_LISTS; which++) {
		jw_key(&json, helio_refurb_name((enum helio_refurb)which));
		jw_array(&json);
		for (size_t i = 0; i < list->n; i++)
			if (list->pair[i]->asked &&
			    list->pair[i]->list == (enum helio_refurb)which)
				put_json(list->pair[i], &json);
		jw_end(&json);
	}
	jw_end(&json);
	buf_addc(out, '\n');
}

void
refurb_report(const struct refurb_list *list, enum refurb_format format,
    struct buf *out)
{
	static void (*const reports[])(const struct refurb_list *,
	    struct buf *) = {
		[REFURB_TEXT] = report_text, [REFURB_CSV] = report_csv,
		[REFURB_JSON] = report_json,
	};

	reports[format](list, out);
}
