"""Kind `batch`: what is drawn is what torch packs, and what is drawn otherwise is found."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstmviz
from lstmviz import checking, pipeline
from lstmviz.figure_requests import plan
from lstmviz.figures.batch import cells
from lstmviz.network.plan import plan_of
from lstmviz.proof.facts import packing
from lstmviz.proof.prove import prove
from lstmviz.proof.sentences import holds
from lstmviz.scene.near import box_of
from tests.figures.lint import faults, labels_of

LENGTHS = [3, 6, 1, 5]


def model(**given):
    given = {"batch_size": 4, "timesteps": 6, "features": 3, "lengths": LENGTHS} | given
    return {"input": given, "layers": [{"lstm": 4}]}


@cache
def scene_of(**options):
    return lstmviz.draw(model(), "batch", **options).scene


def numbers(scene, field):
    found = [node for node in scene.nodes if node.id.startswith(f"{field}.")]
    return [int(node.label.text) for node in sorted(found, key=lambda n: (n.box[1], n.box[0]))]


def test_it_is_what_pack_padded_sequence_gives():
    scene = scene_of()
    packed = pack_padded_sequence(torch.zeros(6, 4, 3), torch.tensor(LENGTHS), enforce_sorted=False)
    full = scene_of(detail="full")
    for field in ("batch_sizes", "sorted_indices", "unsorted_indices"):
        assert numbers(full, field) == getattr(packed, field).tolist()
        assert numbers(scene, field) == ([] if field == "unsorted_indices" else numbers(full, field))
    marked = (10 * torch.arange(4)[None] + torch.arange(6)[:, None])[..., None]
    rows = pack_padded_sequence(marked, torch.tensor(LENGTHS), enforce_sorted=False).data[:, 0].tolist()
    boxes = [node.box for node in scene.nodes if node.id.startswith("data.")]
    held = {text.at: text.label.text for text in scene.texts if text.at in boxes}
    assert [held[box] for box in boxes] == [str(row // 10) for row in rows]  # the sample in each row
    drawn = {(edge.source, edge.target) for edge in scene.edges}
    assert ("lengths.n0", "sorted_indices.k2") in drawn
    assert ("unsorted_indices.n0", "sorted_indices.k2") in {(e.source, e.target) for e in full.edges}
    boxes = {node.id: node.box for node in scene.nodes}
    rows = [boxes[f"data.{row}"] for row in (7, 8, 9)]  # those of step 3
    for name in ("step.t3", "batch_sizes.t3"):
        assert (boxes[name][0], boxes[name][2]) == pytest.approx((rows[0][0], rows[-1][2]))


def test_in_a_column_all_steps_are_in_one_strip_under_numbers_that_keep_apart():
    scene = scene_of(width="column")
    rows = [node.box for node in scene.nodes if node.id.startswith("data.")]
    assert len(rows) == sum(LENGTHS)
    assert len({box[1] for box in rows}) == 1
    assert faults(scene, words=7) == {}


@pytest.mark.parametrize("name", ["sorted_indices", "unsorted_indices"])
def test_what_an_index_is_stands_under_its_name_and_is_refuted_where_it_is_not(name, monkeypatch):
    scene = scene_of(detail="full")
    y = next(r.y for t in scene.texts for r in t.label.runs if t.label.text == name)
    said = {"sorted_indices": "which sample", "unsorted_indices": "place of each sample"}[name]
    below = next(r for t in scene.texts for r in t.label.runs if t.label.text == said)
    assert 0 < below.y - y < 12
    trace = pipeline.trace(lstmviz.load(model())).trace
    about = (("layer", trace.recurrent[0].name),)
    assert holds(trace, f"batch.{name}", about)
    fields, rows = packing.packed_again(trace.recurrent[0])
    wrong = replace(fields, **{name: getattr(fields, name)[::-1]}), rows
    monkeypatch.setattr(packing, "packed_again", lambda _: wrong)
    assert not holds(trace, f"batch.{name}", about)


@pytest.mark.parametrize("given", [
    {}, {"batch_first": True}, {"lengths": [1, 1, 1, 1], "timesteps": 1}, {"lengths": [2, 2, 2, 1]},
    {"batch_size": 1, "lengths": [3]}, {"batch_size": 30, "timesteps": 96, "lengths": [*range(3, 93, 3)]},
    {"lengths": [6, 6, 6, 6]}, {"batch_size": 6, "timesteps": 5, "lengths": [5] * 6},
])  # fmt: skip
@pytest.mark.parametrize("options", [{}, {"width": "column", "language": "zh"}, {"view": "buckets"},
                                     {"view": "buckets", "width": "column"}, {"detail": "low"},
                                     {"view": "buckets", "detail": "low", "width": "column"}])  # fmt: skip
def test_all_is_proven_and_clean(given, options):
    spec = lstmviz.load(model(**given))
    subject, asked = pipeline.trace(spec), plan(spec, "batch", options)
    proof = checking.proof(subject, asked, plan_of(spec))
    assert (proof.faults, proof.unproven) == ((), ())
    bare_buckets = options.get("detail") == "low" and "view" in options  # a batch and its parts: no arrow
    assert proof.proven == proof.arrows == 0 if bare_buckets else proof.proven == proof.arrows > 0
    assert faults(pipeline.compose(subject, asked).scene, words=7) == {}


class Packs(nn.Module):
    """Packs a batch that is in order already."""

    def __init__(self, **packing):
        super().__init__()
        self.rnn, self.packing = nn.GRU(3, 5, batch_first=True), packing

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, **self.packing)
        return pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0]


def test_an_own_module_packs_as_it_does():
    x = torch.randn(3, 6, 3)
    figure = lstmviz.draw(Packs(), "batch", inputs=(x, torch.tensor([5, 5, 2])))
    said = {label.text for label in labels_of(figure.scene)}
    assert "no sorted_indices: the batch came in order (enforce_sorted=True)" in said
    assert "sorted_indices" not in said
    assert figure.refuted == ()
    figure = lstmviz.draw(Packs(enforce_sorted=False), "batch", inputs=(x, torch.tensor([2, 5, 4])))
    assert numbers(figure.scene, "sorted_indices") == [1, 2, 0]


def test_what_packs_nothing_is_refused():
    with pytest.raises(lstmviz.FigureError, match="no batch of this model is packed: give input lengths"):
        lstmviz.draw({"input": {"timesteps": 3, "features": 2}, "layers": [{"lstm": 4}]}, "batch")


def proven(scene):
    spec = lstmviz.load(model())
    return prove(scene, pipeline.trace(spec).trace, plan_of(spec)).faults


def swapped(scene, one, other, **what):
    """The scene with the boxes (or labels) of two nodes in each other's place."""
    first, second = (next(node for node in scene.nodes if node.id == name) for name in (one, other))
    nodes = [
        replace(node, label=second.label) if node is first else replace(node, label=first.label)
        if node is second else node for node in scene.nodes
    ] if what.get("labels") else [
        replace(node, box=second.box) if node is first else replace(node, box=first.box)
        if node is second else node for node in scene.nodes
    ]  # fmt: skip
    return replace(scene, nodes=tuple(nodes))


