"""The proof of networks drawn unit by unit: every wrong arrow, port and frame is caught, and counted."""

import itertools
import os
import re
import sys
from dataclasses import replace

import pytest

import lstmviz
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.network.cache import traced
from lstmviz.proof.units.judge import unit_faults
from lstmviz.proof.units.labels import name_faults
from lstmviz.proof.units.modules import modules_of
from lstmviz.spec import load

NEURONS = kind("neurons")
MANY = 400 if os.environ.get("LSTMVIZ_ALL") == "1" else 90
"""So many pairs of items are tried, evenly spread."""


class Figure:
    """A scene with the modules that it is held against."""

    def __init__(self, layers, *, width="text", of=None, **given):
        given = {"batch_size": 6, "features": 3, **given}
        if "vocabulary" in given:
            del given["features"]
        spec = load({"input": given, "layers": layers})
        trace = traced(spec)
        self.layer = next((r for r in trace.recurrent if of in (None, r.name)), None)
        self.modules = modules_of(trace, self.layer)
        options = NEURONS.options(width=width, **({"of": of} if of else {}))
        self.scene = compose(NEURONS, Subject(trace, spec.input, spec.title), options)

    def faults(self, **changed):
        return unit_faults(replace(self.scene, **changed), self.modules, self.layer)[0]


def lstm(**options):
    return [{"lstm": {"hidden_size": 4, "num_layers": 2} | options}, {"linear": 2}]


TRUE = {
    **{
        f"{k} {n} {t}": ([{k: {"hidden_size": 3, "num_layers": n}}, {"linear": 2}], {"timesteps": t})
        for k, n, t in itertools.product(("lstm", "gru", "rnn"), (1, 3), (1, 3, 9))
    },
    "relu": ([{"rnn": {"hidden_size": 4, "nonlinearity": "relu"}}], {"timesteps": 4}),
    "narrow": (lstm(), {"timesteps": 96, "width": "column"}),
    "wide": (lstm(hidden_size=200, num_layers=5), {"timesteps": 200, "features": 90}),
    "huge": ([{"lstm": 4096}, {"linear": 1000}], {"timesteps": 7, "features": 300}),
    "last": ([{"gru": 16}, "last_step", {"linear": 5}, "relu", {"linear": 1}], {"timesteps": 12}),
    "last narrow": ([{"lstm": 16}, "last_step", {"linear": 5}], {"timesteps": 12, "width": "column"}),
    "packed": (lstm(), {"timesteps": 5, "lengths": [3, 5, 2, 1, 4, 4], "batch_first": True}),
    "shorter": (lstm(), {"timesteps": 5, "lengths": [3, 4, 2, 1, 4, 4], "batch_first": True}),
    "tokens": ([{"embedding": 6}, {"lstm": 9}, {"linear": 3}], {"timesteps": 4, "vocabulary": 50}),
    "second": ([{"lstm": 5}, {"gru": 3, "name": "second"}, {"linear": 2}], {"timesteps": 3, "of": "second"}),
    "norm": ([{"lstm": 8}, "layer_norm", {"linear": 2}], {"timesteps": 4}),
    "views": (
        [{"lstm": 4}, {"view": [-1, 4]}, {"linear": 1}, {"view": ["T", "N", -1]}],
        {"timesteps": 5, "batch_size": 6},
    ),
    "mlp": ([{"linear": 5}, "relu", {"linear": 3}, "tanh", {"linear": 1}], {}),
    "mlp deep": ([{"linear": n} for n in (30, 20, 10, 8, 12, 24, 9)], {"features": 2000}),
}  # fmt: skip


@pytest.mark.parametrize("case", TRUE)
def test_what_is_drawn_is_what_the_module_does(case):
    layers, given = TRUE[case]
    figure = Figure(layers, **given)
    faults, proven = unit_faults(figure.scene, figure.modules, figure.layer)
    assert faults == []
    assert proven == len(figure.scene.edges) > 0


