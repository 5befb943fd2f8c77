"""Names of the user's code where there is little room: shortened so that they differ, or broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from lstmviz.figures.shared.claimed import called
from lstmviz.scene.claims import claim, parted, whole
from lstmviz.scene.items import Font
from lstmviz.scene.labels import TextLine, code, shorten, wide, words, wrap
from lstmviz.translation.messages import user_text


def called_short(
    name: str, room: float, size: float, *, font: Font = "bold", among: Sequence[str] = ()
) -> TextLine:
    """A name, as much of it as fits `room` pt; where it is too long, without the path that it shares."""
    begin = 0 if wide(name, size, font) <= room else len(shared_path([name, *among]))
    said = shorten(user_text("…" * bool(begin) + name[begin:]), room, size, font)
    shown = said.text.removesuffix("…").removeprefix("…") if said.text != name else name
    line = replace(words(said, size, font=font), claims=())
    return line.claiming(claim("called", shown, name=name, span=(begin, begin + len(shown))))


def shared_path(names: Sequence[str]) -> str:
    """Return the path of modules with which all of several names begin.

    >>> shared_path(["a.b.past", "a.b.future"]), shared_path(["past", "future"]), shared_path(["a.b"])
    ('a.b.', '', '')
    """
    paths = [name.split(".")[:-1] for name in {*names}]
    same = takewhile(lambda parts: len({*parts}) == 1, zip(*paths, strict=False)) if len(paths) > 1 else ()
    return "".join(f"{part}." for part, *_ in same)


def called_in(name: str, room: float) -> list[TextLine]:
    """A name in lines of at most `room` pt."""
    texts = wrap(name, room, 7, "mono")
    parts = parted(whole(called(name).claims, name), name, texts)
    return [code(text, 7).claiming(*own) for text, own in zip(texts, parts, strict=True)]
