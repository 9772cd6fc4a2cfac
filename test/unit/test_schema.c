/* The schema language, the linked description, differences, the manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "schema/schema.h"

#define A_TABLE	"version 1\ntable a\n\tkey a_id int\n\tscope all\n"

/* ---- helpers ---- */

static struct schema *
must_read(const char *text)
{
	struct schema_problems problems;
	struct schema *schema = NULL;

	if (!schema_read(text, strlen(text), &schema, &problems))
		fail_msg("%u:%u %s", problems.problem[0].line,
		    problems.problem[0].column, problems.problem[0].text);
	return schema;
}

static const struct schema_table *
builtin_table(const char *name)
{
	const struct schema_table *t = schema_table(schema_builtin(), name);

	assert_non_null(t);
	return t;
}

static const struct schema_field *
builtin_field(const char *table, const char *field)
{
	const struct schema_field *f;

	f = schema_field(builtin_table(table), field);
	assert_non_null(f);
	return f;
}

/* The whole file; the caller frees *ret.data. */
static struct buf
read_file(const char *dir, const char *name)
{
	struct buf out = BUF_INIT;
	char path[1024], part[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), SCHEMA_CASES "/%s/%s", dir, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&out, part, n);
	fclose(f);
	return out;
}

/* Call `check` for every *.schema file of a folder; how many there were. */
static unsigned
for_cases(const char *dir, void (*check)(const char *name))
{
	const char *end;
	struct dirent *entry;
	char path[1024];
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), SCHEMA_CASES "/%s", dir);
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		end = strrchr(entry->d_name, '.');
		if (end == NULL || strcmp(end, ".schema") != 0)
			continue;
		check(entry->d_name);
		n++;
	}
	closedir(d);
	return n;
}

/* ---- the language ---- */

static void
check_good(const char *name)
{
	struct buf text = read_file("good", name);
	struct schema_problems problems;
	struct schema *schema;

	if (!schema_read(text.data, text.len, &schema, &problems))
		fail_msg("%s: %u:%u %s", name, problems.problem[0].line,
		    problems.problem[0].column, problems.problem[0].text);
	assert_int_equal(problems.n, 0);
	schema_free(schema);
	buf_free(&text);
}

static void
print_problems(struct buf *out, const struct schema_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct schema_problem *p = &problems->problem[i];

		buf_addf(out, "%s%s%u:%u %s\n", p->file,
		    p->file[0] != '\0' ? ":" : "", p->line, p->column,
		    p->text);
	}
}

static void
check_bad(const char *name)
{
	struct buf text = read_file("bad", name), found = BUF_INIT, wanted;
	struct schema_problems problems;
	struct schema *schema;
	char result[300];

	snprintf(result, sizeof(result), "%.*s.result",
	    (int)(strlen(name) - strlen(".schema")), name);
	wanted = read_file("bad", result);
	if (schema_read(text.data, text.len, &schema, &problems))
		fail_msg("%s was accepted", name);
	print_problems(&found, &problems);
	if (strcmp(found.data, wanted.data) != 0)
		fail_msg("%s:\n%sinstead of\n%s", name, found.data,
		    wanted.data);
	buf_free(&text);
	buf_free(&found);
	buf_free(&wanted);
}

static void
good_texts_are_read(void **state)
{
	assert_true(for_cases("good", check_good) > 10);
}

static void
bad_texts_are_refused_where_they_are_bad(void **state)
{
	assert_true(for_cases("bad", check_bad) > 40);
}

static void
problems_are_capped(void **state)
{
	struct schema_problems problems;
	struct buf text = BUF_INIT;
	struct schema *schema;

	for (int i = 0; i < 40; i++)
		buf_adds(&text, "nonsense\n");
	assert_false(schema_read(text.data, text.len, &schema, &problems));
	assert_int_equal(problems.n, SCHEMA_PROBLEMS_MAX);
	buf_free(&text);
}

