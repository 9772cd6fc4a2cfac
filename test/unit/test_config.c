/* test_config.c - settings from defaults, file, environment and flags */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/config.h"

struct fixture {
	struct config	 config;
	struct helio_err err;
	char		 file[64];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	strcpy(f->file, "/tmp/helio-config-XXXXXX");
	fd = mkstemp(f->file);
	assert_true(fd >= 0);
	close(fd);
	config_defaults(&f->config);
	err_clear(&f->err);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->file);
	free(f);
	return 0;
}

static enum helio_rc
read_file(struct fixture *f, const char *text)
{
	FILE *file = fopen(f->file, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	err_clear(&f->err);
	return config_file(&f->config, f->file, &f->err);
}

static enum helio_rc
set(struct fixture *f, const char *name, const char *value)
{
	err_clear(&f->err);
	return config_set(&f->config, name, value, "flag", &f->err);
}

static const char *
text(const struct fixture *f, enum config_id id)
{
	return config_text(&f->config, id);
}

static void
defaults_are_those_of_the_table(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < CONFIG_ID_MAX; i++) {
		assert_string_equal(text(f, (enum config_id)i),
		    config_rows[i].fallback);
		assert_string_equal(f->config.source[i], "default");
		/* and they are valid themselves */
		assert_int_equal(set(f, config_rows[i].name,
		    config_rows[i].fallback), HELIO_OK);
	}
	assert_int_equal(config_number(&f->config, CONFIG_ID_token_ttl),
	    10800);
}

static void
file_is_read(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_file(f, "; a comment\n# another\n\n"
	    "listen = 0.0.0.0:80\n  \ntoken_ttl=60 ; short\n"
	    "tls-cert = /etc/a b.pem\n"), HELIO_OK);
	assert_string_equal(text(f, CONFIG_ID_listen), "0.0.0.0:80");
	assert_int_equal(config_number(&f->config, CONFIG_ID_token_ttl), 60);
	assert_string_equal(text(f, CONFIG_ID_tls_cert), "/etc/a b.pem");
	assert_string_equal(f->config.source[CONFIG_ID_listen], "file");
	assert_string_equal(f->config.source[CONFIG_ID_drain], "default");
	assert_int_equal(read_file(f, ""), HELIO_OK);
}

static void
bad_lines_are_named(void **state)
{
	static const struct {
		const char	*text, *line, *field;
	} rows[] = {
		{ "bogus = 1\n", "line 1", "bogus" },
		{ "drain = 5\n\ntoken_ttl = soon\n", "line 3", "token_ttl" },
		{ "drain = 5\nno sense\n", "line 2", NULL },
		{ "[server]\ndrain = 5\n", "line 2", "server" },
		{ "log_level = loud\n", "line 1", "log_level" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_file(f, rows[i].text),
		    HELIO_E_INVALID);
		assert_non_null(strstr(err_message(&f->err), rows[i].line));
		assert_non_null(strstr(err_message(&f->err), f->file));
		if (rows[i].field != NULL)
			assert_string_equal(f->err.fault[0].field,
			    rows[i].field);
	}
}

static void
unreadable_file_is_named(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(config_file(&f->config, "/nowhere/helio.conf",
	    &f->err), HELIO_E_IO);
	assert_non_null(strstr(err_message(&f->err), "/nowhere/helio.conf"));
	err_clear(&f->err);
	assert_int_equal(config_file(&f->config, "/tmp", &f->err),
	    HELIO_E_IO);
	assert_non_null(strstr(err_message(&f->err), "directory"));
}

static void
numbers_are_checked(void **state)
{
	static const char *const bad[] = {
		"", " ", "-1", "+1", " 1", "1 ", "1s", "0x10", "1e3", "1.5",
		"99999999999999999999", "4000001",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(set(f, "drain", bad[i]), HELIO_E_INVALID);
		assert_string_equal(f->err.fault[0].field, "drain");
		assert_string_equal(text(f, CONFIG_ID_drain), "10");
	}
	assert_int_equal(set(f, "drain", "0"), HELIO_OK);
	assert_int_equal(set(f, "drain", "4000000"), HELIO_OK);
	assert_int_equal(set(f, "query_rows", "2000000000"), HELIO_OK);
	assert_int_equal(set(f, "query_rows", "2000000001"),
	    HELIO_E_INVALID);
}

