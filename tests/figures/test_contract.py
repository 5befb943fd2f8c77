"""What `-f json` promises of grid and unrolled: ids, edges, roles and whole shapes, on random models."""

from __future__ import annotations

import os
import re

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.scene.json import to_dict
from tests.models import recurrent, specs

EXAMPLES = int(os.environ.get("LSTMVIZ_EXAMPLES", "200")) // 10
CLASSES = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
OWN = re.compile(
    r"(x\.t\d+|output\.t\d+|cell\.l\d+\.(fwd|rev)\.t\d+|[hc]_[0n]\.l\d+\.(fwd|rev)"  # what product.md names
    r"|concat\.l\d+\.t\d+|drop\.l\d+\.t\d+|h\.l\d+\.t\d+)"  # what stands between
)
LINES = {"h": "hidden", "c": "cell"}


class Layer:
    """One recurrent layer's part of a scene as JSON, ids without the layer's name."""

    def __init__(self, scene, layer, prefix):
        self.layer, self.prefix = layer, prefix
        cut = len(prefix)
        self.nodes = {n["id"][cut:]: n for n in scene["nodes"] if self.owns(n["id"])}
        self.edges = {
            (e["source"][cut:], e["target"][cut:], e["role"])
            for e in scene["edges"]
            if self.owns(e["source"]) and self.owns(e["target"])
        }
        self.frames = {f["id"][cut:]: f for f in scene["frames"] if f["id"].startswith(prefix)}

    def owns(self, name):
        return name.startswith(self.prefix) and bool(OWN.fullmatch(name[len(self.prefix) :]))

    @property
    def lanes(self):
        return ("fwd", "rev")[: self.layer.directions]

    @property
    def states(self):
        return "hc" if self.layer.has_cell_state else "h"

    def cells(self, depth, lane):
        """The steps whose cells are drawn, in the order of the direction."""
        found = [re.fullmatch(rf"cell\.l{depth}\.{lane}\.t(\d+)", name) for name in self.nodes]
        steps = sorted(int(m[1]) for m in found if m)
        return steps if lane == "fwd" else steps[::-1]

    @property
    def depths(self):
        return sorted({int(m[1]) for name in self.nodes if (m := re.match(r"cell\.l(\d+)\.", name))})


def sizes(layer):
    """The tensors of a layer as plain torch gives them."""
    options = {"num_layers": layer.num_layers, "bidirectional": layer.bidirectional}
    options |= {"proj_size": layer.proj_size} if layer.proj_size else {}
    module = CLASSES[layer.type](
        layer.input_size, layer.hidden_size, batch_first=layer.batch_first, **options
    )
    batch = () if layer.batch_size is None else (layer.batch_size,)
    time = (layer.timesteps,)
    lead = batch + time if layer.batch_first and batch else time + batch
    x = torch.zeros(*lead, layer.input_size)
    output, ended = module(x)
    names = {"input": x, "output": output}
    for base, tensor in zip("hc", ended if layer.type == "lstm" else (ended,), strict=False):
        names |= {f"{base}_0": tensor, f"{base}_n": tensor}
    return {name: list(tensor.shape) for name, tensor in names.items()}


def carried(part, source):
    """Follow a concatenation or a dropout back to the cells whose h it carries."""
    if source.startswith("cell."):
        return {source}
    return {c for a, b, _ in part.edges if b == source for c in carried(part, a)}


def check_states(part, depth):
    """Along time: initial state, every cell in the direction's order, last state; one arrow each."""
    for lane in part.lanes:
        way = [f"cell.l{depth}.{lane}.t{t}" for t in part.cells(depth, lane)]
        assert way
        for base in part.states:
            first, last = f"{base}_0.l{depth}.{lane}", f"{base}_n.l{depth}.{lane}"
            assert {first, last} <= set(part.nodes)
            stops = [first, *way, last]
            assert set(zip(stops, stops[1:], [LINES[base]] * len(stops), strict=False)) <= part.edges
            assert {a for a, b, _ in part.edges if b == last} == {way[-1]}


def check_input(part):
    for lane in part.lanes:
        for step in part.cells(0, lane):
            assert (f"x.t{step}", f"cell.l0.{lane}.t{step}", "input") in part.edges


def check_output(part):
    """One node per step, with an arrow from each direction's cell and no other."""
    top = part.layer.num_layers - 1
    for step in part.cells(top, "fwd"):
        into = {(a, role) for a, b, role in part.edges if b == f"output.t{step}"}
        assert into == {(f"cell.l{top}.{lane}.t{step}", "hidden") for lane in part.lanes}


def check_looks(part, tensors):
    for name, node in part.nodes.items():
        kind = name.partition(".")[0]
        role = {"cell": "param", "output": "output", "x": "input"}.get(kind) or LINES.get(kind[0])
        if kind in {"concat", "drop", "h"}:
            continue
        assert node["role"] == role, name
        tensor = {"x": "input"}.get(kind, kind)
        hatched = tensor in {"input", "output"} and node["tensor"] is None  # padding
        if kind != "cell" and not hatched:
            assert (node["tensor"], node["shape"]) == (tensor, tensors[tensor]), name
    for name, frame in part.frames.items():
        if name in tensors:
            assert (frame["tensor"], frame["shape"]) == (name, tensors[name])
            kept = {"input": r"x\.t\d+"}.get(name, rf"{name}\..*")
            members = {m.removeprefix(part.prefix) for m in frame["members"]}
            assert members == {n for n in part.nodes if re.fullmatch(kept, n)}


