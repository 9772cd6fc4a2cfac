/* Values by path, lists of many pages, and actions made into calls. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/call.h"
#include "helio/action.h"
#include "helio/json.h"
#include "http_stub.h"

/* ---- values ---- */

static helio_json *
parse(const char *text)
{
	helio_json *json;
	helio_error error;

	assert_int_equal(helio_json_parse(text, strlen(text), &json, &error),
	    HELIO_DONE);
	return json;
}

static void
values_are_read_by_path(void **state)
{
	helio_json *json = parse("{\"a\":{\"b\":[1,{\"c\":\"x\"}],\"n\":null},"
	    "\"r\":2.5,\"t\":true,\"x-y\":7}");
	int64_t i = -1;
	double f = -1;
	bool b = false;
	char *text;

	assert_string_equal(helio_json_text(json, "a.b.1.c"), "x");
	assert_null(helio_json_text(json, "a.b.0"));
	assert_null(helio_json_text(json, "a.b.2.c"));
	assert_null(helio_json_text(json, "a.b.1x.c"));
	assert_null(helio_json_text(json, "a..b"));
	assert_true(helio_json_int(json, "a.b.0", &i) && i == 1);
	assert_true(helio_json_int(json, "x-y", &i) && i == 7);
	assert_false(helio_json_int(json, "r", &i));
	assert_true(helio_json_real(json, "r", &f) && f == 2.5);
	assert_true(helio_json_real(json, "x-y", &f) && f == 7);
	assert_true(helio_json_bool(json, "t", &b) && b);
	assert_false(helio_json_bool(json, "r", &b));
	assert_true(helio_json_has(json, "a.n"));
	assert_false(helio_json_has(json, "a.m"));
	assert_int_equal(helio_json_count(json, ""), 4);
	assert_int_equal(helio_json_count(json, "a.b"), 2);
	assert_int_equal(helio_json_count(json, "r"), 0);
	text = helio_json_dump(json, "a.b");
	assert_string_equal(text, "[1,{\"c\":\"x\"}]");
	free(text);
	assert_null(helio_json_dump(json, "z"));
	helio_json_free(json);
}

static void
what_is_no_json_is_told(void **state)
{
	static const char *const texts[] = {
		"", "{", "{\"a\":1,\"a\":2}", "[1,]", "nul", "\"\xff\"", "1 2",
	};
	helio_json *json;
	helio_error error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(helio_json_parse(texts[i], strlen(texts[i]),
		    &json, &error), HELIO_MALFORMED);
		assert_non_null(strstr(error.text, "line "));
	}
}

/* ---- pages ---- */

/* What is answered to each target in turn; the last one for ever. */
struct page {
	const char	*target;
	int		 status;
	const char	*body;
};

struct list {
	struct http_stub *stub;
	helio_http	*http;
	const struct page *pages;
	atomic_uint	 wrong;		/* targets that were not expected */
};

static enum stub_end
handle(void *arg, const struct stub_request *request, struct buf *answer)
{
	struct list *list = arg;
	const struct page *page = &list->pages[request->no - 1];
	char line[200];

	snprintf(line, sizeof(line), "GET %s", page->target);
	if (!stub_is(request, line))
		atomic_fetch_add(&list->wrong, 1);
	stub_answer(answer, page->status, NULL, page->body);
	return STUB_KEEP;
}

static int
setup(void **state)
{
	struct list *list = calloc(1, sizeof(*list));
	helio_options *options = helio_options_new();
	helio_error error;

	list->stub = stub_start(handle, list);
	helio_options_url(options, stub_url(list->stub));
	assert_int_equal(helio_http_new(options, &list->http, &error),
	    HELIO_DONE);
	helio_options_free(options);
	*state = list;
	return 0;
}

static int
teardown(void **state)
{
	struct list *list = *state;

	helio_http_free(list->http);
	stub_stop(list->stub);
	assert_int_equal(list->wrong, 0);
	free(list);
	return 0;
}

static helio_pager *
open_list(struct list *list, const char *target, const helio_paging *how)
{
	helio_pager *pager;
	helio_error error;

	assert_int_equal(helio_pager_new(list->http,
	    helio_call_new("GET", target), how, &pager, &error), HELIO_DONE);
	return pager;
}

/* The numbers of all rows, joined: "123". */
static void
check_rows(struct list *list, const char *target, const helio_paging *how,
    const char *wanted)
{
	helio_pager *pager = open_list(list, target, how);
	const helio_json *row;
	helio_error error;
	char got[32] = "";
	int64_t value;
	size_t n = 0;

	while (helio_pager_next(pager, &row, &error) == HELIO_DONE &&
	    row != NULL) {
		assert_true(helio_json_int(row, "", &value));
		got[n++] = (char)('0' + value);
		got[n] = '\0';
	}
	assert_string_equal(got, wanted);
	/* and it stays at its end */
	assert_int_equal(helio_pager_next(pager, &row, &error), HELIO_DONE);
	assert_null(row);
	helio_pager_free(pager);
}