static void
sizes_have_units(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 bytes;
	} good[] = {
		{ "0", 0 }, { "1", 1 }, { "4096", 4096 }, { "0k", 0 },
		{ "64k", 65536 }, { "3M", 3145728 },
		{ "20G", INT64_C(21474836480) }, { "1024T", INT64_C(1) << 50 },
		{ "1125899906842624", INT64_C(1) << 50 },
		{ "1099511627776k", INT64_C(1) << 50 },
	};
	static const char *const bad[] = {
		"", "k", "-1", "+1", " 1", "1 ", "1K", "1m", "1kb", "1 k", "1.5G",
		"1025T", "1125899906842625", "1099511627777k", "0x10",
		"18446744073709551616", "99999999999999999999T", "1P",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(set(f, "telemetry_max", good[i].text),
		    HELIO_OK);
		assert_int_equal(config_size(&f->config,
		    CONFIG_ID_telemetry_max), good[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(set(f, "telemetry_max", bad[i]),
		    HELIO_E_INVALID);
		assert_string_equal(f->err.fault[0].field, "telemetry_max");
	}
}

static void
choices_are_checked(void **state)
{
	static const char *const bad[] = {
		"", "al", "alway", "alwayss", "tls|always", "|", "TLS",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(set(f, "unit_basic_auth", bad[i]),
		    HELIO_E_INVALID);
	assert_non_null(strstr(f->err.fault[0].text, "tls|always"));
	assert_int_equal(set(f, "unit_basic_auth", "always"), HELIO_OK);
	assert_int_equal(set(f, "unit_basic_auth", "tls"), HELIO_OK);
}

static void
texts_and_names_are_checked(void **state)
{
	struct fixture *f = *state;
	char value[CONFIG_VALUE_MAX + 1];

	memset(value, 'x', sizeof(value));
	value[CONFIG_VALUE_MAX] = '\0';
	assert_int_equal(set(f, "listen", value), HELIO_E_INVALID);
	value[CONFIG_VALUE_MAX - 1] = '\0';
	assert_int_equal(set(f, "listen", value), HELIO_OK);
	assert_int_equal(set(f, "bogus", "1"), HELIO_E_INVALID);
	assert_int_equal(set(f, "", "1"), HELIO_E_INVALID);
	assert_int_equal(set(f, "liste", "1"), HELIO_E_INVALID);
	assert_int_equal(set(f, "listens", "1"), HELIO_E_INVALID);
	assert_int_equal(set(f, "token-ttl", "5"), HELIO_OK);
	assert_int_equal(config_number(&f->config, CONFIG_ID_token_ttl), 5);
}

static void
environment_is_read(void **state)
{
	struct fixture *f = *state;

	setenv("HELIO_TOKEN_TTL", "77", 1);
	setenv("HELIO_URL", "http://not.a.setting", 1);
	assert_int_equal(config_environment(&f->config, &f->err), HELIO_OK);
	assert_int_equal(config_number(&f->config, CONFIG_ID_token_ttl), 77);
	assert_string_equal(f->config.source[CONFIG_ID_token_ttl],
	    "environment");
	setenv("HELIO_TOKEN_TTL", "never", 1);
	assert_int_equal(config_environment(&f->config, &f->err),
	    HELIO_E_INVALID);
	assert_non_null(strstr(f->err.fault[0].text, "environment"));
	unsetenv("HELIO_TOKEN_TTL");
	unsetenv("HELIO_URL");
}

static void
the_later_source_wins(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_file(f, "drain = 1\nloops = 1\nworkers = 1\n"),
	    HELIO_OK);
	setenv("HELIO_DRAIN", "2", 1);
	setenv("HELIO_LOOPS", "2", 1);
	assert_int_equal(config_environment(&f->config, &f->err), HELIO_OK);
	unsetenv("HELIO_DRAIN");
	unsetenv("HELIO_LOOPS");
	assert_int_equal(set(f, "drain", "3"), HELIO_OK);
	assert_string_equal(text(f, CONFIG_ID_drain), "3");
	assert_string_equal(text(f, CONFIG_ID_loops), "2");
	assert_string_equal(text(f, CONFIG_ID_workers), "1");
}

static void
what_is_printed_reads_back(void **state)
{
	struct fixture *f = *state;
	struct config before;
	FILE *file;

	assert_int_equal(set(f, "listen", "[::1]:0"), HELIO_OK);
	assert_int_equal(set(f, "body_max", "5"), HELIO_OK);
	before = f->config;
	file = fopen(f->file, "w");
	config_print(&f->config, file);
	fclose(file);
	config_defaults(&f->config);
	assert_int_equal(config_file(&f->config, f->file, &f->err),
	    HELIO_OK);
	for (size_t i = 0; i < CONFIG_ID_MAX; i++)
		assert_string_equal(f->config.value[i], before.value[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(defaults_are_those_of_the_table),
		TEST(file_is_read),
		TEST(bad_lines_are_named),
		TEST(unreadable_file_is_named),
		TEST(numbers_are_checked),
		TEST(sizes_have_units),
		TEST(choices_are_checked),
		TEST(texts_and_names_are_checked),
		TEST(environment_is_read),
		TEST(the_later_source_wins),
		TEST(what_is_printed_reads_back),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
