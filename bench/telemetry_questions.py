"""What bench/telemetry.py asks, in each server's language: InfluxQL, the HTTP
API of VictoriaMetrics, SQL.  Times are of units whose data begin at START."""
import urllib.parse

from telemetry_data import FIELDS, MEASUREMENT, START, imei


class Question:
    """One query; what a language does not have is None."""

    def __init__(self, name, influxql, metrics=None, sql=None):
        self.name = name
        self.influxql = influxql
        self.metrics = metrics
        self.sql = sql


def export(match, begin, end):
    return "/api/v1/export?" + urllib.parse.urlencode({
        "match[]": match, "start": begin, "end": end - 0.001})


def buckets(metric, begin, end, step):
    """Buckets [begin, end): each is told at its last millisecond."""
    return "/api/v1/query_range?" + urllib.parse.urlencode({
        "query": "avg_over_time(%s[%ds])" % (metric, step),
        "start": begin + step - 0.001, "end": end - 0.001, "step": step,
        "nocache": 1})


def questions(days):
    begin = START // 86400 * 86400      # buckets are aligned to the epoch
    end = begin + (days + 1) * 86400
    late = START + days * 86400 - 7200
    one = "product_imei = '%s'" % imei(1)
    whole = "time >= %ds AND time < %ds" % (begin, end)
    hour = "time >= %ds AND time < %ds" % (late, late + 3600)
    label = '{product_imei="%s"}' % imei(1)
    voltage = MEASUREMENT + "_voltage"
    row = "imei = '%s'" % imei(1)
    between = "at >= %d000000000 AND at < %d000000000"
    bucket = "SELECT %sat / %d, avg(voltage) FROM sample WHERE %s GROUP BY %s"
    return [
        Question("raw, all days",
                 "SELECT voltage FROM %s WHERE %s AND %s" % (
                     MEASUREMENT, one, whole),
                 export(voltage + label, begin, end),
                 "SELECT at, voltage FROM sample WHERE %s AND %s ORDER BY at"
                 % (row, between % (begin, end))),
        Question("where, all days",
                 "SELECT voltage, current FROM %s WHERE %s AND %s "
                 "AND voltage > 13" % (MEASUREMENT, one, whole),
                 None,
                 "SELECT at, voltage, current FROM sample WHERE %s AND %s "
                 "AND voltage > 13 ORDER BY at" % (
                     row, between % (begin, end))),
        Question("mean 1h, all days",
                 "SELECT mean(voltage) FROM %s WHERE %s AND %s "
                 "GROUP BY time(1h) fill(none)" % (MEASUREMENT, one, whole),
                 buckets(voltage + label, begin, end, 3600),
                 bucket % ("", 3600 * 10 ** 9, row + " AND " + between % (
                     begin, end), "1 ORDER BY 1")),
        Question("one hour, all fields",
                 "SELECT * FROM %s WHERE %s AND %s" % (
                     MEASUREMENT, one, hour),
                 export('{__name__=~"%s_.*",product_imei="%s"}' % (
                     MEASUREMENT, imei(1)), late, late + 3600),
                 "SELECT at, %s FROM sample WHERE %s AND %s ORDER BY at" % (
                     ", ".join(FIELDS), row, between % (late, late + 3600))),
        Question("last",
                 "SELECT last(voltage) FROM %s WHERE %s" % (
                     MEASUREMENT, one),
                 "/api/v1/query?" + urllib.parse.urlencode({
                     "query": "last_over_time(%s%s[1d])" % (voltage, label),
                     "time": START + days * 86400}),
                 "SELECT at, voltage FROM sample WHERE %s ORDER BY at DESC "
                 "LIMIT 1" % row),
        Question("fleet, mean 1d by unit",
                 "SELECT mean(voltage) FROM %s WHERE %s "
                 "GROUP BY time(1d), product_imei fill(none)" % (
                     MEASUREMENT, whole),
                 buckets(voltage, begin, end, 86400),
                 bucket % ("imei, ", 86400 * 10 ** 9, between % (begin, end),
                           "1, 2 ORDER BY 1, 2")),
    ]