static void
every_prefix_is_read_or_refused(void **state)
{
	static const char text[] = A_TABLE "\tfield x text(5) required "
	    "options [on off] default on -> a \"doc\"\n\tindex unique x a_id\n";
	struct schema_problems problems;
	struct schema *schema;

	for (size_t n = 0; n < sizeof(text); n++) {
		/* a copy of exact size, so that reading on is noticed */
		char *copy = malloc(n + 1);

		assert_non_null(copy);
		memcpy(copy, text, n);
		copy = realloc(copy, n > 0 ? n : 1);
		if (schema_read(copy, n, &schema, &problems))
			schema_free(schema);
		else
			assert_true(problems.n > 0);
		free(copy);
	}
}

/* ---- the linked form ---- */

static void
key_is_first_and_meta_fields_last(void **state)
{
	struct schema *s = must_read("version 1\ntable a\n\tfield x int\n"
	    "\tkey a_id int\n\tscope all\n");
	const struct schema_table *t = schema_table(s, "a");

	assert_int_equal(t->n_fields, 6);
	assert_ptr_equal(t->key, &t->fields[0]);
	assert_string_equal(t->fields[0].name, "a_id");
	assert_string_equal(t->fields[1].name, "x");
	assert_string_equal(t->fields[2].name, "created_at");
	assert_string_equal(t->fields[5].name, "modified_by");
	assert_true(t->fields[5].meta);
	assert_int_equal(t->fields[5].index, 5);
	schema_free(s);
}

static void
internal_tables_have_no_meta_fields(void **state)
{
	struct schema *s = must_read("version 1\n"
	    "table a internal\n\tkey a_id int\n"
	    "table b internal noexport\n\tkey b_id int\n");

	assert_int_equal(schema_table(s, "a")->n_fields, 1);
	assert_true(schema_table(s, "a")->exported);
	assert_false(schema_table(s, "b")->exported);
	assert_int_equal(schema_table(s, "a")->allow[SCHEMA_GET],
	    LEVEL_NOBODY);
	schema_free(s);
}

static void
fields_are_found_by_part_of_a_text(void **state)
{
	const struct schema_table *t = builtin_table("product");

	assert_string_equal(schema_fieldn(t, "hub_id__name", 6)->name,
	    "hub_id");
	assert_null(schema_fieldn(t, "hub_id", 5));
	assert_null(schema_fieldn(t, "hub_id\0x", 8));
	assert_null(schema_fieldn(t, "", 0));
	assert_null(schema_field(t, "zzz"));
}

static void
fields_are_sorted_by_name(void **state)
{
	const struct schema_table *t = builtin_table("connection");

	for (size_t i = 1; i < t->n_fields; i++)
		assert_true(strcmp(t->sorted[i - 1]->name,
		    t->sorted[i]->name) < 0);
}

static void
collections_are_found_by_both_names(void **state)
{
	const struct schema *s = schema_builtin();
	const struct schema_table *t = builtin_table("rtc_dead_letter");

	assert_ptr_equal(schema_path(s, "rtc_dead_letters", 16), t);
	assert_ptr_equal(schema_path(s, "rtc_dead_letter", 15), t);
	assert_ptr_equal(schema_path(s, "products/1", 8),
	    builtin_table("product"));
	assert_null(schema_path(s, "product", 7));
	assert_null(schema_path(s, "", 0));
	assert_null(schema_path(s, "token", 5));
}

