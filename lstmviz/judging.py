"""One figure held against its model: of a sheet every panel, and the sheet itself. Imports torch."""

from __future__ import annotations

from collections.abc import Iterator

from lstmviz.figure_requests import FigurePlan
from lstmviz.figures import SHEET
from lstmviz.figures.base import Kind, Options, Subject
from lstmviz.figures.sheet import Panel, scenes
from lstmviz.network.plan import ModelPlan
from lstmviz.network.user.stage_dependences import Followed
from lstmviz.proof.own_words import words_in
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import Asked
from lstmviz.proof.sheet import merged
from lstmviz.proof.verdict import Finding, together
from lstmviz.scene.scene import Scene
from lstmviz.spec.model import Input


def finding(
    drawn: Scene,
    subject: Subject,
    chosen: FigurePlan,
    model: ModelPlan | None = None,
    followed: Followed | None = None,
    *,
    closely: bool = True,
) -> Finding:
    """Hold a composed figure against its model.

    If not `closely`, a user's own module is judged by its trace alone, in some hundredths of a second:
    shapes, code, sentences, the flow, the layers' own arrows; measured values are not measured again.
    """

    def of(scene: Scene, options: Options, panel: Panel | None = None) -> Finding:
        other = panel.own if panel else None
        about, plan, ran = (other, panel.model, None) if panel and other else (subject, model, followed)
        measures = about.measures if closely else None
        wanted = asked(options, about, panel.kind if panel else chosen.kind)
        return prove(scene, about.trace, plan, wanted, followed=ran, measures=measures)

    if chosen.kind.name != SHEET:
        return of(drawn, chosen.options)
    panels = list(scenes(chosen.panels, subject, chosen.options))
    found = {letter: of(scene, panel.options, panel) for letter, panel, scene in panels}
    titles = [panel.title for _, panel, _ in panels]
    return together(SHEET, found, merged(drawn, {letter: scene for letter, _, scene in panels}, titles))


def asked(options: Options, subject: Subject, kind: Kind | None = None) -> Asked:
    """What of a subject a figure's options ask for, and, of a kind, whether for the drawing alone."""
    fields = ("of", "layer", "direction")
    given = {field: getattr(options, field) for field in fields if hasattr(options, field)}
    windows = getattr(options, "windows", None)
    cut = windows.model_dump(include={"rows", "stride", "horizon", "gap"}) if windows else {}
    bare = kind is not None and kind.is_bare(options)
    names = subject.data.names if subject.data and options.legend == "auto" else frozenset()
    data = subject.data.model_dump() if subject.data else {}
    words = tuple(words_in((subject.title, data, options.model_dump())))
    steps = tuple(steps_named(subject.data)) if subject.data else ()
    cuts = tuple((name, size or 0) for name, size in cut.items())
    letters = tuple(options.symbols.own.items())
    return Asked(**given, cut=cuts, bare=bare, names=names, letters=letters, words=words, steps=steps)


def steps_named(data: Input) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each list of names of steps, with the axis that it is of."""
    for axis in ("time", "target"):
        named = getattr(data.axes, axis)
        if named is not None and named.labels:
            yield axis, named.labels
    yield from (("time", sentence) for sentence in data.sentences or ())
