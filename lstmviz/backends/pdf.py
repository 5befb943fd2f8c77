"""PDF: the true page, the words about it and the hash, without a clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lstmviz.backends import engines
from lstmviz.backends.drawing import Drawing
from lstmviz.backends.order import Order

NUMBER = rb"-?\d+(?:\.\d+)?"


@dataclass(frozen=True)
class Document:
    """The objects of a document of one page by their number, whole, and which of them are special.

    Both painters write the objects one after another and a table of their
    places at the end, so that objects can be exchanged and the table redone.
    """

    objects: dict[int, bytes]
    root: int
    info: int

    @classmethod
    def read(cls, data: bytes) -> Document:
        """Take a document apart."""
        table = int(data[data.rindex(b"startxref") + 9 :].split()[0])
        places = _places(data[table:])
        ends = dict(zip(sorted(places.values()), [*sorted(places.values())[1:], table], strict=True))
        objects = {n: data[at : ends[at]] for n, at in sorted(places.items(), key=lambda pair: pair[1])}
        trailer = data[data.rindex(b"trailer") :]
        root, info = (int(_found(rb"/%s (\d+) 0 R" % name, trailer)) for name in (b"Root", b"Info"))
        return cls(objects, root, info)

    @property
    def page(self) -> int:
        """The number of the page."""
        return next(n for n, body in self.objects.items() if re.search(rb"/Type /Page\b", body))

    def moved(self, by: int) -> Document:
        """The same with other numbers."""

        def shifted(found: re.Match[bytes]) -> bytes:
            return b"%d 0 %s" % (int(found[1]) + by, found[2])

        def renumbered(body: bytes) -> bytes:
            head, stream, rest = body.partition(b"stream\n")
            return re.sub(rb"\b(\d+) 0 (R|obj)\b", shifted, head) + stream + rest

        objects = {number + by: renumbered(body) for number, body in self.objects.items()}
        return Document(objects, self.root + by, self.info + by)

    def written(self, mark: str) -> bytes:
        """The document anew, with a table that fits."""
        out = bytearray(b"%PDF-1.5\n%\xb5\xed\xae\xfb\n")
        places = {}
        for number, body in self.objects.items():
            places[number] = len(out)
            out += body
        size = max(self.objects) + 1
        table = len(out)
        out += b"xref\n0 %d\n" % size
        for number in range(size):
            if number in places:
                out += b"%010d 00000 n \n" % places[number]
            else:
                out += b"%010d %05d f \n" % (0, 65535)
        ends = (size, self.root, self.info, mark.encode(), mark.encode())
        out += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>] >>\n" % ends
        return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % table


def write(order: Order) -> bytes:
    """Return a figure as PDF, with its true page and its hash."""
    words = (order.scene.title, order.scene.description)
    return signed(stacked(list(engines.sheets(order, "pdf"))), order.drawing, order.digest, words)


def signed(document: Document, drawing: Drawing, digest: str, words: tuple[str, str]) -> bytes:
    """The document with a page of the drawing's size and its own information.

    `words` are title and description.
    """
    objects, info, page = dict(document.objects), document.info, document.page
    objects[info] = _information(info, objects[info], digest, words)
    objects[page] = _paged(objects[page], drawing)
    return replace(document, objects=objects).written(digest[:32])


def stacked(sheets: Sequence[bytes]) -> Document:
    """Sheets of one size as one page, the last one on top: each becomes a picture that the page shows."""
    documents = [Document.read(sheets[0])]
    for sheet in sheets[1:]:
        documents.append(Document.read(sheet).moved(max(documents[-1].objects)))
    first = documents[0]
    if len(documents) == 1:
        return first
    objects: dict[int, bytes] = {}
    pictures = []
    for document in documents:
        page = document.objects[document.page]
        content, resources = (int(_found(rb"/%s (\d+) 0 R" % n, page)) for n in (b"Contents", b"Resources"))
        box = _found(rb"/MediaBox (\[[^]]*\])", page)
        kind = b"/Type /XObject /Subtype /Form /BBox %s /Resources %d 0 R" % (box, resources)
        objects |= document.objects
        objects[content] = document.objects[content].replace(b"<<", b"<< " + kind, 1)
        pictures.append(content)
    for document in documents[1:]:
        for number in (document.root, document.info, document.page, _pages(document)):
            del objects[number]
    last = max(objects)
    shown = b" ".join(b"/s%d Do" % n for n in pictures)
    names = b" ".join(b"/s%d %d 0 R" % (n, n) for n in pictures)
    objects[last + 1] = b"%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        last + 1,
        len(shown),
        shown,
    )
    objects[last + 2] = b"%d 0 obj\n<< /XObject << %s >> >>\nendobj\n" % (last + 2, names)
    page = re.sub(rb"/Contents \d+ 0 R", b"/Contents %d 0 R" % (last + 1), objects[first.page])
    objects[first.page] = re.sub(rb"/Resources \d+ 0 R", b"/Resources %d 0 R" % (last + 2), page)
    return replace(first, objects=objects)


def together(files: Sequence[bytes], digest: str) -> bytes:
    """Documents of one page each as the pages of one, with the hash of all; its words are the last one's."""
    documents = [Document.read(files[0])]
    for file in files[1:]:
        documents.append(Document.read(file).moved(max(documents[-1].objects)))
    last = documents[-1]
    objects: dict[int, bytes] = {}
    for document in documents:
        objects |= document.objects
        parent = b"/Parent %d 0 R" % _pages(last)
        objects[document.page] = re.sub(rb"/Parent \d+ 0 R", parent, objects[document.page])
        if document is not last:
            for number in (document.root, document.info, _pages(document)):
                del objects[number]
    kids = b" ".join(b"%d 0 R" % document.page for document in documents)
    objects[_pages(last)] = b"%d 0 obj\n<< /Type /Pages /Kids [%s] /Count %d >>\nendobj\n" % (
        _pages(last),
        kids,
        len(documents),
    )
    objects[last.info] = re.sub(rb"(lstmviz sha256:)\w+", rb"\g<1>" + digest.encode(), objects[last.info])
    return replace(last, objects=objects).written(digest[:32])


def _pages(document: Document) -> int:
    """The number of the list of pages."""
    return int(_found(rb"/Pages (\d+) 0 R", document.objects[document.root]))


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