static void
foreign_keys_name_their_relation(void **state)
{
	static const struct {
		const char *table, *relation, *field, *target;
	} rows[] = {
		{ "product", "hub", "hub_id", "hub" },
		{ "state", "product", "product_imei", "product" },
		{ "product", "software_lock_rel", "software_lock",
		    "software_version_type" },
		{ "product", "latest_connection", "latest_connection_id",
		    "connection" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct schema_relation *r = schema_relation(
		    builtin_table(rows[i].table), rows[i].relation);

		assert_non_null(r);
		assert_int_equal(r->kind, RELATION_ONE);
		assert_string_equal(r->field->name, rows[i].field);
		assert_string_equal(r->target->name, rows[i].target);
	}
}

static void
one_names_a_relation(void **state)
{
	struct schema *s = must_read(A_TABLE "\tfield p int -> a\n"
	    "\tone parent p\n");
	const struct schema_table *t = schema_table(s, "a");

	assert_non_null(schema_relation(t, "parent"));
	assert_null(schema_relation(t, "p_rel"));
	schema_free(s);
}

static void
many_leads_to_the_rows_that_point_here(void **state)
{
	const struct schema_relation *r = schema_relation(
	    builtin_table("product"), "enable_history_rel");

	assert_int_equal(r->kind, RELATION_MANY);
	assert_ptr_equal(r->target, builtin_table("enable_history"));
	assert_ptr_equal(r->field,
	    builtin_field("enable_history", "product_imei"));
}

static bool
is_referrer(const struct schema_table *t, const struct schema_field *f)
{
	for (size_t i = 0; i < t->n_referrers; i++)
		if (t->referrers[i] == f)
			return true;
	return false;
}

static void
loose_keys_are_no_referrers(void **state)
{
	const struct schema_table *t = builtin_table("product");

	assert_true(is_referrer(t, builtin_field("state", "product_imei")));
	assert_false(is_referrer(t,
	    builtin_field("factory_log", "product_imei")));
	assert_true(builtin_field("factory_log", "product_imei")->loose);
	for (size_t i = 0; i < t->n_referrers; i++)
		assert_ptr_equal(&t->referrer_tables[i]->fields[
		    t->referrers[i]->index], t->referrers[i]);
}

/* "a b c" of the n-th index, "!" in front when unique. */
static const char *
index_text(const struct schema_table *t, size_t n, char out[256])
{
	const struct schema_index *x = &t->indexes[n];

	snprintf(out, 256, "%s", x->unique ? "!" : "");
	for (size_t i = 0; i < x->n; i++)
		snprintf(out + strlen(out), 256 - strlen(out), "%s%s",
		    i > 0 ? " " : "", x->fields[i]->name);
	return out;
}

static void
assert_indexes(const char *text, const char *const *wanted, size_t n)
{
	struct schema *s = must_read(text);
	const struct schema_table *t = &s->tables[s->n_tables - 1];
	char out[256];

	assert_int_equal(t->n_indexes, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(index_text(t, i, out), wanted[i]);
	schema_free(s);
}

/* Of a text that an index holds, so that every engine's can. */
static void
indexed_texts_have_a_limit(void **state)
{
	struct schema *s = must_read(A_TABLE "table b\n\tkey k text natural\n"
	    "\tfield u text unique\n\tfield i text\n\tfield own text(9)\n"
	    "\tfield free text\n\tindex i own\n\tscope all\n");
	const struct schema_table *t = &s->tables[s->n_tables - 1];
	static const struct {
		const char *field;
		unsigned limit;
	} rows[] = { { "k", SCHEMA_INDEXED_MAX }, { "u", SCHEMA_INDEXED_MAX },
	    { "i", SCHEMA_INDEXED_MAX }, { "own", 9 }, { "free", 0 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(schema_field(t, rows[i].field)->max_len,
		    rows[i].limit);
	schema_free(s);
}

static void
keys_and_unique_fields_are_indexed(void **state)
{
	static const char *const wanted[] = { "!u", "a_id" };

	assert_indexes(A_TABLE "table b\n\tkey b_id int\n"
	    "\tfield a_id int -> a\n\tfield u int unique\n\tscope all\n",
	    wanted, 2);
}

static void
loose_keys_are_not_indexed(void **state)
{
	assert_indexes(A_TABLE "table b\n\tkey b_id int\n"
	    "\tfield a_id int ~> a\n\tscope all\n", NULL, 0);
}

static void
composite_index_serves_its_first_key(void **state)
{
	static const char *const wanted[] = { "a_id d", "!d a_id" };

	assert_indexes(A_TABLE "table b\n\tkey b_id int\n"
	    "\tfield a_id int -> a\n\tfield d int\n\tscope all\n"
	    "\tindex a_id d\n\tindex unique d a_id\n", wanted, 2);
}

static void
natural_key_ends_every_plain_index(void **state)
{
	static const char *const wanted[] = { "x k", "k y", "created_at k",
		"!u" };

	assert_indexes("version 1\ntable b\n\tkey k text natural\n"
	    "\tfield x int\n\tfield y int\n\tfield u int unique\n"
	    "\tscope all\n\tindex x\n\tindex k y\n\tindex created_at\n",
	    wanted, 4);
}

/* ---- what the program carries ---- */

static void *
thread_main(void *arg)
{
	const struct schema **seen = arg;

	*seen = schema_builtin();
	return NULL;
}

static void
builtin_is_the_same_in_every_thread(void **state)
{
	const struct schema *seen[4] = { NULL };
	pthread_t thread[4];

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, thread_main,
		    &seen[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
		assert_ptr_equal(seen[i], schema_builtin());
	}
}

static void
secrets_are_marked(void **state)
{
	const struct schema_field *p = builtin_field("part", "properties");

	assert_int_equal(builtin_field("product", "device_key")->secret,
	    LEVEL_FACTORY);
	assert_int_equal(builtin_field("subscriber", "key")->secret,
	    LEVEL_NOBODY);
	assert_int_equal(builtin_field("user", "password_hash")->secret,
	    LEVEL_NOBODY);
	assert_int_equal(p->secret, LEVEL_OVERVIEW);
	assert_string_equal(p->masked_member, "device_key");
	assert_int_equal(p->masked_below, LEVEL_FACTORY);
}

static void
actions_own_their_columns(void **state)
{
	static const char *const plain[] = { "device_key", "hub_id", "imsi",
		"iccid", "serial_number", "assembler", "gps_lat", "gps_lon",
		"warranty_start_date", "rtc_network_name", "product_type_id",
		"shop_id", "rtc_enabled_flag" };

	assert_non_null(builtin_field("product", "is_payg")->owner);
	assert_non_null(builtin_field("product", "latest_state_id")->owner);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		assert_null(builtin_field("product", plain[i])->owner);
}

static void
scope_reaches_products(void **state)
{
	const struct schema_table *t = builtin_table("product_entity_linker");

	assert_int_equal(builtin_table("product")->scope, SCOPE_PRODUCT);
	assert_int_equal(builtin_table("part")->scope, SCOPE_PART);
	assert_int_equal(builtin_table("network")->scope, SCOPE_ALL);
	assert_int_equal(builtin_table("rtc_dead_letter")->scope, SCOPE_NONE);
	assert_int_equal(t->scope, SCOPE_OWN_VIA);
	assert_string_equal(t->scope_field->name, "entity_id");
	assert_string_equal(t->scope_relation->name, "product");
}

static void
natural_keys_are_given(void **state)
{
	assert_true(builtin_table("product")->natural_key);
	assert_true(builtin_table("network")->natural_key);
	assert_true(builtin_table("channel")->natural_key);
	assert_false(builtin_table("hub")->natural_key);
}

static void
defaults_have_their_type(void **state)
{
	assert_true(value_equal(builtin_field("product", "is_payg")->fallback,
	    value_int(1)));
	assert_true(value_equal(builtin_field(
	    "appliance_part_type_replacement_linker",
	    "max_part_count")->fallback, value_int(1)));
}

static void
reference_data_is_lines(void **state)
{
	size_t n;
	const char *s = schema_reference_data(&n);

	assert_true(n > 1000);
	assert_int_equal(s[0], '{');
	assert_int_equal(s[n - 1], '\n');
	assert_int_equal(strlen(s), n);
}

static void
levels_have_names(void **state)
{
	enum level level;

	for (enum level i = LEVEL_OVERVIEW; i < LEVEL_NOBODY; i++) {
		assert_true(level_parse(level_name(i), &level));
		assert_int_equal(level, i);
	}
	assert_false(level_parse("NOBODY", &level));
	assert_false(level_parse("system", &level));
	assert_int_equal(field_type_storage(FIELD_JSON), VALUE_TEXT);
	assert_int_equal(field_type_storage(FIELD_DATE), VALUE_INT);
	assert_int_equal(field_type_storage(FIELD_DURATION), VALUE_FLOAT);
	assert_int_equal(field_type_storage(FIELD_BLOB), VALUE_BLOB);
}

/* ---- differences ---- */

struct diff_case {
	struct schema	*from, *to;
	struct schema_change *change;
	size_t		 n;
};

static void
diff_start(struct diff_case *c, const char *from, const char *to)
{
	struct helio_err err;

	c->from = must_read(from);
	c->to = must_read(to);
	err_clear(&err);
	assert_int_equal(schema_diff(c->from, c->to, &c->change, &c->n, &err),
	    HELIO_OK);
}

static void
diff_end(struct diff_case *c)
{
	free(c->change);
	schema_free(c->from);
	schema_free(c->to);
}

static void
equal_schemas_need_nothing(void **state)
{
	const struct schema *s = schema_builtin();
	struct schema_change *change;
	struct helio_err err;
	size_t n;

	err_clear(&err);
	assert_int_equal(schema_diff(s, s, &change, &n, &err), HELIO_OK);
	assert_int_equal(n, 0);
	free(change);
}

static void
from_nothing_everything_is_added(void **state)
{
	const struct schema *s = schema_builtin();
	size_t n, tables = 0, indexes = 0, wanted = 0;
	struct schema_change *change;
	struct helio_err err;

	err_clear(&err);
	assert_int_equal(schema_diff(NULL, s, &change, &n, &err), HELIO_OK);
	for (size_t i = 0; i < n; i++) {
		tables += change[i].kind == CHANGE_ADD_TABLE;
		indexes += change[i].kind == CHANGE_ADD_INDEX;
	}
	for (size_t i = 0; i < s->n_tables; i++)
		wanted += s->tables[i].n_indexes;
	assert_int_equal(tables, s->n_tables);
	assert_int_equal(indexes, wanted);
	assert_int_equal(n, tables + indexes);
	free(change);
}

static void
additions_are_named_in_order(void **state)
{
	struct diff_case c;

	diff_start(&c, A_TABLE "\tfield old int\n\tindex old\n", A_TABLE
	    "\tfield old int\n\tfield x int unique\n"
	    "table b internal\n\tkey b_id int\n");
	assert_int_equal(c.n, 4);
	assert_int_equal(c.change[0].kind, CHANGE_ADD_FIELD);
	assert_string_equal(c.change[0].field->name, "x");
	assert_int_equal(c.change[1].kind, CHANGE_DROP_INDEX);
	assert_int_equal(c.change[2].kind, CHANGE_ADD_INDEX);
	assert_true(c.change[2].index->unique);
	assert_int_equal(c.change[3].kind, CHANGE_ADD_TABLE);
	assert_string_equal(c.change[3].table->name, "b");
	diff_end(&c);
}

static void
what_loses_data_is_destructive(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} rows[] = {
		{ "field x int", "", "field a.x is gone" },
		{ "field x int", "field x text", "field a.x changes its type" },
		{ "field x int", "field x int required default 1",
		    "field a.x changes whether it may be null" },
		{ "field x text", "field x text(5)", "field a.x gets shorter" },
		{ "field x text(6)", "field x text(5)",
		    "field a.x gets shorter" },
		{ "field x text options [u v]", "field x text options [u]",
		    "field a.x loses options" },
		{ "field x text", "field x text options [u]",
		    "field a.x loses options" },
		{ "", "field x int required",
		    "field a.x is new, required and has no default" },
	};
	struct diff_case c;
	char from[256], to[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(from, sizeof(from), A_TABLE "%s\n", rows[i].from);
		snprintf(to, sizeof(to), A_TABLE "%s\n", rows[i].to);
		diff_start(&c, from, to);
		assert_int_equal(c.n, 1);
		assert_int_equal(c.change[0].kind, CHANGE_DESTRUCTIVE);
		assert_string_equal(c.change[0].why, rows[i].why);
		diff_end(&c);
	}
}

static void
changed_keys_are_destructive(void **state)
{
	struct diff_case c;

	diff_start(&c, A_TABLE, "version 1\ntable a\n\tkey a_id int natural\n"
	    "\tscope all\n");
	assert_int_equal(c.n, 1);
	assert_string_equal(c.change[0].why, "table a changes its key");
	diff_end(&c);
	diff_start(&c, A_TABLE, "version 1\n");
	assert_string_equal(c.change[0].why, "table a is gone");
	diff_end(&c);
	diff_start(&c, A_TABLE "field x int ~> a\n", A_TABLE
	    "field x int -> a\n");
	assert_string_equal(c.change[0].why,
	    "field a.x changes its foreign key");
	diff_end(&c);
}

static void
an_index_may_come_to_a_text(void **state)
{
	struct diff_case c;

	diff_start(&c, A_TABLE "field x text\n", A_TABLE
	    "field x text\n\tindex x\n");
	assert_int_equal(c.n, 1);
	assert_int_equal(c.change[0].kind, CHANGE_ADD_INDEX);
	diff_end(&c);
}

static void
widening_needs_nothing(void **state)
{
	struct diff_case c;

	diff_start(&c, A_TABLE "field x text(5) options [u]\n", A_TABLE
	    "field x text(6) options [u v] secret FACTORY\n"
	    "methods GET OVERVIEW\n");
	assert_int_equal(c.n, 0);
	diff_end(&c);
}

static void
newer_data_is_refused(void **state)
{
	struct schema *old = must_read("version 1\n");
	struct schema *new = must_read("version 2\n");
	struct schema_change *change;
	struct helio_err err;
	size_t n;

	err_clear(&err);
	assert_int_equal(schema_diff(new, old, &change, &n, &err),
	    HELIO_E_CONFLICT);
	assert_non_null(strstr(err.message, "version 2"));
	schema_free(old);
	schema_free(new);
}

/* ---- the manual ---- */

static void
manual_tells_what_callers_need(void **state)
{
	static const char *const wanted[] = {
		"\n## product\n",
		"`/v1/rtc_dead_letters`, `/v1/rtc_dead_letter`",
		"GET OVERVIEW, POST TECHNICAL", "units assigned to its entity",
		"shown from FACTORY", "never shown", "key, given by the caller",
		"one of visit, sms, phone", "default true",
		"set by products/\\<imei\\>/enable",
		"(`entity_id`) (`product`)",
		"| `enable_history_rel` | many enable_history |",
	};
	struct buf out = BUF_INIT;

	schema_print_manual(schema_builtin(), &out);
	assert_false(out.failed);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strstr(out.data, wanted[i]) == NULL)
			fail_msg("manual lacks %s", wanted[i]);
	assert_null(strstr(out.data, "\n## token\n"));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_texts_are_read),
		cmocka_unit_test(bad_texts_are_refused_where_they_are_bad),
		cmocka_unit_test(problems_are_capped),
		cmocka_unit_test(every_prefix_is_read_or_refused),
		cmocka_unit_test(key_is_first_and_meta_fields_last),
		cmocka_unit_test(internal_tables_have_no_meta_fields),
		cmocka_unit_test(fields_are_found_by_part_of_a_text),
		cmocka_unit_test(fields_are_sorted_by_name),
		cmocka_unit_test(collections_are_found_by_both_names),
		cmocka_unit_test(foreign_keys_name_their_relation),
		cmocka_unit_test(one_names_a_relation),
		cmocka_unit_test(many_leads_to_the_rows_that_point_here),
		cmocka_unit_test(loose_keys_are_no_referrers),
		cmocka_unit_test(indexed_texts_have_a_limit),
		cmocka_unit_test(keys_and_unique_fields_are_indexed),
		cmocka_unit_test(loose_keys_are_not_indexed),
		cmocka_unit_test(composite_index_serves_its_first_key),
		cmocka_unit_test(natural_key_ends_every_plain_index),
		cmocka_unit_test(builtin_is_the_same_in_every_thread),
		cmocka_unit_test(secrets_are_marked),
		cmocka_unit_test(actions_own_their_columns),
		cmocka_unit_test(scope_reaches_products),
		cmocka_unit_test(natural_keys_are_given),
		cmocka_unit_test(defaults_have_their_type),
		cmocka_unit_test(reference_data_is_lines),
		cmocka_unit_test(levels_have_names),
		cmocka_unit_test(equal_schemas_need_nothing),
		cmocka_unit_test(from_nothing_everything_is_added),
		cmocka_unit_test(additions_are_named_in_order),
		cmocka_unit_test(what_loses_data_is_destructive),
		cmocka_unit_test(changed_keys_are_destructive),
		cmocka_unit_test(an_index_may_come_to_a_text),
		cmocka_unit_test(widening_needs_nothing),
		cmocka_unit_test(newer_data_is_refused),
		cmocka_unit_test(manual_tells_what_callers_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
