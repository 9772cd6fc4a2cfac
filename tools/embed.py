#!/usr/bin/env python3
"""Turn text files into one C array.

usage: embed.py [--names] SYMBOL OUTPUT FILE...

Defines `const char SYMBOL[]` and `const size_t SYMBOL_len` with the files one
after the other.  --names puts a line `file NAME` before each, so that a
reader can say where something stands.
"""

import pathlib
import sys


def literal(line):
    """One line of text as a C string literal."""
    out = []
    for byte in line.encode():
        char = chr(byte)
        if char in '"\\?':
            out.append("\\" + char)
        elif 0x20 <= byte < 0x7F:
            out.append(char)
        else:
            out.append("\\%03o" % byte)
    return '"' + "".join(out) + '"'


def main(args):
    names = args[:1] == ["--names"]
    symbol, output, *files = args[names:]
    text = ""
    for name in files:
        path = pathlib.Path(name)
        if names:
            text += f"file {path.name}\n"
        text += path.read_text(encoding="utf-8")
    lines = [literal(line) for line in text.splitlines(keepends=True)] or ['""']
    pathlib.Path(output).write_text(
        "#include <stddef.h>\n\n#include \"schema/embedded.h\"\n\n"
        f"const char {symbol}[] =\n\t" + "\n\t".join(lines) + ";\n"
        f"const size_t {symbol}_len = sizeof({symbol}) - 1;\n",
        encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1:])
