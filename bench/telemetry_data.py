"""The data sets of bench/telemetry.py, as line protocol and as rows for COPY."""
import collections
import random

START = 1700000000              # s; a multiple of nothing in particular
UPLOAD = 240                    # rows of a unit in one upload: four hours
UNITS_A_REQUEST = 20
FIELDS = ["ac_voltage", "charge_current", "current", "energy",
          "panel_voltage", "state_of_charge", "temperature", "voltage"]
MEASUREMENT = "telemetry"

Batch = collections.namedtuple("Batch", "lines copy rows")


def regular_rows(unit, days):
    """(time in ns, values as text) of one unit: slow walks and steps."""
    dice = random.Random("regular %d" % unit)
    level = [dice.uniform(200, 250), 2.0, 1.0, 0.0, 17.0, 80.0, 25.0, 13.0]
    for i in range(days * 1440):
        day = (i % 1440) / 1440
        sun = max(0.0, 1 - abs(day - 0.5) * 4)
        if i % 2 == 0:
            level[0] += dice.choice((-0.1, 0, 0, 0.1))
        level[1] = round(sun * 3 + dice.choice((0, 0, 0.1)), 1)
        if dice.random() < 0.05:
            level[2] = round(dice.uniform(0.2, 1.5), 2)
        level[3] += 0.01 if sun > 0.5 else 0
        level[4] = round(17 * sun + dice.choice((-0.1, 0, 0, 0.1)), 1)
        level[5] = round(min(100, max(20, level[5] +
                                      (0.1 if sun > 0.3 else -0.05))), 1)
        if i % 10 == 0:
            level[6] += dice.choice((-0.1, 0, 0.1))
        level[7] += dice.choice((-0.02, -0.01, 0, 0, 0, 0.01, 0.02))
        yield ((START + 60 * i) * 10 ** 9,
               ["%.1f" % level[0], "%.1f" % level[1], "%.2f" % level[2],
                "%.2f" % level[3], "%.1f" % level[4], "%.1f" % level[5],
                "%.1f" % level[6], "%.2f" % level[7]])


def entropy_rows(unit, days):
    """The same number of random doubles, a minute apart in the mean."""
    dice = random.Random("entropy %d" % unit)
    at = START * 10 ** 9
    for _ in range(days * 1440):
        at += dice.randrange(1, 120 * 10 ** 9)
        yield at, [repr(dice.uniform(-1e3, 1e3)) for _ in FIELDS]


SETS = {"regular": regular_rows, "entropy": entropy_rows}


def imei(unit):
    return "35%013d" % unit


def batches(rows, units, days):
    """The bodies of all uploads, each of some units for four hours."""
    series = [rows(unit, days) for unit in range(units)]
    for _ in range(days * 1440 // UPLOAD):
        for first in range(0, units, UNITS_A_REQUEST):
            lines, copies = [], []
            for unit in range(first, min(first + UNITS_A_REQUEST, units)):
                for _ in range(UPLOAD):
                    at, values = next(series[unit])
                    lines.append("%s,product_imei=%s %s %d" % (
                        MEASUREMENT, imei(unit), ",".join(
                            "%s=%s" % pair for pair in zip(FIELDS, values)),
                        at))
                    copies.append("%d\t%s\t%s" % (at, imei(unit),
                                                  "\t".join(values)))
            yield Batch("\n".join(lines).encode(), "\n".join(copies) + "\n",
                        len(lines))
