"""One thing changed in a right scene, whatever it is, and the proof finds it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import pytest

import lstmviz
from lstmviz.network.cache import traced
from lstmviz.proof import claims
from lstmviz.proof.arrows import arrow_faults
from lstmviz.proof.evidence import evidence
from lstmviz.proof.labels import LayerScene, label_faults
from lstmviz.proof.prove import prove
from lstmviz.proof.reading import read
from lstmviz.proof.sizes import frame_faults
from tests.network.mutants import ALL, joined
from tests.refuting import refuted

SPEC = """
input: {batch_size: 3, timesteps: 4, features: 5}
layers:
  - lstm: {hidden_size: 6, num_layers: 2, bidirectional: true}
"""


@cache
def drawn(kind="grid", width="text"):
    spec = lstmviz.load(SPEC)
    return lstmviz.draw(spec, kind, width=width).scene, traced(spec)


@cache
def run():
    return evidence(drawn()[1].recurrent[0], (1, 2, 3, 4))


def said_of_arrows(scene, layer):
    return arrow_faults(read(scene, "", layer.directions), run())


def tally(capsys, what, caught, changed):
    with capsys.disabled():
        print(f"\n{what}: caught {caught} of {changed}")  # noqa: T201
    assert changed > 0
    assert caught == changed


def test_the_unchanged_scene_is_proven():
    for kind, width in itertools.product(("grid", "unrolled", "rolled"), ("text", "column")):
        finding = prove(*drawn(kind, width))
        assert finding.arrows > 0
        if (kind, width) != ("unrolled", "column"):
            assert finding.faults == ()


def test_every_arrow_removed_is_missed(capsys):
    scene, trace = drawn()
    caught = 0
    for edge in scene.edges:
        fewer = replace(scene, edges=tuple(e for e in scene.edges if e is not edge))
        faults = said_of_arrows(fewer, trace.recurrent[0])
        caught += any(edge.source in fault or edge.target in fault for fault in faults)
    tally(capsys, "arrows removed", caught, len(scene.edges))


def test_every_false_arrow_is_found(capsys):
    """Between any two nodes, in one role or another; also from a node to itself."""
    scene, trace = drawn()
    there = {(e.source, e.target, e.role) for e in scene.edges}
    names = [node.id for node in scene.nodes]
    caught = changed = 0
    every = 1 if ALL else 4  # each role in its turn
    for source, target, role in [*itertools.product(names, names, ("input", "hidden", "cell"))][::every]:
        if (source, target, role) in there:
            continue
        false = replace(
            scene.edges[0], id="false", source=source, target=target, role=role, double=role == "cell"
        )
        more = replace(scene, edges=(*scene.edges, false))
        changed += 1
        caught += bool(said_of_arrows(more, trace.recurrent[0]))
    tally(capsys, "false arrows", caught, changed)


def test_every_arrow_turned_or_recoloured_is_found(capsys):
    scene, trace = drawn()
    caught = changed = 0
    for index, edge in enumerate(scene.edges):
        turned = replace(edge, source=edge.target, target=edge.source)
        others = [
            replace(edge, role=role, double=role == "cell")
            for role in ("input", "hidden", "cell")
            if role != edge.role
        ]
        for changed_edge in (turned, *others, replace(edge, double=not edge.double)):
            edges = (*scene.edges[:index], changed_edge, *scene.edges[index + 1 :])
            changed += 1
            caught += bool(said_of_arrows(replace(scene, edges=edges), trace.recurrent[0]))
    tally(capsys, "arrows turned, recoloured or drawn with the wrong line", caught, changed)


def placed(scene):
    """Return every label that stands at something: where it is, and what it says."""
    labels = [("node", node.id, node.label) for node in scene.nodes if node.label]
    for index, text in enumerate(scene.texts):
        words = text.label.text
        shaped = text.role in {"input", "output"} and any(one.kind == "shape" for one in text.label.claims)
        if (
            claims.state(text.label)
            or claims.index(text.label)
            or shaped
            or words in {"time", "depth", "layer 0", "layer 1"}
        ):
            labels.append(("text", index, text.label))
    return labels


def same_state(one, two):
    """Whether both are names of one state: each is true where the other stood, unless said to be equal."""
    if claims.equated(one) or claims.equated(two):
        return False
    if claims.index(one) is None:
        one, two = two, one
    tag, name = claims.index(one), claims.state(two)
    if tag is None or name is None:
        return False
    layer, direction = divmod(tag[1], 2)
    step = {"0": "0", "n": "41"[direction]}[tag[0][2]]
    return (tag[0][0], step, ("fwd", "rev")[direction], str(layer)) == (
        name.letter,
        name.step,
        name.way,
        name.layer,
    )


def relabelled(scene, place, label):
    """Return the scene's item at a place with another label, where its own stood."""
    kind, name, own = place
    moved = _moved(label, own)
    if kind == "text":
        return (), (replace(scene.texts[name], label=moved),)
    return tuple(replace(n, label=moved) for n in scene.nodes if n.id == name), ()


def _moved(label, own):
    dx, dy = own.runs[0].x - label.runs[0].x, own.runs[0].y - label.runs[0].y
    return replace(label, runs=tuple(replace(run, x=run.x + dx, y=run.y + dy) for run in label.runs))