def held(scene, one, other):
    """The scene with the samples of two rows of data in each other's cell."""
    first, second = (next(n.box for n in scene.nodes if n.id == f"data.{row}") for row in (one, other))
    there = {first: second, second: first}
    return replace(scene, texts=tuple(replace(t, at=there.get(t.at, t.at)) for t in scene.texts))


def without(scene, name):
    return replace(scene, nodes=tuple(node for node in scene.nodes if node.id != name))


@pytest.mark.parametrize(("change", "why"), [
    (lambda s: swapped(s, "sorted_indices.k0", "sorted_indices.k1", labels=True), "sorted_indices"),
    (lambda s: swapped(s, "batch_sizes.t1", "batch_sizes.t2", labels=True), "batch_sizes"),
    (lambda s: swapped(s, "batch_sizes.t1", "batch_sizes.t2"), "batch_sizes"),
    (lambda s: swapped(s, "step.t4", "step.t5"), "over its rows of data"),
    (lambda s: swapped(s, "lengths.n0", "lengths.n1", labels=True), "lengths"),
    (lambda s: swapped(s, "data.0", "data.4"), "data does not stand in its order"),
    (lambda s: swapped(s, "input.n1.t3", "input.n1.t4", labels=True), "is step"),
    (lambda s: swapped(s, "sorted.k0.t1", "sorted.k0.t2", labels=True), "is step"),
    (lambda s: held(s, 3, 4), "row 3 of data says holder[4]"),
    (lambda s: without(s, "data.3"), "data holds other steps"),
    (lambda s: without(s, "input.n0.t5"), "a step of a sample is missing"),
    (lambda s: replace(s, edges=s.edges[1:]), "no arrow to its place"),
    (lambda s: replace(s, edges=(replace(s.edges[0], target="sorted_indices.k3"), *s.edges[1:])), "is false"),
    (lambda s: replace(s, nodes=tuple(replace(n, tensor="input") if n.id == "input.n0.t5" else n
                                      for n in s.nodes)), "drawn as the other"),
])  # fmt: skip
def test_what_is_false_is_found(change, why):
    scene = scene_of()
    assert proven(scene) == ()
    assert any(why in fault for fault in proven(change(scene)))


