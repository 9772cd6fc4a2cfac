"""A page of section 3 from a public header: man3.py NAME HEADER EXAMPLE OUT.

The header's first comment is the description; every comment after it speaks
of the declarations that follow, which are shown as they stand.  A function
without one is a mistake: undocumented means not public.
"""
import re
import sys

SKIPPED = re.compile(
    r'#(ifndef|ifdef|endif|include <|define \w+_H$|undef)|extern "C"|}$')
NF = ".nf\n.ta T 8n"


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def prose(comment):
    """The paragraphs of a comment; what is indented in it stays as it is."""
    lines = [re.sub(r"^ ?\* ?", "", line) for line in
             re.sub(r"^/\*\s?|\s*\*/$", "", comment).split("\n")]
    out, code = [], False
    for line in lines:
        if line.startswith("\t") != code and line.strip():
            code = not code
            out.append(".PP\n" + NF if code else ".fi")
        if not line.strip():
            out.append("" if code else ".PP")
        else:
            out.append(escape(line.strip("\n") if code else line.strip()))
    if code:
        out.append(".fi")
    while out and out[0] in (".PP", ""):
        out.pop(0)
    return "\n".join(out)


def items(text):
    """(comment, declarations) in their order; a heading has no second."""
    parts = re.split(r"(?m)^(/\*(?:.|\n)*?\*/)\n", text)
    for comment, code in zip(parts[1::2], parts[2::2]):
        lines = [line for line in code.split("\n")
                 if not SKIPPED.match(line)]
        yield comment, "\n".join(lines).strip("\n")


def undocumented(comment, code):
    """Functions that stand under a heading and have no comment at all."""
    if not re.match(r"/\* ----", comment):
        return []
    return re.findall(r"\b(helio_\w+)\([^;]*;(?![^\n]*/\*)", re.sub(
        r"(?ms)^typedef (struct|enum).*?^}", "", code))


def description(comment):
    """The beginning of the first sentence, as a NAME section wants it."""
    text = re.split(r"[:.;]|, ", prose(comment).replace("\n", " "))[0]
    return text[0].lower() + text[1:] if text[1:2].islower() else text


def page(name, header, example):
    text = open(header).read()
    found = list(items(text))
    missing = [name for item in found for name in undocumented(*item)]
    if missing:
        sys.exit("%s: without a comment: %s" % (header, ", ".join(missing)))
    out = [
        '.\\" From %s: see tools/man3.py.' % header.split("/")[-1],
        '.TH %s 3 "" "Heliograph" "Library functions"' % name.upper(),
        ".SH NAME", "%s \\- %s" % (name, description(found[0][0])),
        ".SH SYNOPSIS", ".B #include <helio/%s>" % header.split("/")[-1],
        ".PP", ".B cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs helio)",
        ".SH DESCRIPTION", prose(found[0][0])]
    for comment, code in [("", found[0][1])] + found[1:]:
        heading = re.match(r"/\* ---- (.*) ---- \*/$", comment)
        if heading:
            title = heading.group(1)
            out += [".SS " + escape(title[0].upper() + title[1:])]
            comment = ""
        code = re.sub(r'#include "[^"]*"\n?', "", code).strip("\n")
        if code:
            out += [".PP", NF, escape(code), ".fi"]
        if comment:
            out += [".RS 4", prose(comment), ".RE"]
    out += [".SH EXAMPLES", NF, escape(open(example).read().strip()),
            ".fi", ".SH SEE ALSO", ".BR libhelio (3)"]
    return "\n".join(out) + "\n"


def main():
    name, header, example, out = sys.argv[1:]
    with open(out, "w") as file:
        file.write(page(name, header, example))


if __name__ == "__main__":
    main()
