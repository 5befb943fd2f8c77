"""Right scenes, of every kind and of own modules, and the same with one thing changed."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import lstmviz
from lstmviz import judging, pipeline
from lstmviz.figure_requests import able, plan_all, plan_kind
from lstmviz.network.plan import plan_of
from lstmviz.network.run import undisturbed
from lstmviz.proof import sentences, text_claims
from lstmviz.proof.geometry import touches
from lstmviz.proof.prove import about, prove
from lstmviz.proof.verdict import Tally
from lstmviz.translation import speaking, spelling
from lstmviz.translation.messages import bare, message_from_facts
from tests.network import zoo
from tests.refuting import First, RefutedError, refuted

ALL = os.environ.get("LSTMVIZ_ALL") == "1"
SPECS = Path(__file__).parents[2] / "specs"
FAR = 40.0
SAMPLE = {"rnn", "gru", "bilstm", "mlp", "patient", "cnn", "weather", "packed", "regression", "shares"}
"""Specs that have every kind between them; `LSTMVIZ_ALL=1` takes all."""
MODULES = ("LastStep", "Tagger", "Seq2Seq", "CnnLstm", "Residual", "Packed")
"""Own modules, of every shape that figures differ for."""


@dataclass(frozen=True)
class Drawn:
    """A scene, and all that its proof takes."""

    name: str
    scene: object
    trace: object
    plan: object = None
    asked: object = None
    followed: object = None

    def words(self, scene, tally=Tally, *, of=None):
        """What the proof says of a scene's claims and sentences alone, or `of` some of its labels."""
        tally, of = tally(scene.kind), of or scene
        with undisturbed(), spelling(dict(self.asked.letters) if self.asked else {}):
            sentences.judge(tally, of, self.trace, about(scene, self.trace, self.asked))
        text_claims.judge(tally, of, self.trace)
        return tally

    @cached_property
    def _left(self):
        return {*self.words(self.scene).texts}

    def doubted(self, scene):
        """Whether a claim or a sentence that is not the drawn one is refuted, or not proven; alone."""
        try:
            return not {*self.words(scene, First, of=self.new_in(scene)).texts} <= self._left
        except RefutedError:
            return True

    def new_in(self, scene):
        """What is written in a scene, but for what is written in this one."""
        written = {
            field: tuple(item for item in getattr(scene, field) if all(item is not one for one in before))
            for field, before in (("texts", self.scene.texts), ("nodes", self.scene.nodes))
        }
        if scene.said is self.scene.said:
            written |= {"description": "", "said": ()}
        bare = {"edges": (), "frames": (), "polygons": (), "plots": (), "notes": ()}
        return replace(scene, caption="", captioned=(), **bare, **written)

    def faults(self, scene):
        """What the whole proof says of a scene of this model."""
        more = {"followed": self.followed} if self.followed is not None else {}
        return prove(scene, self.trace, self.plan, self.asked, **more).faults

    def refuted(self, scene):
        """Whether there is anything that the whole proof says."""
        return refuted(scene, self.trace, self.plan, self.asked, followed=self.followed)


@cache
def drawn():
    """Every figure of the specs and of the own modules, sheets left out: their panels are figures too."""
    return (*(one for file in specs() for one in of_spec(file)), *of_modules())


def every_spec():
    """The files of all specs."""
    return sorted(SPECS.glob("*.yaml"))


def specs():
    """The files of the specs that are taken."""
    return [file for file in every_spec() if ALL or file.stem in SAMPLE]


def of_spec(file):
    spec = lstmviz.load(file)
    subject = pipeline.trace(spec)
    for one in plan_all(spec, subject, (), (), {}):
        if one.kind.name != "sheet":
            scene = pipeline.compose(subject, one).scene
            name = f"{file.stem} {one.name}"
            yield Drawn(name, scene, subject.trace, plan_of(spec), judging.asked(one.options, subject))


