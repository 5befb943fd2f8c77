"""Printed sentences, held against the run: each message says which fact it asserts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmviz.proof.code import labels_of
from lstmviz.proof.facts import FACTS
from lstmviz.proof.layers import TooLargeError
from lstmviz.translation import speaking
from lstmviz.translation.messages import again, bare, entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lstmviz.network.structure import Trace
    from lstmviz.proof.verdict import Tally
    from lstmviz.scene.claims import Claim
    from lstmviz.scene.items import Label
    from lstmviz.scene.scene import Scene


def judge(tally: Tally, scene: Scene, trace: Trace, about: Mapping[str, Any] | None = None) -> None:
    """Hold every sentence of a scene against the run, each once; `about` is what the figure was to show."""
    with speaking(scene.language):
        tally.refute(_misprinted(scene))
    for name, given in dict.fromkeys(asserted(scene)):
        fact, said, of = entry(name).fact, again(name, given), about or {}
        if any(value != of.get(key, value) for key, value in given):
            tally.refute([f"{bare(said.english)!r} is said of something else than what is drawn"])
            continue
        if not fact:
            continue
        tally.claims += 1
        try:
            holds = FACTS[fact](trace, dict(given))
        except TooLargeError:
            tally.doubt(bare(said.english), "the layer is too large to run")
            continue
        except (LookupError, StopIteration):  # it names what the model does not have
            holds = False
        if not holds:
            tally.refute([f"{bare(said.english)!r} is false"])


def printed(scene: Scene) -> Iterator[tuple[Label, Claim]]:
    """Yield the sentences of a scene, each with the label that shows it or a part of it."""
    for label in labels_of(scene):
        yield from ((label, one) for one in label.claims if one.kind == "sentence")


def _misprinted(scene: Scene) -> Iterator[str]:
    """Hold what is printed against what the message says of these facts."""
    for label, one in printed(scene):
        low, high = one.fact("span")
        part = bare(again(one.fact("id"), one.fact("given")).text)[low:high]
        if part != one.text or part not in label.text:
            yield f"{label.text!r} is printed where the figure says {part!r}"


def asserted(scene: Scene) -> Iterator[tuple[str, Any]]:
    """Yield the id and the facts of every message in a scene and its description, those inside others too."""
    for one in (*(one for _, one in printed(scene)), *scene.told):
        yield one.fact("id"), one.fact("given")
        yield from _inside(one.fact("given"))


def _inside(given: Any) -> Iterator[tuple[str, Any]]:
    for _, value in given:
        if isinstance(value, tuple) and value[:1] == ("said",):
            yield value[1], value[2]
            yield from _inside(value[2])
