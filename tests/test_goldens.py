"""The scene of every committed figure, as people read it: what changes is seen, and changed on purpose.

Places are not part of it; ids, words, roles, shapes, arrows and memberships are. `make goldens` writes
them anew. Where everything stands is held by the figures in output/, which carry the hash of their scenes.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import lstmviz
from lstmviz import pipeline
from lstmviz.backends import embedded_digest
from lstmviz.figure_requests import plan_all

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.yaml"))
GOLDENS = Path(__file__).parent / "goldens"
OUTPUT = GOLDENS.parents[1] / "output"
RENEW = os.environ.get("LSTMVIZ_GOLDENS") == "1"


def summary(scene):
    """A scene as lines: one an item, in the order in which it is drawn."""
    lines = [f"{scene.kind}: {scene.title}", scene.description]
    lines += [_line("node", n.id, n.role, _said(n.label), _tensor(n)) for n in scene.nodes]
    lines += [_line("edge", e.source, "→", e.target, e.role, *_marks(e), _tensor(e)) for e in scene.edges]
    lines += [_line("frame", f.id, f.role, _tensor(f), *f.members) for f in scene.frames]
    lines += [_line("text", t.role, _said(t.label), _tensor(t)) for t in scene.texts]
    return [line for line in lines if line]


def _marks(edge):
    return ("double" if edge.double else "", "dashed" if edge.dashed else "")


def _said(label):
    return json.dumps(label.text, ensure_ascii=False) if label else ""


def _tensor(item):
    return f"{item.tensor} {item.shape}" if item.tensor and item.shape else ""


def _line(*parts):
    return " ".join(part for part in parts if part)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_scenes_are_as_they_were(path):
    spec = lstmviz.load(path)
    subject = pipeline.trace(spec)
    for chosen in plan_all(spec, subject, (), (), {}):
        golden = GOLDENS / f"{path.stem}-{chosen.name}.txt"
        figure = pipeline.compose(subject, chosen)
        drawn = summary(figure.scene)
        if RENEW:
            GOLDENS.mkdir(exist_ok=True)
            golden.write_text("\n".join(drawn) + "\n", "utf-8")
        assert drawn == golden.read_text("utf-8").splitlines(), "make goldens, if this is meant"
        held = embedded_digest((OUTPUT / f"{path.stem}-{chosen.name}.svg").read_bytes())
        assert held == figure.digest(), "lstmviz render specs -o output, if this is meant"


def test_no_golden_is_left_over():
    known = {
        f"{path.stem}-{chosen.name}.txt"
        for path in SPECS
        for spec in [lstmviz.load(path)]
        for chosen in plan_all(spec, pipeline.trace(spec), (), (), {})
    }
    assert {path.name for path in GOLDENS.iterdir()} == known
