#!/usr/bin/env python3
"""Write the powers of ten that shortest decimals need, 128 bits of each.

usage: powers.py OUTPUT

Power k, for k from LOW to HIGH, is g(k) = floor(10^k / 2^(e - 127)) + 1 where 2^e is
the largest power of two not above 10^k: its first 128 bits, rounded up.
"""

import pathlib
import sys

LOW, HIGH = -292, 324       # of doubles from the least to the greatest


def first_bits(k):
    """The first 128 bits of 10^k, rounded up (also where they are exact)."""
    if k >= 0:
        over = (10 ** k).bit_length() - 128
        whole = 10 ** k >> over if over > 0 else 10 ** k << -over
    else:
        # 128 bits of the quotient: 10^-k has so many bits, 2^bits / 10^-k is
        # above 1/2 and below 1
        bits = (10 ** -k).bit_length()
        whole = (1 << bits + 127) // 10 ** -k
    assert whole.bit_length() == 128
    return whole + 1


def main(output):
    rows = ["\t{ 0x%016x, 0x%016x },\t/* 10^%d */" % (g >> 64, g & 2**64 - 1, k)
            for k in range(LOW, HIGH + 1) for g in [first_bits(k)]]
    pathlib.Path(output).write_text(
        "/* Made by tools/powers.py. */\n"
        "enum { POWER_LOW = %d, POWER_HIGH = %d };\n\n"
        "static const struct power {\n\tuint64_t high, low;\n} powers[] = {\n"
        "%s\n};\n" % (LOW, HIGH, "\n".join(rows)), encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
