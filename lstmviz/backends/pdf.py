"""PDF: the true page, the words about it and the hash, without a clock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmviz.backends.drawing import Drawing

NUMBER = rb"-?\d+(?:\.\d+)?"


def signed(data: bytes, drawing: Drawing, digest: str, words: tuple[str, str]) -> bytes:
    """The document with a page of the drawing's size and its own information.

    Both painters write the objects one after another and a table of their
    places at the end, so that objects can be exchanged and the table redone.
    `words` are title and description.
    """
    table = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    places = _places(data[table:])
    ends = dict(zip(sorted(places.values()), [*sorted(places.values())[1:], table], strict=True))
    objects = {n: data[at : ends[at]] for n, at in sorted(places.items(), key=lambda pair: pair[1])}
    trailer = data[data.rindex(b"trailer") :]
    root, info = (int(_found(rb"/%s (\d+) 0 R" % name, trailer)) for name in (b"Root", b"Info"))
    objects[info] = _information(info, objects[info], digest, words)
    page = next(n for n, body in objects.items() if re.search(rb"/Type /Page\b", body))
    objects[page] = _paged(objects[page], drawing)
    return _written(objects, root, info, digest)


def _places(table: bytes) -> dict[int, int]:
    """Where each object begins, from the document's table."""
    first, count = (int(n) for n in table.split(None, 3)[1:3])
    rows = re.findall(rb"(\d{10}) \d{5} ([nf])", table)[:count]
    return {first + i: int(at) for i, (at, state) in enumerate(rows) if state == b"n"}


def _found(pattern: bytes, data: bytes) -> bytes:
    match = re.search(pattern, data)
    assert match is not None, pattern
    return match[1]


def _paged(body: bytes, drawing: Drawing) -> bytes:
    """The page cut to the drawing; Graphviz's is whole points, its top is ours."""
    top = float(_found(rb"/MediaBox \[ ?%s %s %s (%s)" % (NUMBER, NUMBER, NUMBER, NUMBER), body))
    low = round(top - drawing.height, 4) + 0.0  # PDF knows no 1e-13
    box = f"/MediaBox [ 0 {low:.4f} {drawing.width:.4f} {top:.4f} ]"
    return re.sub(rb"/MediaBox \[[^]]*\]", box.encode(), body)


def _information(number: int, old: bytes, digest: str, words: tuple[str, str]) -> bytes:
    producer = re.search(rb"/Producer (\(.*\)|<.*?>)\s", old)
    facts = [(b"Title", _text(words[0])), (b"Subject", _text(words[1])), (b"Creator", b"(lstmviz)")]
    facts += [(b"Producer", producer[1])] if producer else []
    facts += [(b"Keywords", b"(lstmviz sha256:" + digest.encode() + b")")]
    body = b" ".join(b"/" + name + b" " + value for name, value in facts if value)
    return b"%d 0 obj\n<< %s >>\nendobj\n" % (number, body)


def _text(words: str) -> bytes:
    return b"<feff" + words.encode("utf-16-be", "replace").hex().encode() + b">" if words else b""


def _written(objects: dict[int, bytes], root: int, info: int, digest: str) -> bytes:
    """The document anew, with a table that fits."""
    out = bytearray(b"%PDF-1.5\n%\xb5\xed\xae\xfb\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += body
    size = max(objects) + 1
    table = len(out)
    out += b"xref\n0 %d\n" % size
    for number in range(size):
        if number in places:
            out += b"%010d 00000 n \n" % places[number]
        else:
            out += b"%010d %05d f \n" % (0, 65535)
    mark = digest[:32].encode()
    out += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>] >>\n" % (
        size,
        root,
        info,
        mark,
        mark,
    )
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % table
