"""The texts that people may read in replies, taken from the sources.

usage: tools/messages.py [--check PO]

Without arguments prints them as a template for a translation (PO format);
with --check names what a translation lacks, has too much, or gets wrong in
its %-directives; exit 1 when there is anything.
"""
import ast
import glob
import re
import subprocess
import sys

SOURCES = ["src/%s/*.c" % folder for folder in (
    "api", "action", "domain", "influxql", "rest", "rtc")] + [
    "src/store/check.c", "src/store/own.c", "src/store/tx*.c",
    "src/sms/delivery*.c"]
# Which argument of a call is a text for people, from 0.
CALLS = {"err_set": 2, "err_field": 2, "planner_refuse": 3, "api_reply": 2,
         "refuse": 1, "reply_valid": 1}
# Results whose texts stay in the log.
PRIVATE = re.compile(r"HELIO_E_(INTERNAL|IO|NO_MEMORY)\b")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
DIRECTIVE = re.compile(r"%(?:\d+\$)?[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?"
                       r"(?:hh|h|ll|l|z|j)?([a-zA-Z%])")


def arguments(text, at):
    """Split what stands between the parenthesis at `at` and its end."""
    parts, depth, start, i = [], 0, at + 1, at
    while i < len(text):
        char = text[i]
        if char == '"':
            i = LITERAL.match(text, i).end() - 1
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return parts + [text[start:i]]
        elif char == "," and depth == 1:
            parts.append(text[start:i])
            start = i + 1
        i += 1
    return parts


def literals(code):
    """The texts in an expression, adjacent ones joined."""
    code = re.sub(r'"\s*PRI[du]64', 'lld"', code)
    code = re.sub(r'"\s*"', "", code)
    return [ast.literal_eval('"%s"' % s) for s in LITERAL.findall(code)]


def from_calls(text):
    for name, position in CALLS.items():
        for found in re.finditer(r"\b%s\(" % name, text):
            args = arguments(text, found.end() - 1)
            if len(args) <= position or any(map(PRIVATE.search, args)):
                continue
            yield from literals(args[position])


def from_marks(text):
    """What is assigned to a `message` or a `why`, what functions named so
    make, and tables of the `shapes` of replies."""
    for found in re.finditer(
            r"\b(?:message|why|text) = ([^;{]*?)[;}]", text):
        yield from literals(found.group(1))
    for found in re.finditer(
            r"\n(?:message\(.*?\n}\n|static const struct shape shapes.*?};)",
            text, re.S):
        yield from literals(found.group(0))


def is_text(s):
    """Words, and not just a directive or a name."""
    return " " in DIRECTIVE.sub("", s).strip() and \
        re.search("[A-Za-z]{2}", DIRECTIVE.sub("", s))


def collect():
    found = {}
    for line in open("src/base/rc.def"):
        match = re.match(r'RC\(\w+,\s*"H\d+",\s*\d+,\s*(".*")\)$', line)
        if match:
            found.setdefault(ast.literal_eval(match.group(1)),
                             "src/base/rc.def")
    for pattern in SOURCES:
        for path in sorted(glob.glob(pattern)):
            text = re.sub(r"/\*.*?\*/", "", open(path).read(), flags=re.S)
            for s in [*from_calls(text), *from_marks(text)]:
                if is_text(s):
                    found.setdefault(s, path)
    return found


def quoted(s):
    return '"%s"' % s.replace("\\", "\\\\").replace('"', '\\"').replace(
        "\n", "\\n")


def read_po(path):
    """msgid to msgstr, of a catalogue that msgfmt accepts."""
    subprocess.run(["msgfmt", "-c", "-o", "/dev/null", path], check=True)
    text = subprocess.run(["msgcat", "--no-wrap", path], check=True,
                          capture_output=True, text=True).stdout
    entries = {}
    for block in text.split("\n\n"):
        parts = re.search(r'^msgid (.*?)^msgstr (.*)', block, re.S | re.M)
        if parts:
            key, value = ("".join(literals(p)) for p in parts.groups())
            entries[key] = "" if re.search("^#,.*fuzzy", block, re.M) \
                else value
    entries.pop("", None)
    return entries


def directives(s):
    return [d for d in DIRECTIVE.findall(s) if d != "%"]


def check(path):
    used, have = collect(), read_po(path)
    for s, where in used.items():
        if not have.get(s):
            yield "%s: no translation in %s: %s" % (where, path, quoted(s))
        elif sorted(directives(s)) != sorted(directives(have[s])):
            yield "%s: other directives than %s" % (path, quoted(s))
    for s in have:
        if s not in used:
            yield "%s: nobody says %s" % (path, quoted(s))


def main(args):
    if args[:1] == ["--check"]:
        findings = list(check(args[1]))
        print("\n".join(findings) or "%s: complete" % args[1])
        return 1 if findings else 0
    for s, where in collect().items():
        print("#: %s\nmsgid %s\nmsgstr \"\"\n" % (where, quoted(s)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