@pytest.fixture(scope="module", params=["lstm", "gru", "narrow", "mlp"])
def small(request):
    return {
        "lstm": lambda: Figure([{"lstm": {"hidden_size": 2, "num_layers": 2}}, {"linear": 2}], timesteps=3),
        "gru": lambda: Figure([{"gru": {"hidden_size": 3}}, "last_step", {"linear": 2}], timesteps=5),
        "narrow": lambda: Figure([{"lstm": 3}], timesteps=9, width="column", features=2),
        "mlp": lambda: Figure([{"linear": 4}, "relu", {"linear": 2}]),
    }[request.param]()


def counted(capsys, what, caught):
    with capsys.disabled():
        sys.stdout.write(f" {what}: caught {sum(caught)} of {len(caught)}.")
    assert all(caught)


def test_every_arrow_removed_is_noticed(small, capsys):
    edges = small.scene.edges
    caught = [bool(small.faults(edges=edges[:i] + edges[i + 1 :])) for i in range(len(edges))]
    counted(capsys, "removed arrows", caught)


def test_every_arrow_added_is_noticed(small, capsys):
    """Between any two nodes, in the looks of each role; those already there are drawn twice."""
    edges, nodes = small.scene.edges, [n.id for n in small.scene.nodes]
    pairs = [*itertools.product(nodes, nodes)][:: max(1, len(nodes) ** 2 // MANY)]
    looks = {role: next(e for e in edges if e.role == role) for role in {e.role for e in edges}}
    added = [replace(look, id="added", source=a, target=b) for look in looks.values() for a, b in pairs]
    added += [replace(e, id="added") for e in edges]
    caught = [bool(small.faults(edges=(*edges, edge))) for edge in added]
    counted(capsys, "added arrows", caught)


def test_every_arrow_led_elsewhere_is_noticed(small, capsys):
    """Each arrow ends at another node, starts at another, points back, or changes its look."""
    edges, caught = small.scene.edges, []
    for i, e in enumerate(edges):
        other = edges[(i + 1) % len(edges)]
        wrong = [replace(e, source=e.target, target=e.source), replace(e, double=not e.double)]
        wrong += [replace(e, target=other.target)] if other.target != e.target else []
        wrong += [replace(e, source=other.source)] if other.source != e.source else []
        wrong += [replace(e, role="gate")]
        caught += [bool(small.faults(edges=(*edges[:i], w, *edges[i + 1 :]))) for w in wrong]
    counted(capsys, "changed arrows", caught)


def test_every_node_or_frame_removed_and_every_membership_changed_is_noticed(small, capsys):
    frames, nodes, caught = small.scene.frames, small.scene.nodes, []
    joined = {end for e in small.scene.edges for end in (e.source, e.target)}
    for i, frame in enumerate(frames):
        wrong = [
            replace(frame, members=frame.members[1:]),
            replace(frame, members=(*frame.members, next(n.id for n in nodes if n.id not in frame.members))),
        ]
        caught += [bool(small.faults(frames=(*frames[:i], w, *frames[i + 1 :]))) for w in wrong]
        caught.append(bool(small.faults(frames=frames[:i] + frames[i + 1 :])))
    for i, node in enumerate(nodes):
        if node.id in joined:
            caught.append(bool(small.faults(nodes=nodes[:i] + nodes[i + 1 :])))
    counted(capsys, "nodes and frames", caught)


NAME = re.compile(r"[hc]_[0n]\[\d\]|(= )?[hc]_\d(\^\(\d\))?|W_(ih|hh)(\^\(\d\))?|[xy]_\d|t = \d")


def one_state(a, b):
    """Whether two names are of the same state: ``h_n[0]``, and ``= h_3`` below it."""
    place = re.compile(r"([hc])_n\[(\d)\]")
    step = re.compile(r"= ([hc])_\d(?:\^\((\d)\))?")
    for one, two in ((a, b), (b, a)):
        held, is_ = place.fullmatch(one), step.fullmatch(two)
        if held and is_ and held.groups() == (is_[1], is_[2] or "0"):
            return True
    return False


def exchanged(items):
    """Two items with each other's labels, of all pairs some that are spread evenly."""
    pairs = [*itertools.combinations(range(len(items)), 2)]
    for a, b in pairs[:: max(1, len(pairs) // MANY)]:
        one, two = items[a].label, items[b].label
        if one and two and one.text != two.text and not one_state(one.text, two.text):
            wrong = list(items)
            wrong[a] = replace(items[a], label=replace(one, text=two.text))
            wrong[b] = replace(items[b], label=replace(two, text=one.text))
            yield tuple(wrong)


def test_every_name_given_to_something_else_is_noticed(small, capsys):
    """Names of units exchanged, and names of states, weights and steps."""
    scene = small.scene
    named = [n for n in scene.nodes if n.label]
    bare = [n for n in scene.nodes if not n.label]
    caught = [bool(name_faults(replace(scene, nodes=(*w, *bare)), small.layer)) for w in exchanged(named)]
    texts = [t for t in scene.texts if small.layer and NAME.fullmatch(t.label.text)]
    caught += [bool(name_faults(replace(scene, texts=w), small.layer)) for w in exchanged(texts)]
    counted(capsys, "names exchanged", caught)
    assert small.faults(nodes=next(exchanged(named)) + tuple(bare))


def test_a_row_that_is_not_drawn_at_all_is_noticed():
    figure = Figure(lstm(), timesteps=3)
    nodes = tuple(n for n in figure.scene.nodes if not n.id.startswith("linear"))
    edges = tuple(e for e in figure.scene.edges if not e.target.startswith("linear"))
    assert "no unit of linear is drawn" in figure.faults(nodes=nodes, edges=edges)


def test_a_module_that_does_something_else_is_noticed():
    """The proof asks the module: a weight of zero, and the line drawn for it is false."""
    figure = Figure([{"lstm": 3}, {"linear": 2}], timesteps=2)
    with_zero = modules_of(traced(load(spec_of(3))), figure.layer)
    with_zero.recurrent.weight_hh_l0.data[[0, 3, 6, 9], 2] = 0.0  # no gate of unit 1 reads h of unit 3
    faults, _ = unit_faults(figure.scene, with_zero, figure.layer)
    assert faults
    assert all("u3 → h.l0.t" in fault and fault.endswith("does not depend on it") for fault in faults)
    with_zero = modules_of(traced(load(spec_of(3))), figure.layer)
    with_zero.rows[0][1].weight.data[1, 0] = 0.0
    faults, _ = unit_faults(figure.scene, with_zero, figure.layer)
    assert {fault.split(" is drawn")[0] for fault in faults} == {
        f"the arrow h.l0.t{t}.u1 → linear.t{t}.u2" for t in (1, 2)
    }


def spec_of(hidden):
    given = {"batch_size": 6, "timesteps": 3, "features": 3}
    return {"input": given, "layers": [{"lstm": hidden}, {"linear": 2}]}


@pytest.mark.parametrize("size", [9_999, 100_000])
def test_a_layer_too_wide_to_run_is_proven_on_a_narrower_one(size):
    """More units may stand at the beginning of a row than the half of the narrower one."""
    figure = Figure([{"linear": size}], features=size, batch_size=None)
    assert figure.faults() == []


@pytest.mark.parametrize("type", ["rnn", "lstm"])
def test_one_unit_hands_its_state_to_h_n(type):
    """A bundle of one arrow, which no arrow into a unit stands for."""
    spec = {"input": {"batch_size": 2, "timesteps": 3, "features": 2}, "layers": [{type: 1}]}
    spec["figures"] = [{"kind": "neurons", "detail": "low"}]
    (proof,) = lstmviz.check(spec)
    assert (proof.unproven, proof.proven) == ((), proof.arrows)
