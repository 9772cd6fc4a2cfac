/*
 * SHOW RETENTION POLICIES: "autogen", which keeps what nothing is said of,
 * and the rows of retention_policy.  There are no shards here; their duration
 * is the one that InfluxDB would choose.
 */
#include "influxql/policies.h"

#include <stdio.h>

#include "base/times.h"
#include "telemetry/telemetry.h"

enum { DURATION_SIZE = 64 };

static const int64_t hour_s = 3600, day_s = 86400;

/* As Go prints a duration: "720h0m0s", "1m0.5s". */
static void
put_duration(double seconds, char out[DURATION_SIZE])
{
	int64_t us = (int64_t)(seconds * US_PER_S), whole = us / US_PER_S;
	char rest[16];
	int n = 0;

	if (whole >= hour_s)
		n += snprintf(out, DURATION_SIZE, "%lldh",
		    (long long)(whole / hour_s));
	if (whole >= 60)
		n += snprintf(out + n, (size_t)(DURATION_SIZE - n), "%lldm",
		    (long long)(whole % hour_s / 60));
	n += snprintf(out + n, (size_t)(DURATION_SIZE - n), "%lld",
	    (long long)(whole % 60));
	snprintf(rest, sizeof(rest), ".%06lld", (long long)(us % US_PER_S));
	for (size_t i = 6; i > 0 && rest[i] == '0'; i--)
		rest[i == 1 ? 0 : i] = '\0';
	snprintf(out + n, (size_t)(DURATION_SIZE - n), "%ss", rest);
}

static const char *
shard_duration(double seconds)
{
	if (seconds == 0 || seconds >= 180.0 * (double)day_s)
		return "168h0m0s";
	return seconds >= 2.0 * (double)day_s ? "24h0m0s" : "1h0m0s";
}

static enum helio_rc
write_policy(const struct iql_policy_sink *sink, const char *name,
    double seconds, bool is_default, struct helio_err *err)
{
	struct iql_value values[IQL_POLICY_COLUMNS];
	char text[DURATION_SIZE];

	put_duration(seconds, text);
	values[0] = iql_text(name);
	values[1] = iql_text(text);
	values[2] = iql_text(shard_duration(seconds));
	values[3] = iql_int(1);
	values[4] = iql_bool(is_default);
	return sink->row(sink->arg, values, err);
}

static enum helio_rc
policy_row(const struct row *row, void *arg, struct helio_err *err)
{
	double seconds = row_float(row, "duration");
	bool ends = seconds > 0 && seconds <= TELEMETRY_KEPT_MAX_S;

	return write_policy(arg, row_text(row, "name"), ends ? seconds : 0,
	    false, err);
}

enum helio_rc
iql_policies(struct tx *tx, const struct iql_policy_sink *sink,
    struct helio_err *err)
{
	const struct query all = query_all(tx_table(tx, "retention_policy"));
	enum helio_rc rc = write_policy(sink, "autogen", 0, true, err);

	return rc == HELIO_OK ? tx_each(tx, &all, policy_row, (void *)sink,
	    err) : rc;
}