@pytest.mark.parametrize("detail", ["normal", "low"])
def test_a_sample_in_a_wrong_bucket_is_found(detail):
    scene = scene_of(view="buckets", detail=detail, elide="never")
    assert proven(scene) == ()
    assert any("another length" in fault for fault in proven(without(scene, "bucket.k1.t6")))
    whole = [node.id for node in scene.nodes if node.id.startswith("bucket.k3.")]
    assert whole
    if detail == "low":
        lost = replace(scene, nodes=tuple(node for node in scene.nodes if node.id not in whole))
        assert any("other samples" in fault for fault in proven(lost))


@pytest.mark.parametrize("backend", ["graphviz", "matplotlib"])
def test_backends_paint_it(backend):
    assert lstmviz.draw(model(), "batch", backend=backend).png(dpi=40)


def stateful(parallel=4, chunk=5):
    given = {"features": 3, "stateful": {"parallel": parallel, "chunk": chunk}}
    return {"input": given, "layers": [{"gru": 4}], "figures": [{"kind": "batch", "width": "column"}]}


@pytest.mark.parametrize("sizes", [(4, 5), (1, 1), (30, 96)])
def test_streams_are_proven_and_clean(sizes):
    scene = lstmviz.draw(stateful(*sizes), "batch", width="column").scene
    assert faults(scene, words=7) == {}
    (proof,) = lstmviz.check(stateful(*sizes))
    assert (proof.faults, proof.unproven) == ((), ())


def test_each_chunk_hands_its_states_to_the_next_of_the_same_stream():
    scene = lstmviz.draw(stateful(2, 3), "batch", view="streams", width="text").scene
    assert {(e.source, e.target) for e in scene.edges} == {
        (f"input.n{n}.k{k}.t3", f"input.n{n}.k{k + 1}.t1") for n in (0, 1) for k in (1, 2)
    }
    assert sum(bool(form.dash) for form in scene.polygons) == 2


@pytest.mark.parametrize(("change", "why"), [
    (lambda s: swapped(s, "input.n0.k1.t1", "input.n0.k1.t2"), "in their order"),
    (lambda s: without(s, "input.n0.k1.t2"), "a cell of a stream is missing"),
    (lambda s: replace(s, edges=s.edges[1:]), "are missing"),
    (lambda s: replace(s, edges=(replace(s.edges[0], target="input.n1.k2.t1"), *s.edges[1:])), "is false"),
    (lambda s: replace(s, polygons=tuple(p for p in s.polygons if not p.dash)), "walls"),
    (lambda s: swapped(s, "series.n0", "series.n1"), "series do not stand"),
    (lambda s: swapped(s, "series.n0", "series.n1", labels=True), "is called otherwise"),
])  # fmt: skip
def test_false_streams_are_found(change, why):
    spec = lstmviz.load(stateful(2, 3))
    scene = lstmviz.draw(stateful(2, 3), "batch", width="text").scene
    found = prove(change(scene), pipeline.trace(spec).trace, plan_of(spec)).faults
    assert any(why in fault for fault in found)


@pytest.mark.parametrize(("source", "view"), [(stateful(), "packed"), (model(), "streams")])
def test_a_view_of_another_input_is_refused(source, view):
    with pytest.raises(lstmviz.FigureError, match="of a stateful input"):
        lstmviz.draw(source, "batch", view=view)


@pytest.mark.parametrize("width", ["column", "text", "slide"])
def test_streams_are_drawn_bare_too(width):
    spec = "input: {vocabulary: 9, stateful: {parallel: 12, chunk: 9}}\nlayers: [embedding: 4, gru: 5]\n"
    scene = lstmviz.draw(spec, "batch", detail="low", width=width).scene
    cells = [n for n in scene.nodes if n.tensor == "input"]
    assert all(n.box[2] - n.box[0] >= 10 for n in cells)
    words = [t.label.text for t in scene.texts]
    assert {"stream 0", "stream 11", "chunk 2", "states go on"} <= {*words}
    assert faults(scene, words=7) == {}
    (proof,) = lstmviz.check(spec + f"figures: [{{kind: batch, detail: low, width: {width}}}]\n")
    assert (proof.arrows, proof.unproven) == (proof.proven, ())


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_no_word_stands_on_the_line_where_a_chunk_begins(kind):
    spec = "input: {vocabulary: 9, stateful: {parallel: 4, chunk: 5}}\nlayers: [embedding: 4, lstm: 5]\n"
    scene = lstmviz.draw(spec, kind, detail="low").scene
    (line,) = [form for form in scene.polygons if form.dash]
    (x, low), (_, high) = line.points
    over = [t.label.text for t in scene.texts for b in [box_of(t.label)] if b[0] < x < b[2]]
    clear = [
        b for t in scene.texts for b in [box_of(t.label)] if b[0] < x < b[2] and b[1] < high and b[3] > low
    ]
    assert clear == [], over