static void
pages_are_counted(void **state)
{
	static const helio_paging how = {
		.size = sizeof(how), .page = "page", .first = 1,
		.limit = "size", .limit_rows = 2, .rows = "d.rows",
		.pages = "total_pages",
	};
	struct list *list = *state;

	list->pages = (const struct page[]){
		{ "/x?q=1&page=1&size=2", 200,
		    "{\"d\":{\"rows\":[1,2]},\"total_pages\":2}" },
		{ "/x?q=1&page=2&size=2", 200,
		    "{\"d\":{\"rows\":[3]},\"total_pages\":2}" },
	};
	check_rows(list, "/x?q=1", &how, "123");
	assert_int_equal(stub_count(list->stub), 2);
}

static void
offsets_end_with_a_short_page(void **state)
{
	static const helio_paging how = {
		.size = sizeof(how), .page = "start", .first = 1,
		.offset = true, .limit = "limit", .limit_rows = 2,
		.short_ends = true,
	};
	struct list *list = *state;

	list->pages = (const struct page[]){
		{ "/x?start=1&limit=2", 200, "[1,2]" },
		{ "/x?start=3&limit=2", 200, "[3,4]" },
		{ "/x?start=5&limit=2", 200, "[]" },
	};
	check_rows(list, "/x", &how, "1234");
	assert_int_equal(stub_count(list->stub), 3);
}

static void
the_next_page_is_named(void **state)
{
	static const helio_paging how = {
		.size = sizeof(how), .page = "page", .first = 1,
		.first_unsaid = true, .rows = "data", .next = "next_page",
	};
	struct list *list = *state;

	list->pages = (const struct page[]){
		{ "/x", 200, "{\"data\":[1],\"next_page\":5}" },
		{ "/x?page=5", 200, "{\"data\":[2],\"next_page\":null}" },
	};
	check_rows(list, "/x", &how, "12");
	assert_int_equal(stub_count(list->stub), 2);
}

static void
the_total_ends_it(void **state)
{
	static const helio_paging how = {
		.size = sizeof(how), .page = "page", .rows = "data",
		.total = "pagination.totalCount",
	};
	struct list *list = *state;
	helio_pager *pager;
	const helio_json *row;
	helio_error error;

	list->pages = (const struct page[]){
		{ "/x?page=0", 200,
		    "{\"data\":[1,2],\"pagination\":{\"totalCount\":3}}" },
		{ "/x?page=1", 200,
		    "{\"data\":[3],\"pagination\":{\"totalCount\":3}}" },
		{ "/x?page=0", 200, "{\"data\":[],\"pagination\":{}}" },
	};
	check_rows(list, "/x", &how, "123");
	pager = open_list(list, "/x", &how);
	assert_int_equal(helio_pager_total(pager), -1);
	assert_int_equal(helio_pager_next(pager, &row, &error), HELIO_DONE);
	assert_null(row);
	helio_pager_free(pager);
}

static void
a_page_that_fails_can_be_asked_again(void **state)
{
	static const helio_paging how = {
		.size = sizeof(how), .page = "page", .first = 1,
		.rows = "data", .pages = "pages",
	};
	static const helio_code wanted[] = {
		HELIO_DONE, HELIO_UNAVAILABLE, HELIO_REFUSED, HELIO_MALFORMED,
		HELIO_MALFORMED, HELIO_MALFORMED, HELIO_DONE,
	};
	struct list *list = *state;
	helio_pager *pager;
	const helio_json *row;
	helio_error error;

	list->pages = (const struct page[]){
		{ "/x?page=1", 200, "{\"data\":[1],\"pages\":2}" },
		{ "/x?page=2", 500, "{}" },
		{ "/x?page=2", 403, "{\"message\":\"not you\"}" },
		{ "/x?page=2", 200, "<html>" },
		{ "/x?page=2", 200, "{\"data\":{}}" },
		{ "/x?page=2", 200, "" },
		{ "/x?page=2", 200, "{\"data\":[2],\"pages\":2}" },
	};
	pager = open_list(list, "/x", &how);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_int_equal(helio_pager_next(pager, &row, &error),
		    wanted[i]);
		if (wanted[i] == HELIO_REFUSED)
			assert_string_equal(error.text,
			    "page 2: status 403: not you");
	}
	helio_pager_free(pager);
}

/* ---- actions ---- */

static void
check_action(helio_action action, const char *subject, const helio_arg *args,
    size_t n, const char *method, const char *target, const char *body)
{
	helio_call *call;
	helio_error error;

	assert_int_equal(helio_action_call(action, subject, args, n, &call,
	    &error), HELIO_DONE);
	assert_string_equal(call->method, method);
	assert_string_equal(call->target.data, target);
	if (body != NULL)
		assert_string_equal(call->body.data, body);
	else
		assert_false(call->has_body);
	helio_call_free(call);
}