def of_modules():
    from lstmviz.network.user.stage_dependences import follow

    for case in zoo.CASES:
        if case.make.__name__ not in MODULES and not ALL:
            continue
        module = case.make()
        subject = pipeline.described(module, case.inputs)
        followed = follow(module, case.inputs, subject.trace)
        for name in able(subject):
            one = plan_kind(name, {})
            try:
                scene = pipeline.compose(subject, one).scene
            except lstmviz.FigureError:
                continue  # of this module there is no such figure
            asked = judging.asked(one.options, subject)
            yield Drawn(f"{case.make.__name__} {name}", scene, subject.trace, None, asked, followed)


def swapped(scene, field, index, item):
    """The scene with another item in the place of one."""
    items = getattr(scene, field)
    return replace(scene, **{field: (*items[:index], item, *items[index + 1 :])})


def texts():
    """One label for each text of every kind: what stands at several places is drawn alike."""
    found = {}
    for one in drawn():
        for label, _ in labels(one.scene):
            found.setdefault((one.scene.kind, label.text, len(label.runs)), label)
    return [(kind, label) for (kind, _, _), label in found.items()]


def labels(scene):
    """Every label with ink, and how to put another one in its place."""
    for field in ("nodes", "texts"):
        for index, item in enumerate(getattr(scene, field)):
            if item.label and item.label.text.strip():
                yield (
                    item.label,
                    lambda new, f=field, i=index, it=item: swapped(scene, f, i, replace(it, label=new)),
                )


def moved(label, dx, dy):
    """The label at another place."""
    return replace(label, runs=tuple(replace(run, x=run.x + dx, y=run.y + dy) for run in label.runs))


def turned(scene):
    """Every line, drawn from its head to its tail."""
    for edge in scene.edges:
        yield replace(edge, route=edge.route[::-1])


def led_away(scene):
    """Every line, an end 40 pt aside, unless that is another place on the border of the same box."""
    boxes = {node.id: node for node in scene.nodes}
    for edge in scene.edges:
        for end, name in ((0, edge.source), (-1, edge.target)):
            x, y = edge.route[end]
            for at in ((x - FAR, y), (x + FAR, y), (x, y - FAR), (x, y + FAR)):
                if not touches(at, boxes[name], edge.line):
                    route = (at, *edge.route[1:]) if end == 0 else (*edge.route[:-1], at)
                    yield replace(edge, route=route)


def other(char):
    """Another character of the same sort."""
    if char.isdecimal():
        return str((int(char) + 1) % 10)
    return "k" if char != "k" else "m"


def inked(label):
    """Every letter and digit that is drawn, drawn otherwise; every run left out, or moved away."""
    runs = [run for run in label.runs if run.text.strip()]
    for index, run in enumerate(runs):
        changes = [
            run.text[:at] + other(c) + run.text[at + 1 :] for at, c in enumerate(run.text) if c.isalnum()
        ]
        new = [(replace(run, text=text),) for text in changes] + [()]
        if len(runs) > 1:
            new += [(replace(run, x=run.x + FAR),), (replace(run, y=run.y - FAR / 2),)]
        for one in new:
            yield replace(label, runs=(*runs[:index], *one, *runs[index + 1 :]))


def tally(capsys, what, found):
    """Print caught n of n per kind, and hold that all are; `found` are (kind, caught, what it is)."""
    changed, caught = Counter(), Counter()
    missed = []
    for kind, hit, what_it_is in found:
        changed[kind] += 1
        caught[kind] += hit
        missed += [] if hit else [f"{kind}: {what_it_is}"]
    with capsys.disabled():
        said = ", ".join(f"{kind} {caught[kind]} of {changed[kind]}" for kind in sorted(changed))
        print(f"\n{what}: caught {said}")  # noqa: T201
    assert sum(changed.values()) > 0
    assert not missed, (len(missed), missed[:12])


