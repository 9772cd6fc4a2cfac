/* Languages: choosing one, catalogues, texts made with printf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "i18n/catalogue.h"
#include "i18n/embedded.h"
#include "i18n/i18n.h"
#include "i18n/template.h"

static void
test_choose(void **state)
{
	static const struct {
		const char	*header;
		enum language	 wanted;
	} cases[] = {
		{ NULL, LANGUAGE_EN }, { "", LANGUAGE_EN },
		{ "fr", LANGUAGE_FR }, { "FR", LANGUAGE_FR },
		{ "fr-BE", LANGUAGE_FR }, { "fro", LANGUAGE_EN },
		{ "en", LANGUAGE_EN }, { "de", LANGUAGE_EN },
		{ "de, fr;q=0.5", LANGUAGE_FR },
		{ "en, fr", LANGUAGE_EN }, { "fr, en", LANGUAGE_FR },
		{ "en;q=0.4, fr;q=0.5", LANGUAGE_FR },
		{ "en;q=0.5,fr;q=0.4", LANGUAGE_EN },
		{ "fr;q=0", LANGUAGE_EN }, { "fr;q=0.000", LANGUAGE_EN },
		{ "*", LANGUAGE_EN }, { "fr;q=0.8, *;q=0.1", LANGUAGE_FR },
		{ ",,fr", LANGUAGE_FR }, { "fr; q=0.9", LANGUAGE_FR },
		{ ";;;=,q", LANGUAGE_EN }, { "fr;q=99999999999", LANGUAGE_FR },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (i18n_choose(cases[i].header) != cases[i].wanted)
			fail_msg("%s", cases[i].header);
}

static void
test_template(void **state)
{
	struct arena *a = arena_new();
	struct template_match m;

	assert_true(template_match("%s has %d of 100%%", "x y has -5 of 100%",
	    &m));
	assert_int_equal(m.n, 2);
	assert_int_equal(m.literal, strlen(" has  of 100%"));
	assert_string_equal(template_fill(a, "100%% : %2$d pour %1$s", &m),
	    "100% : -5 pour x y");
	assert_true(template_match("'%.40s'", "''", &m));
	assert_int_equal(m.arg[0].n, 0);
	assert_false(template_match("%d", "five", &m));
	assert_false(template_match("%d", "", &m));
	assert_false(template_match("plain", "plainer", &m));
	assert_true(template_match("%s: %s", "a: b: c", &m));
	assert_int_equal(m.arg[0].n, 1);
	assert_true(template_match("%lld, %zu, %.15g", "1, 2, 1e+06", &m));
	arena_free(a);
}

static void
test_template_is_bounded(void **state)
{
	static const char format[] = "%sa%sa%sa%sa%sa%sa%sb";
	char text[TEMPLATE_TEXT_MAX + 2];
	struct template_match m;

	memset(text, 'a', sizeof(text));
	text[TEMPLATE_TEXT_MAX] = '\0';
	assert_false(template_match(format, text, &m));
	assert_false(template_match("%s%s%s%s%s%s%s%s%s", "abc", &m));
}

static void
test_text(void **state)
{
	struct arena *a = arena_new();
	const char *text = "is missing";

	assert_ptr_equal(i18n_text(a, LANGUAGE_EN, text), text);
	assert_string_equal(i18n_text(a, LANGUAGE_FR, text), "est absent");
	assert_string_equal(i18n_text(a, LANGUAGE_FR,
	    "Entity #7 removed from Product #35"),
	    "L'entité n° 7 a été retirée du produit n° 35");
	text = "nobody has ever said this";
	assert_ptr_equal(i18n_text(a, LANGUAGE_FR, text), text);
	assert_string_equal(i18n_text(a, LANGUAGE_FR, ""), "");
	assert_null(i18n_text(a, LANGUAGE_FR, NULL));
	arena_free(a);
}

/* Cut or changed anywhere, the file is refused or read within its bounds. */
static void
test_damaged_catalogue(void **state)
{
	static char copy[65536];
	struct catalogue c;

	assert_in_range(i18n_fr_len, 100, sizeof(copy));
	for (size_t n = 0; n < i18n_fr_len; n += 7)
		assert_false(catalogue_open(i18n_fr, n, &c) && c.len > n);
	for (size_t at = 0; at < 400; at++) {
		memcpy(copy, i18n_fr, i18n_fr_len);
		copy[at] = (char)0xff;
		if (!catalogue_open(copy, i18n_fr_len, &c))
			continue;
		for (uint32_t i = 0; i < c.n; i++)
			assert_true(strlen(catalogue_from(&c, i)) +
			    strlen(catalogue_to(&c, i)) < i18n_fr_len);
		catalogue_find(&c, "is missing");
	}
	assert_false(catalogue_open("no", 2, &c));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_template_is_bounded),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_damaged_catalogue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