static void
actions_become_calls(void **state)
{
	const helio_arg state_arg = { "new_state", "re\"pair" };
	const helio_arg entities[] = {
		{ "new_entity_id", "-7" }, { "old_entity_id", "5" },
	};
	const helio_arg reading[] = {
		{ "limit", "5" }, { "start", NULL },
		{ "fields", "[\"a\",\"b\"]" },
	};
	const helio_arg numbers[] = { { "energy_limit", "2.5" } };

	check_action(HELIO_ENABLE, "35/1", NULL, 0, "PUT",
	    "/v1/products/35%2F1/enable", NULL);
	check_action(HELIO_CHANGE_STATE, "a", &state_arg, 1, "PUT",
	    "/v1/products/a/change_state", "{\"new_state\":\"re\\\"pair\"}");
	check_action(HELIO_CHANGE_ENTITY, "a", entities, 2, "PUT",
	    "/v1/products/a/change_entity",
	    "{\"old_entity_id\":5,\"new_entity_id\":-7}");
	check_action(HELIO_SUGGEST_ENERGY_LIMIT, "a", numbers, 1, "PUT",
	    "/v1/products/a/suggest_energy_limit", "{\"energy_limit\":2.5}");
	check_action(HELIO_READ_DATA, "a", reading, 3, "GET",
	    "/v1/products/a/data?fields=%5B%22a%22%2C%22b%22%5D&limit=5",
	    NULL);
	check_action(HELIO_PARAMETERS_HISTORY, "a", NULL, 0, "GET",
	    "/v1/products/a/parameters/history", NULL);
}

static void
wrong_arguments_are_named(void **state)
{
	static const struct {
		helio_action	 action;
		const char	*subject;
		helio_arg	 arg;
		const char	*text;
	} cases[] = {
		{ HELIO_ENABLE, NULL, { "x", NULL }, "enable needs something" },
		{ HELIO_ENABLE, "", { "x", NULL }, "enable needs something" },
		{ HELIO_ENABLE, "a", { "x", "1" }, "no argument x" },
		{ HELIO_CHANGE_STATE, "a", { "new_state", NULL },
		    "needs new_state" },
		{ HELIO_ASSIGN_ENTITY, "a", { "entity_id", "5x" },
		    "entity_id must be a whole number, not '5x'" },
		{ HELIO_ASSIGN_ENTITY, "a", { "entity_id", "" },
		    "must be a whole number" },
		{ HELIO_SET_IS_PAYG, "a", { "is_payg", "yes" },
		    "must be true or false" },
		{ HELIO_SUGGEST_ENERGY_LIMIT, "a", { "energy_limit", "nan" },
		    "must be a number" },
		{ HELIO_CHANGE_STATE, "a", { "new_state", "\xff" },
		    "must be valid UTF-8" },
		{ HELIO_CREATE_HUB2, "a", { "imei", "1" }, "acts on nothing" },
		{ HELIO_ACTIONS, "a", { "x", NULL }, "no such action" },
	};
	helio_call *call;
	helio_error error;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(helio_action_call(cases[i].action,
		    cases[i].subject, &cases[i].arg, 1, &call, &error),
		    HELIO_BAD_INPUT);
		if (strstr(error.text, cases[i].text) == NULL)
			fail_msg("case %zu: %s", i, error.text);
	}
}

static void
actions_have_names(void **state)
{
	helio_action action;

	for (int i = 0; i < HELIO_ACTIONS; i++) {
		const helio_action_info *info = helio_action_info_of(
		    (helio_action)i);

		assert_true(helio_action_find(info->name, &action));
		assert_int_equal(action, i);
		assert_null(info->args[HELIO_ARGS_MAX - 1].name);
		assert_int_equal(strncmp(info->path, "/v1/", 4), 0);
	}
	assert_false(helio_action_find("explode", &action));
	assert_null(helio_action_info_of(HELIO_ACTIONS));
	assert_true(helio_action_has_subject(HELIO_ENABLE));
	assert_false(helio_action_has_subject(HELIO_CREATE_HUB2));
}

int
main(void)
{
#define LISTED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read_by_path),
		cmocka_unit_test(what_is_no_json_is_told),
		LISTED(pages_are_counted),
		LISTED(offsets_end_with_a_short_page),
		LISTED(the_next_page_is_named),
		LISTED(the_total_ends_it),
		LISTED(a_page_that_fails_can_be_asked_again),
		cmocka_unit_test(actions_become_calls),
		cmocka_unit_test(wrong_arguments_are_named),
		cmocka_unit_test(actions_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
