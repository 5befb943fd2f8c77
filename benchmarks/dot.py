"""A `dot` where there is none: as much of its command line as the peers use, on pygraphviz."""

import sys
from pathlib import Path

from pygraphviz import AGraph

VERSION = "dot - graphviz version 14.1.5 (0)\n"


def main(words: list[str]) -> None:
    """Draw a file, or standard input, to where the options say."""
    if "-V" in words:
        sys.stderr.write(VERSION)
        return
    rest = iter(words)
    fmt, source, target, beside = "svg", None, None, False
    for word in rest:
        if word.startswith("-T"):
            fmt = word[2:].split(":")[0]
        elif word.startswith("-o"):
            target = word[2:] or next(rest)
        elif word == "-O":
            beside = True
        elif not word.startswith("-"):
            source = word
    text = Path(source).read_text("utf-8") if source else sys.stdin.read()
    layout = "nop2" if {"-n", "-n2"} & {*words} else Path(sys.argv[0]).name
    data = AGraph(string=text).draw(format=fmt, prog=layout)
    target = f"{source}.{fmt}" if beside else target
    if target:
        Path(target).write_bytes(data)
    else:
        sys.stdout.buffer.write(data)


if __name__ == "__main__":
    main(sys.argv[1:])
