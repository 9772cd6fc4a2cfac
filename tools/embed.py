#!/usr/bin/env python3
"""Turn files into one C array.

usage: embed.py [--header HEADER] [--names] SYMBOL OUTPUT FILE...

Defines `const char SYMBOL[]` and `const size_t SYMBOL_len` with the files one
after the other, as HEADER (schema/embedded.h) declares them.  --names puts a
line `file NAME` before each, so that a reader can say where something stands.
"""

import pathlib
import sys


def literal(line):
    """One line as a C string literal."""
    out = []
    for byte in line:
        char = chr(byte)
        if char in '"\\?':
            out.append("\\" + char)
        elif 0x20 <= byte < 0x7F:
            out.append(char)
        else:
            out.append("\\%03o" % byte)
    return '"' + "".join(out) + '"'


def main(args):
    header = "schema/embedded.h"
    if args[:1] == ["--header"]:
        header, args = args[1], args[2:]
    names = args[:1] == ["--names"]
    symbol, output, *files = args[names:]
    text = b""
    for name in files:
        path = pathlib.Path(name)
        if names:
            text += b"file %s\n" % path.name.encode()
        text += path.read_bytes()
    lines = [literal(line) for line in text.splitlines(keepends=True)] or ['""']
    pathlib.Path(output).write_text(
        f"#include <stddef.h>\n\n#include \"{header}\"\n\n"
        f"const char {symbol}[] =\n\t" + "\n\t".join(lines) + ";\n"
        f"const size_t {symbol}_len = sizeof({symbol}) - 1;\n",
        encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1:])