def check_between(part):
    """All of the lower layer's h, of every direction, reach every direction above."""
    for low, high in zip(part.depths, part.depths[1:], strict=False):
        for lane in part.lanes:
            for step in part.cells(high, lane):
                into = [a for a, b, _ in part.edges if b == f"cell.l{high}.{lane}.t{step}"]
                below = {c for a in into if not a.startswith(f"cell.l{high}") for c in carried(part, a)}
                assert below == {f"cell.l{low}.{way}.t{step}" for way in part.lanes}


def checked(scene, trace, kind):
    several = len(trace.recurrent) > 1
    parts = [Layer(scene, one, f"{one.name}/" if several else "") for one in trace.recurrent]
    drawn = [part for part in parts if part.depths]
    assert drawn
    assert not several or all("/" in n["id"] or not OWN.fullmatch(n["id"]) for n in scene["nodes"])
    for part in drawn:
        if kind == "grid":
            last, drawn_ = part.layer.num_layers - 1, ", ".join(map(str, part.depths))
            left_out = f"L = {last + 1}; drawn: layers {drawn_}" in scene["notes"]
            assert part.depths == list(range(last + 1)) or left_out
            assert {part.depths[0], part.depths[-1]} == {0, last}
        for depth in part.depths:
            check_states(part, depth)
        check_looks(part, sizes(part.layer))
        if 0 in part.depths:
            check_input(part)
        if part.layer.num_layers - 1 in part.depths:
            check_output(part)
        if kind == "grid":
            check_between(part)
    check_ends(scene, drawn)


def check_ends(scene, drawn):
    """Edges end at nodes, and no edge joins a state of `output` to one of h_n or c_n."""
    nodes = {n["id"] for n in scene["nodes"]}
    assert len(nodes) == len(scene["nodes"])
    for edge in scene["edges"]:
        assert {edge["source"], edge["target"]} <= nodes
        assert edge["role"] in {"input", "hidden", "cell", "output"}
    for part in drawn:
        ends = {n for n in part.nodes if n[:3] in {"h_n", "c_n"}}
        outputs = {n for n in part.nodes if n.startswith("output.")}
        assert not [e for e in part.edges if e[0] in outputs | ends and e[1] in outputs | ends]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(specs(), st.sampled_from(["grid", "unrolled"]), st.data())
def test_json_keeps_its_promises(model, kind, data):
    width = data.draw(st.sampled_from(["text", "column", "auto"]))
    trace = pipeline.trace(lstmviz.load(model)).trace
    options = (
        {"layer": data.draw(st.integers(0, trace.recurrent[0].num_layers - 1))} if kind == "unrolled" else {}
    )
    try:
        scene = to_dict(lstmviz.draw(model, kind, width=width, **options).scene)
    except lstmviz.FigureError as error:
        assert "too narrow" in str(error)
        return
    assert {"kind", "title", "description", "width", "height"} <= set(scene)
    assert scene["kind"] == kind
    checked(scene, trace, kind)


@settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recurrent(), st.integers(1, 5), st.sampled_from(["grid", "unrolled"]))
def test_json_of_an_encoder_and_its_decoder(encoder, steps, kind):
    """Any encoder that a decoder can start from, of one direction or of two."""
    ((cell, options),) = encoder.items()
    options.pop("proj_size", None)
    both = options["num_layers"] * (1 + options["bidirectional"])
    decoder = {"cell": cell, "hidden_size": options["hidden_size"], "num_layers": both, "steps": steps}
    model = {
        "input": {"batch_size": 3, "timesteps": 4, "features": 2},
        "layers": [{**encoder, "name": "enc"}, {"decoder": {**decoder, "features": 5}, "name": "dec"}],
    }
    trace = pipeline.trace(lstmviz.load(model)).trace
    scene = to_dict(lstmviz.draw(model, kind).scene)
    checked(scene, trace, kind)
    given_over = {(e["source"], e["target"]) for e in scene["edges"] if "_n." in e["source"]}
    depths = range(options["num_layers"]) if kind == "grid" else (0,)
    lanes = ("fwd", "rev")[: 1 + options["bidirectional"]]
    want = {
        (f"enc/{base}_n.l{d}.{lane}", f"dec/{base}_0.l{d * (1 + options['bidirectional']) + k}.fwd")
        for base in ("hc" if cell == "lstm" else "h")
        for d in depths
        for k, lane in enumerate(lanes)
    }
    assert given_over == want


@pytest.mark.parametrize("what", ["edge", "shape", "role", "node"])
def test_a_broken_promise_is_noticed(what):
    """The checks above can fail."""
    model = {"input": {"timesteps": 3, "batch_size": 2, "features": 3}, "layers": [{"lstm": 4}]}
    trace, scene = pipeline.trace(lstmviz.load(model)).trace, to_dict(lstmviz.draw(model, "grid").scene)
    if what == "edge":
        scene["edges"] = [e for e in scene["edges"] if e["target"] != "c_n.l0.fwd"]
    node = next(n for n in scene["nodes"] if n["id"] == "h_n.l0.fwd")
    if what == "shape":
        node["shape"] = node["shape"][1:]
    if what == "role":
        node["role"] = "output"
    if what == "node":
        node["id"] = "h_n.l1.fwd"
    with pytest.raises(AssertionError):
        checked(scene, trace, "grid")
