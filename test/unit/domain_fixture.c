/* See domain_fixture.h. */
#include "domain_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/times.h"
#include "domain/register.h"
#include "test_database.h"

struct lines {
	const char	*text;
	size_t		 len, at;
	unsigned long	 number;
};

static bool
next_line(void *arg, const char **ret, size_t *ret_n, unsigned long *ret_no)
{
	struct lines *l = arg;
	const char *end;

	if (l->at >= l->len)
		return false;
	*ret = l->text + l->at;
	end = memchr(*ret, '\n', l->len - l->at);
	*ret_n = end != NULL ? (size_t)(end - *ret) : l->len - l->at;
	*ret_no = ++l->number;
	l->at += *ret_n + 1;
	return true;
}

static bool
rewind_lines(void *arg)
{
	struct lines *l = arg;

	l->at = l->number = 0;
	return true;
}

static int64_t
clock_us(void *arg)
{
	struct domain *d = arg;

	return __atomic_add_fetch(&d->now_us, US_PER_S, __ATOMIC_RELAXED);
}

static void
load(struct domain *d)
{
	struct lines lines = { 0 };
	struct store_import import = {
		.line = next_line, .rewind = rewind_lines, .arg = &lines,
	};

	lines.text = schema_reference_data(&lines.len);
	if (store_import(d->store, &import, &d->err) != HELIO_OK)
		fail_msg("reference data: %s", err_message(&d->err));
}

static enum helio_rc
add_unit(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct pcb_request pcb = {
		.kind = PCB_HYENA, .imei = UNIT_IMEI,
		.imsi = "213514135171353", .device_key = UNIT_KEY,
	};
	const struct product_request req = { .kind = PRODUCT_HUB2, .pcb = &pcb };
	struct product_made made;

	return register_product(tx, &req, &made, err);
}

int
domain_setup(void **state)
{
	struct domain *d = calloc(1, sizeof(*d));
	struct store_options options;

	strcpy(d->dir, "/tmp/helio-domain-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	err_clear(&d->err);
	d->now_us = INT64_C(1700000000) * US_PER_S;
	store_options_init(&options);
	options.path = d->dir;
	options.database = d->database = test_database_new();
	options.schema = schema_builtin();
	options.create = true;
	options.now_us = clock_us;
	options.now_arg = d;
	if (store_open(&options, &d->store, &d->err) != HELIO_OK)
		fail_msg("open: %s", err_message(&d->err));
	load(d);
	if (domain_write(d, NULL, add_unit, NULL) != HELIO_OK)
		fail_msg("unit: %s %s", err_message(&d->err),
		    d->err.n_faults != 0 ? d->err.fault[0].text : "");
	*state = d;
	return 0;
}

int
domain_teardown(void **state)
{
	struct domain *d = *state;
	char command[128];

	store_close(d->store);
	snprintf(command, sizeof(command), "rm -r %s", d->dir);
	assert_int_equal(system(command), 0);
	test_database_drop(d->database);
	free(d);
	return 0;
}

struct caller
domain_user(const char *name, enum level level)
{
	struct caller caller = { .user_id = 1, .level = level, .global = true };

	snprintf(caller.username, sizeof(caller.username), "%s", name);
	return caller;
}

enum helio_rc
domain_write(struct domain *d, const struct caller *caller,
    enum helio_rc (*run)(struct tx *, void *, struct helio_err *), void *arg)
{
	err_clear(&d->err);
	return store_write(d->store, caller != NULL ? caller : &CALLER_SYSTEM,
	    run, arg, &d->err);
}

struct with_unit {
	domain_job	 run;
	void		*arg;
};

static enum helio_rc
run_with_unit(struct tx *tx, void *arg, struct helio_err *err)
{
	const struct with_unit *w = arg;
	struct row *product = NULL;
	enum helio_rc rc = tx_get(tx, tx_table(tx, "product"),
	    value_text(UNIT_IMEI), &product, err);

	return rc == HELIO_OK ? w->run(tx, product, w->arg, err) : rc;
}

enum helio_rc
domain_run(struct domain *d, const struct caller *caller, domain_job run,
    void *arg)
{
	struct with_unit w = { run, arg };

	return domain_write(d, caller, run_with_unit, &w);
}

/* ---- looking ---- */

static struct tx *
look(struct domain *d)
{
	struct tx *tx = NULL;

	assert_int_equal(store_read(d->store, &CALLER_SYSTEM, &tx, &d->err),
	    HELIO_OK);
	return tx;
}

struct column {
	const char	*field;
	char		*out;
	size_t		 size;
};

static enum helio_rc
add_value(const struct row *row, void *arg, struct helio_err *err)
{
	struct column *c = arg;
	struct value v = row_get(row, c->field);
	size_t n = strlen(c->out);

	if (n > 0)
		c->out[n++] = ',';
	if (v.type == VALUE_TEXT)
		snprintf(c->out + n, c->size - n, "%.*s", (int)v.n, v.s);
	else if (v.type == VALUE_INT)
		snprintf(c->out + n, c->size - n, "%" PRId64, v.i);
	else
		snprintf(c->out + n, c->size - n, "-");
	return HELIO_OK;
}

const char *
domain_column(struct domain *d, const char *table, const char *field)
{
	static char out[4096];
	struct column c = { field, out, sizeof(out) };
	struct tx *tx = look(d);
	struct query query = query_all(tx_table(tx, table));

	out[0] = '\0';
	assert_int_equal(tx_each(tx, &query, add_value, &c, &d->err), HELIO_OK);
	store_read_end(tx);
	return out;
}

int64_t
domain_count(struct domain *d, const char *table)
{
	struct tx *tx = look(d);
	struct query query = query_all(tx_table(tx, table));
	int64_t n = -1;

	assert_int_equal(tx_count(tx, &query, &n, &d->err), HELIO_OK);
	store_read_end(tx);
	return n;
}

int64_t
domain_unit(struct domain *d, const char *field)
{
	struct tx *tx = look(d);
	struct row *row = NULL;
	int64_t n;

	assert_int_equal(tx_get(tx, tx_table(tx, "product"),
	    value_text(UNIT_IMEI), &row, &d->err), HELIO_OK);
	n = row_is_null(row, field) ? -1 : row_int(row, field);
	store_read_end(tx);
	return n;
}

bool
domain_fault(const struct domain *d, const char *field)
{
	unsigned i;

	for (i = 0; i < d->err.n_faults; i++)
		if (strcmp(d->err.fault[i].field, field) == 0)
			return true;
	return false;
}