def told_otherwise(scene):
    """Every argument of every sentence changed, in the words as well as in the claim: (what, scene)."""
    with speaking(scene.language):
        for label, put in labels(scene):
            for index, one in enumerate(label.claims):
                for key, new in changed(one) if one.kind == "sentence" else ():
                    text = label.text.replace(one.text, new.text)
                    claims = (*label.claims[:index], new, *label.claims[index + 1 :])
                    runs = (replace(label.runs[0], text=text),)
                    yield (new.text, key), put(replace(label, text=text, runs=runs, means="", claims=claims))
        for index, one in enumerate(scene.said):
            for key, new in changed(one) if one.kind == "sentence" else ():
                told = (*scene.said[:index], new, *scene.said[index + 1 :])
                aloud = scene.description.replace(one.text, new.text)
                yield (new.text, key), replace(scene, description=aloud, said=told)


def changed(one):
    """A sentence's claim with one of its arguments another."""
    given = one.fact("given")
    for at, (key, value) in enumerate(given if one.fact("id") not in USERS else ()):
        for other_value in others(value, own=not one.fact("id").startswith("cube.")):
            new = (*given[:at], (key, other_value), *given[at + 1 :])
            text = bare(message_from_facts(one.fact("id"), new).text)
            low, high = one.fact("span")
            text = text if (low, high) == (0, len(one.text)) else text[low:high]
            facts = (("id", one.fact("id")), ("given", new), ("span", (low, low + len(text))))
            yield key, replace(one, text=text, facts=facts)


USERS = {"neurons.name", "grid.time-named"}
"""Messages whose words are the user's own: a feature's or an axis's name is whatever it is called."""


def others(value, *, own=True):
    """What an argument could be instead: another number, step, letter or name; the inside of a message.

    Words that are the user's `own` are changed where the model has them too.
    """
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
        case ("said", name, given):
            yield from (
                ("said", name, (*given[:i], (key, one), *given[i + 1 :]))
                for i, (key, inner) in enumerate(given)
                for one in (others(inner, own=own) if name not in USERS else ())
            )
        case ("joined", between, parts):
            yield from (
                ("joined", between, (*parts[:i], one, *parts[i + 1 :]))
                for i, inner in enumerate(parts)
                for one in others(inner, own=own)
            )
        case "fwd" | "rev":
            yield {"fwd": "rev", "rev": "fwd"}[value]
        case "t-1" | "t+1":
            yield {"t-1": "t+1", "t+1": "t-1"}[value]
        case str():
            yield f"{value}k"
        case ("own", text) if own:
            yield ("own", f"{text}k")


def joined(edge, source, target):
    """The line drawn straight from one box to another: it touches both."""
    start, end = source.box, target.box
    route = (((start[0] + start[2]) / 2, start[1]), ((end[0] + end[2]) / 2, end[3]))
    return replace(edge, id="other", source=source.id, target=target.id, route=route, cuts=())


def rewired(scene, rng, most):
    """A line left out, led to another box, or from one, and one more between two boxes; so many of each."""
    nodes, edges = list(scene.nodes), list(scene.edges)
    there = {(edge.source, edge.target) for edge in edges}
    boxes = {node.id: node for node in nodes}
    for index in rng.sample(range(len(edges)), min(most, len(edges))):
        edge = edges[index]
        rest = (*edges[:index], *edges[index + 1 :])
        twice = sum((e.source, e.target) == (edge.source, edge.target) for e in edges) > 1
        if not twice:
            yield "removed", edge.id, replace(scene, edges=rest)
        source, target = boxes[edge.source], boxes[edge.target]
        for what, ends in (
            ("led elsewhere", (source, rng.choice(nodes))),
            ("from elsewhere", (rng.choice(nodes), target)),
            ("turned", (target, source)),
        ):
            if (ends[0].id, ends[1].id) not in there and ends[0] is not ends[1]:
                new = joined(edge, *ends)
                yield what, (edge.id, ends[0].id, ends[1].id), replace(scene, edges=(*rest, new))
        a, b = rng.sample(nodes, 2)
        if (a.id, b.id) not in there:
            yield "added", (a.id, b.id), replace(scene, edges=(*edges, joined(edge, a, b)))