@pytest.mark.parametrize(("width", "walls"), [("text", 2), ("column", 1), ("slide", 2)])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_grid_has_the_chunks_beside_it_where_there_is_room(width, walls, cell):
    given = "input: {features: 3, stateful: {parallel: 4, chunk: 5}}\n"
    spec = f"{given}layers: [{cell}: {{hidden_size: 6, num_layers: 2}}]\n"
    scene = lstmviz.draw(spec, "grid", width=width, detail="normal").scene
    dashed = sorted(form.points[0][0] for form in scene.polygons if form.dash)
    assert len(dashed) == walls
    words = {t.label.text: box_of(t.label) for t in scene.texts}
    assert ({"chunk", "before", "next"} <= words.keys()) is (walls == 2)
    chips = {n.id: n.box for n in scene.nodes if n.id[:3] in {"h_0", "c_0", "h_n", "c_n"}}
    begun = [box for name, box in chips.items() if "_0" in name]
    if walls == 2:
        assert words["before"][2] < dashed[0] < min(box[0] for box in begun)
        assert max(box[2] for box in chips.values()) < dashed[1] < words["next"][0]
    assert faults(scene, words=7) == {}
    (proof,) = lstmviz.check(spec + f"figures: [{{kind: grid, width: {width}, detail: normal}}]\n")
    assert (proof.arrows, proof.unproven) == (proof.proven, ())


@pytest.mark.parametrize("count", [2, 4, 7])
def test_fills_of_samples_tell_them_apart_in_grey_and_none_of_few_is_grey(count):
    found = [cells.tints(range(count), one) for one in range(count)]
    shades = [one["fill"].by for one in found]
    assert all(0.1 - 1e-9 <= one <= 0.42 + 1e-9 for one in shades)
    least = 0.32 / (count - 1) * (1 if count < 4 else 2)
    assert all(abs(one - other) >= least - 1e-9 for one, other in pairwise(shades))
    assert len({(one["fill"].name, one["fill"].to, one["fill"].by) for one in found}) == count
    assert all(one["stroke"].name != "op.stroke" for one in found[:6])


def ends_of(scene, count):
    """Where the row of each place ends: at its last cell, or at the last dot behind it."""
    found = []
    for place in range(count):
        row = [node.box for node in scene.nodes if node.id.startswith(f"sorted.k{place}.")]
        top, right = row[0][1], max(box[2] for box in row)
        dots = [
            max(x for x, _ in one.points)
            for one in scene.polygons
            if one.ellipse and row[0][0] < one.points[0][0] and top < one.points[0][1] < row[0][3]
        ]
        found.append(max([right, *dots]))
    return found


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("lengths", [[4, 7, 2, 6, 3], [3, 12, 7, 3], [8, 40, 22, 6, 31, 12]])
def test_a_longer_sample_never_ends_before_a_shorter_one(lengths, width):
    given = model(batch_size=len(lengths), timesteps=max(lengths), lengths=lengths)
    scene = lstmviz.draw(given, "batch", width=width).scene
    ends = ends_of(scene, len(lengths))
    assert ends == sorted(ends, reverse=True)
    inner = sorted(lengths, reverse=True)
    if width == "text" or max(lengths) < 9:
        assert all((a > b) == (m > n) for (a, b), (m, n) in zip(pairwise(ends), pairwise(inner), strict=True))


def test_seven_steps_are_whole_in_a_column_and_no_name_meets_a_number():
    given = model(batch_size=5, timesteps=7, lengths=[4, 7, 2, 6, 3])
    scene = lstmviz.draw(given, "batch", width="column").scene
    assert numbers(scene, "batch_sizes") == [5, 5, 4, 3, 2, 2, 1]
    assert faults(scene) == {}


def test_neighbours_in_data_differ_by_two_shades():
    given = model(batch_size=5, timesteps=7, lengths=[4, 7, 2, 6, 3])
    scene = lstmviz.draw(given, "batch", width="column", theme="print").scene
    shades = [node.fill.by for node in scene.nodes if node.id in {f"data.{row}" for row in range(5)}]
    assert all(abs(a - b) > 0.15 for a, b in pairwise(shades))