@pytest.mark.parametrize("width", ["text", "column"])
def test_every_two_labels_swapped_are_found(capsys, width):
    scene, trace = drawn("grid", width)
    labels = placed(scene)
    caught = changed = 0
    plain = {node.id: replace(node, label=None) for node in scene.nodes}
    for one, two in itertools.combinations(labels, 2):
        if one[2].text == two[2].text or same_state(one[2], two[2]):
            continue
        nodes, texts = dict(plain), []
        for place, other in ((one, two), (two, one)):
            new_nodes, new_texts = relabelled(scene, place, other[2])
            nodes |= {node.id: node for node in new_nodes}
            texts += new_texts
        swapped = replace(scene, nodes=tuple(nodes.values()), texts=tuple(texts or scene.texts[:1]))
        part = LayerScene(swapped, trace.recurrent[0], "", 4)
        changed += 1
        caught += bool(label_faults([part]))
    tally(capsys, f"labels swapped ({len(labels)} labels, {width})", caught, changed)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_a_state_is_said_to_be_equal_to_a_state_of_another_name_alone(kind):
    """At a line ``= h_4`` would be equal to nothing that is named, even where the line carries h_4."""
    scene, trace = drawn(kind)
    names = [(i, t.label) for i, t in enumerate(scene.texts) if claims.state(t.label)]
    equal = [label for _, label in names if claims.equated(label)]
    own = [place for place in names if not claims.equated(place[1])]
    pairs = [(at, one, two) for (at, one), two in itertools.product(own, equal) if one.claims == two.claims]
    assert {claims.state(two).way for _, _, two in pairs} == {"fwd", "rev"}
    for at, one, two in pairs:
        wrong = replace(scene.texts[at], label=_moved(two, one))
        texts = (*scene.texts[:at], wrong, *scene.texts[at + 1 :])
        part = LayerScene(replace(scene, texts=texts), trace.recurrent[0], "", 4)
        assert label_faults([part]) == [f"the label {two.text!r} is not true of what it stands at"]


@pytest.mark.parametrize("width", ["text", "column"])
def test_every_changed_frame_is_found(capsys, width):
    scene, trace = drawn("grid", width)
    layer = trace.recurrent[0]
    caught = changed = 0
    for index, frame in enumerate(scene.frames):
        names = [node.id for node in scene.nodes]
        fewer = [tuple(m for m in frame.members if m != member) for member in frame.members]
        more = [(*frame.members, name) for name in names]
        for members in fewer + more:
            frames = (*scene.frames[:index], replace(frame, members=members), *scene.frames[index + 1 :])
            part = LayerScene(replace(scene, frames=frames), layer, "", 4)
            changed += 1
            caught += bool(list(frame_faults(part)))
    tally(capsys, f"frames changed ({width})", caught, changed)


def test_every_wrong_shape_is_found(capsys):
    scene, trace = drawn()
    caught = changed = 0
    for name in ("nodes", "edges", "frames"):
        items = getattr(scene, name)
        for index, item in enumerate(items):
            if item.shape is None:
                continue
            wrong = replace(item, shape=(*item.shape[:-1], item.shape[-1] + 1))
            changed += 1
            mutant = replace(scene, **{name: (*items[:index], wrong, *items[index + 1 :])})
            caught += refuted(mutant, trace)
    for index, text in enumerate(scene.texts):
        for sizes in (one.fact("sizes") for one in text.label.claims if one.kind == "shape"):
            said = ", ".join(map(str, sizes))
            wrong = text.label.text.replace(said, ", ".join(map(str, sizes[::-1])))
            label = replace(text.label, text=wrong, runs=(replace(text.label.runs[0], text=wrong),))
            texts = (*scene.texts[:index], replace(text, label=label), *scene.texts[index + 1 :])
            changed += 1
            caught += refuted(replace(scene, texts=texts), trace)
    tally(capsys, "wrong shapes", caught, changed)


def test_every_arrow_of_a_rolled_layer_led_to_the_other_direction_is_found(capsys):
    scene, trace = drawn("rolled")
    boxes, caught, changed = {node.id: node for node in scene.nodes}, 0, 0
    turned = {".fwd": ".rev", ".rev": ".fwd"}
    for at, edge in enumerate(scene.edges):
        for end in ("source", "target"):
            name = getattr(edge, end)
            other = name[:-4] + turned.get(name[-4:], name[-4:])
            if other == name or other not in boxes:
                continue
            ends = {"source": edge.source, "target": edge.target, end: other}
            route = joined(edge, boxes[ends["source"]], boxes[ends["target"]]).route
            wrong = replace(edge, **ends, route=route, cuts=())
            changed += 1
            edges = (*scene.edges[:at], wrong, *scene.edges[at + 1 :])
            caught += refuted(replace(scene, edges=edges), trace)
    tally(capsys, "arrows of a rolled layer led to the other direction", caught, changed)


def test_a_state_led_through_the_dropout_below_its_cell_is_found():
    """It would come to the same cell; but dropout is of what the layer below hands up alone."""
    layer = {"lstm": {"hidden_size": 4, "num_layers": 2, "dropout": 0.2}}
    spec = lstmviz.load({"input": {"batch_size": 2, "timesteps": 3, "features": 1}, "layers": [layer]})
    scene, trace = lstmviz.draw(spec, "grid").scene, traced(spec)
    boxes = {node.id: node for node in scene.nodes}
    assert not refuted(scene, trace)
    for role in ("hidden", "cell"):
        (edge,) = (e for e in scene.edges if e.role == role
                   and (e.source, e.target) == ("cell.l1.fwd.t1", "cell.l1.fwd.t2"))  # fmt: skip
        led = joined(edge, boxes[edge.source], boxes["drop.l0.t2"])
        edges = (*(one for one in scene.edges if one is not edge), led)
        assert refuted(replace(scene, edges=edges), trace)
