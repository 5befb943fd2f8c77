"""The tensors of a recurrent module: names, shapes, order, arrows, and what is shared."""

import pytest

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.figures.tensors.table import rows_of
from lstmviz.network.cache import traced
from lstmviz.scene import ids
from lstmviz.spec import load

from .lint import faults

TENSORS = kind("tensors")
SEQUENCE = {"batch_size": 6, "timesteps": 5, "features": 3}
BOTH = {"hidden_size": 16, "num_layers": 2, "bidirectional": True}

MODELS = {
    "two directions": (SEQUENCE, {"lstm": BOTH}),
    "batch first": ({**SEQUENCE, "batch_first": True}, {"lstm": {**BOTH, "dropout": 0.2}}),
    "one layer": (SEQUENCE, {"lstm": 16}),
    "gru": (SEQUENCE, {"gru": {"hidden_size": 12, "num_layers": 3}}),
    "rnn": (SEQUENCE, {"rnn": {"hidden_size": 7, "nonlinearity": "relu", "bias": False}}),
    "unbatched": ({"timesteps": 5, "features": 3}, {"lstm": BOTH}),
    "projected": (SEQUENCE, {"lstm": {**BOTH, "proj_size": 4}}),
    "packed": ({**SEQUENCE, "lengths": [5, 3, 4, 2, 5, 1], "states": "given"}, {"lstm": BOTH}),
    "packed first": ({**SEQUENCE, "batch_first": True, "lengths": [5, 3, 4, 2, 3, 1]}, {"lstm": 16}),
    "one step": ({"batch_size": 1, "timesteps": 1, "features": 1}, {"lstm": 1}),
    "two steps": ({"batch_size": 3, "timesteps": 2, "features": 1}, {"gru": {**BOTH, "hidden_size": 2}}),
    "one layer, both ways": ({**SEQUENCE, "batch_size": 2}, {"gru": {**BOTH, "num_layers": 1}}),
    "long": (
        {"batch_size": 512, "timesteps": 96, "features": 7},
        {"lstm": {"hidden_size": 256, "num_layers": 8, "bidirectional": True}},
    ),
    "long packed": (
        {"batch_size": 12, "timesteps": 96, "features": 7, "lengths": list(range(85, 97))},
        {"lstm": {**BOTH, "num_layers": 4}},
    ),
}  # fmt: skip


def subject(name):
    data, layer = MODELS[name]
    spec = load({"title": "What goes in and what comes out", "input": data, "layers": [layer]})
    return Subject(traced(spec), spec.input, spec.title)


def draw(name, **options):
    return compose(TENSORS, subject(name), TENSORS.options(**options))


def said(scene):
    return [t.label.text for t in scene.texts]


@pytest.mark.parametrize("width", ["text", "column", "140mm", "240mm"])
@pytest.mark.parametrize("name", MODELS)
def test_nothing_touches_what_it_should_not(name, width):
    assert faults(draw(name, width=width, table=True)) == {}


@pytest.mark.parametrize("shapes", ["symbols", "numbers", "off"])
@pytest.mark.parametrize("name", ["two directions", "packed", "projected", "unbatched"])
def test_nothing_touches_whatever_shapes_say(name, shapes):
    for width in ("text", "column"):
        assert faults(draw(name, width=width, shapes=shapes, legend="off")) == {}


@pytest.mark.parametrize("name", MODELS)
def test_every_tensor_is_there_with_the_shape_that_was_measured(name):
    layer = subject(name).trace.recurrent[0]
    nodes = {n.id: n for n in draw(name).nodes}
    for tensor in layer.tensors:
        assert (nodes[tensor.name].tensor, nodes[tensor.name].shape) == (tensor.name, tensor.sizes)
    assert ("c_0" in nodes) is ("c_n" in nodes) is layer.has_cell_state


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", MODELS)
def test_arrows_lead_from_what_goes_in_to_what_comes_out(name, width):
    scene, layer = draw(name, width=width), subject(name).trace.recurrent[0]
    after = {}
    for edge in scene.edges:
        after.setdefault(edge.source, set()).add(edge.target)
    states = ["h", "c"] if layer.has_cell_state else ["h"]
    drawn = {n.id for n in scene.nodes if n.id.startswith("layer.")}
    for base in states:
        first, end = (ids.door(side, base) for side in ("begin", "end"))
        if layer.num_layers == 1:
            first, end = "layer.0", "layer.0"
        assert after[f"{base}_0"] == {first}
        assert f"{base}_n" in after[end]
    if layer.num_layers > 1:
        for base in states:  # each line in the colour of what it carries
            assert after[ids.door("begin", base)] == drawn
            assert all(ids.door("end", base) in after[d] for d in drawn)
        assert {e.role for e in scene.edges if ids.short(e.source) == "begin_c"} <= {"cell"}
    else:  # one layer takes and gives all states itself: no bars
        assert not {n.id for n in scene.nodes} & {"begin", "end"}
    assert after["input"] == ({"pack"} if layer.lengths else {"layer.0"})
    last = f"layer.{layer.num_layers - 1}"
    assert ("unpack" if layer.lengths else "output") in after[last]
    assert all(last in after[d] or "output" not in after[d] for d in drawn - {last})
    looks = {e.source: (e.role, e.double) for e in scene.edges if e.source in ("h_0", "c_0")}
    assert looks == {f"{b}_0": (("cell", True) if b == "c" else ("hidden", False)) for b in states}


def test_the_data_of_a_packed_batch_has_its_own_shape():
    edges = {e.id: e for e in draw("packed").edges}
    assert (edges["pack-flow"].tensor, edges["pack-flow"].shape) == ("data", (20, 3))
    assert edges["output-unpack"].shape == (20, 32)
    assert any("Σ lengths" in t and "(20, 3)" in t for t in said(draw("packed")))


def test_packing_is_called_as_in_torch():
    torch = pytest.importorskip("torch")
    nodes = {n.id: n for n in draw("packed").nodes}
    for pill in ("pack", "unpack"):
        assert callable(getattr(torch.nn.utils.rnn, nodes[pill].label.text))


@pytest.mark.parametrize("name", [n for n in MODELS if n not in ("packed", "packed first", "long packed")])
def test_what_output_and_h_n_share_holds_in_torch(name):
    torch = pytest.importorskip("torch")
    layer = subject(name).trace.recurrent[0]
    if layer.hidden_size > 100:
        pytest.skip("large")
    made = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[layer.type](
        layer.input_size, layer.hidden_size, layer.num_layers, bidirectional=layer.bidirectional,
        batch_first=layer.batch_first, **({"proj_size": layer.proj_size} if layer.proj_size else {}),
    )  # fmt: skip
    output, states = made(torch.randn(layer.tensor("input").sizes))
    names = {"output": output, "h_n": states[0] if layer.has_cell_state else states}
    _hold(torch, names, [t for t in said(draw(name, width="column")) if t.startswith("output[")], layer)


def test_what_output_and_h_n_share_holds_for_packed_batches():
    torch = pytest.importorskip("torch")
    rnn = torch.nn.utils.rnn
    for name in ("packed", "packed first"):
        layer = subject(name).trace.recurrent[0]
        made = torch.nn.LSTM(3, 16, layer.num_layers, bidirectional=layer.bidirectional,
                             batch_first=layer.batch_first)  # fmt: skip
        given = rnn.pack_padded_sequence(
            torch.randn(layer.tensor("input").sizes), torch.tensor(layer.lengths),
            batch_first=layer.batch_first, enforce_sorted=False,
        )  # fmt: skip
        output, (h_n, _) = made(given)
        output, _ = rnn.pad_packed_sequence(output, batch_first=layer.batch_first, total_length=5)
        for i in range(6):
            names = {"output": output, "h_n": h_n, "i": i, "lengths": layer.lengths}
            lines = [t for t in said(draw(name, width="column")) if t.startswith("output[")]
            _hold(torch, names, lines, layer)


def _hold(torch, names, lines, layer):
    assert len(lines) == layer.directions
    for line in lines:
        left, _, right = line.partition(" = ")
        assert torch.equal(eval(left, {}, dict(names)), eval(right, {}, dict(names)))


@pytest.mark.parametrize("name", ["two directions", "gru", "packed"])
def test_the_shared_parts_are_frames_of_both_tensors(name):
    layer = subject(name).trace.recurrent[0]
    frames = {f.id: f for f in draw(name).frames}
    lanes = ["fwd", "rev"][: layer.directions]
    assert {i for i in frames if i.startswith("output.")} == {
        f"output.h_n.l{layer.num_layers - 1}.{lane}" for lane in lanes
    }
    for lane in lanes:
        frame = frames[f"output.h_n.l{layer.num_layers - 1}.{lane}"]
        assert frame.members == ("output", "h_n")
        assert frame.shape == layer.tensor("h_n").sizes[1:]


@pytest.mark.parametrize("width", ["text", "column"])
def test_forward_is_shared_at_the_last_step_and_reverse_at_the_first(width):
    scene = draw("two directions", width=width)
    frames = {f.id: f.box for f in scene.frames}
    x0, y0, x1, y1 = next(n.box for n in scene.nodes if n.id == "output")
    forward, reverse = frames["output.h_n.l1.fwd"], frames["output.h_n.l1.rev"]
    assert forward[0] > (x0 + x1) / 2 > reverse[2]
    assert forward[3] == pytest.approx(y1)  # forward units in front, reverse units behind
    assert reverse[1] == pytest.approx(y0)


def test_the_places_in_the_states_run_by_layer_then_direction():
    rows = {}
    for text in draw("two directions").texts:
        if text.label.text in {"0", "1", "2", "3", "fwd", "rev"} and text.role == "hidden":
            run = text.label.runs[0]
            rows.setdefault(round(run.y, 1), []).append((run.x, text.label.text))
    lines = {"".join(t for _, t in sorted(found)) for found in rows.values()}
    assert {"01230123", "00110011", "fwdrevfwdrevfwdrevfwdrev"} <= lines


def test_batch_first_changes_the_order_and_not_the_picture():
    plain, first = draw("two directions"), draw("batch first")
    assert {n.id: n.box for n in plain.nodes} == {n.id: n.box for n in first.nodes}
    assert any("batch_first=True has put N first in input and output;" in t for t in said(first))
    assert any("batch_first=True would put N first in input and output;" in t for t in said(plain))
    for scene in (plain, first):
        assert any("in the states N always stays in the middle" in t for t in said(scene))
    assert not any("batch_first" in t for t in said(draw("unbatched")))


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", MODELS)
def test_every_block_has_its_name_and_its_shape_right_above_it(name, width):
    scene, layer = draw(name, width=width), subject(name).trace.recurrent[0]
    blocks = {n.id: n.box for n in scene.nodes if n.tensor}
    for tensor in layer.tensors:
        x0, y0, x1, _ = blocks[tensor.name]
        (own,) = [t for t in scene.texts if _begins_with(t.label, tensor.name)]
        run = own.label.runs[0]
        tab = 13 if tensor.name == "output" and layer.bidirectional else 0  # h_n[3], between block and name
        assert 0 < y0 - run.y - tab < 16 + 20  # the shape may take two lines of its own
        assert x0 - 55 < run.x < x1 + 5
        over = [t.label.text for t in scene.texts if y0 - 40 < t.label.runs[0].y < y0]
        numbers = ", ".join(map(str, tensor.sizes))
        assert any(f"({numbers})" in text for text in over)


def _begins_with(label, name):
    return label.runs[0].text == name and label.runs[0].size == pytest.approx(9)


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", ["two directions", "gru"])
def test_states_pass_between_the_layers_which_say_whose_they_are(name, width):
    scene, layer = draw(name, width=width), subject(name).trace.recurrent[0]
    module = next(f.box for f in scene.frames if f.id == "module")
    layers = [n.box for n in scene.nodes if n.id.startswith("layer.")]
    for base in "hc" if layer.has_cell_state else "h":  # between two layers, at neither: both are meant
        for route in (e.route for e in scene.edges if e.tensor in {f"{base}_0", f"{base}_n"}):
            x, y = next(p for p in route if any(abs(p[0] - side) < 7 for side in module[::2]))
            assert module[0] <= x <= module[2]
            assert not any(y0 <= y <= y1 for _, y0, _, y1 in layers)
    ways = layer.directions
    drawn = {n.id: n.box for n in scene.nodes if n.id.startswith("layer.")}
    names = {f"[{i}]": i for i in range(layer.num_layers * ways)}
    if width == "text" and ways == 1:  # here is room for whose places they are
        bases = [f"{base}_{end}" for base in ("hc" if layer.has_cell_state else "h") for end in "0n"]
        names = {f"{base}{place}": i for base in bases for place, i in names.items()}
    found = [t for t in scene.texts if t.label.text in names]
    assert sorted(t.label.text for t in found) == sorted(names)
    for text in found:
        _, y0, _, y1 = drawn[f"layer.{names[text.label.text] // ways}"]
        assert y0 < text.label.runs[0].y < y1


@pytest.mark.parametrize("width", ["text", "column"])
def test_h_alone_is_parted_for_all_layers_and_joined_in_one_colour(width):
    scene = draw("gru", width=width)
    boxes = {n.id: n.box for n in scene.nodes}
    ways = [e for e in scene.edges if {e.source, e.target} & {"begin", "end"}]
    assert {e.role for e in ways} == {"hidden"}
    assert len({e.line for e in ways}) == 1
    heads = {e.id: e.head for e in ways}  # only where h arrives
    assert {one for one, head in heads.items() if head == "none"} == {
        "h_0-begin", *(f"layer.{k}-end" for k in range(3))
    }  # fmt: skip
    levels = sorted({e.route[1][1] for e in ways if e.source == "begin"})
    for name in ("begin", "end"):
        _, y0, _, y1 = boxes[name]
        assert (y0, y1) == pytest.approx((levels[0], levels[-1]))
        upright = [p.points for p in scene.polygons if len({q[0] for q in p.points}) == 1 and p.line == 1.5]
        assert any({y for _, y in points} == {y0, y1} for points in upright)


def test_what_is_left_out_does_not_break_the_outline_of_what_both_tensors_hold():
    scene = draw("long", width="text")
    (held,) = [f.box for f in scene.frames if f.id.startswith("output.h_n") and f.id.endswith("fwd")]
    outlines = [p.points for p in scene.polygons if p.line == 1.25 and p.closed and p.fill is None]
    assert any((min(x for x, _ in p), min(y for _, y in p), max(x for x, _ in p), max(y for _, y in p))
               == pytest.approx(held) for p in outlines)  # fmt: skip


def test_the_key_follows_the_notes_where_it_has_room():
    lines = {t.label.text: t.label.runs[0].y for t in draw("gru", width="text").texts}
    zeros = next(y for text, y in lines.items() if text.startswith("h_0: zeros by default"))
    assert lines["the same numbers in output and in h_n"] == zeros
    packed = said(draw("packed first", width="text"))
    assert "padding, packed away" in packed


@pytest.mark.parametrize("width", ["text", "column"])
def test_arrows_go_through_the_middle(width):
    for name in ("one layer", "two directions"):
        scene = draw(name, width=width)
        boxes = {n.id: n.box for n in scene.nodes}
        rising = [e.route[0][0] for e in scene.edges if e.id.endswith("-flow")]
        middles = {round(sum(boxes[n][::2]) / 2, 3) for n in boxes if n.startswith("layer.")}
        assert {round(x, 3) for x in rising} == middles


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", MODELS)
def test_what_output_shares_with_h_n_says_at_which_step_and_shows_no_part_over_another_step(name, width):
    scene, layer = draw(name, width=width), subject(name).trace.recurrent[0]
    last = layer.directions * (layer.num_layers - 1)
    end = "own last step" if layer.lengths else "last step"
    texts = set(said(scene))
    assert any(f"{held} {end}" in texts or any(t.endswith(f"= {held}") for t in texts)
               for held in (f"h_n[{last}]", f"h_n[{last}, i]"))  # fmt: skip
    if layer.bidirectional:
        other = f"h_n[{last + 1}]"
        assert f"{other} first step" in texts or any(t.endswith(f"= {other}") for t in texts)
    assert sum("] = h_n[" in t for t in texts) == layer.directions  # each is said once
    x0, y0, x1, y1 = next(n.box for n in scene.nodes if n.id == "output")
    dotted = [
        line
        for line in scene.polygons
        if line.dash and all(x0 < x < x1 and y0 < y < y1 for x, y in line.points)
    ]
    assert not dotted


@pytest.mark.parametrize("width", ["text", "column"])
def test_notes_have_the_readers_letters_and_break_between_statements(width):
    texts = said(draw("two directions", symbols={"batch": "B"}, width=width))
    moved, kept = (
        "batch_first=True would put B first in input and output;",
        "in the states B always stays in the middle",
    )
    assert {moved, kept} <= set(texts) or f"{moved}{kept}" in [t.replace("; ", ";") for t in texts]


@pytest.mark.parametrize("width", ["text", "column"])
def test_places_that_are_too_narrow_for_their_numbers_are_named_together(width):
    texts = said(draw("long", width=width))
    assert ("14,15" in texts) is ("15" not in texts) is (width == "column")


def test_axes_are_named_at_the_blocks_with_the_letters_of_the_shapes():
    texts = said(draw("projected"))
    assert {"time T", "batch N", "features F", "proj. 2P", "proj. P", "units H"} <= set(texts)
    assert texts.count("batch N") == 6  # in one manner at all blocks: names, or letters with a key
    narrow = said(draw("projected", width="column"))
    assert not [text for text in narrow if text in {"batch N", "time T", "features F", "proj. 2P"}]
    assert narrow.count("N") == 6
    assert {"T", "F", "2P", "P", "H"} <= set(narrow)
    assert any("batch" in text and "time" in text for text in narrow)
    assert "h_n (2L, N, P) = (4, 6, 4)" in [t.replace("h_n(", "h_n (") for t in texts]
    assert "batch B" in said(draw("projected", symbols={"batch": "B"}))
    assert "batch 6" in said(draw("projected", shapes="numbers"))


def test_one_layer_of_one_direction_has_no_row_that_numbers_it():
    texts = said(draw("one layer"))
    assert not {"index", "layer", "0"} & set(texts)
    assert "layers L" in texts
    assert "layer L" in said(draw("gru"))


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", ["projected", "one layer", "gru"])
def test_time_runs_along_all_of_output(name, width):
    scene = draw(name, width=width)
    left, top, right, _ = next(n.box for n in scene.nodes if n.id == "output")
    over = [
        p for p in scene.polygons if p.head and left <= p.points[0][0] and top - 25 < p.points[0][1] < top
    ]
    (axis,) = [p for p in over if p.role == "axis"]
    assert axis.points[-1][0] == pytest.approx(right)


def test_the_table_says_what_each_argument_does_here():
    table = dict(rows_of(subject("projected").trace.recurrent[0]))
    assert list(table) == [
        "input_size=3", "hidden_size=16", "num_layers=2", "bias=True", "batch_first=False", "dropout=0",
        "bidirectional=True", "proj_size=4",
    ]  # fmt: skip
    assert "(4, 16)" in table["proj_size=4"].text
    assert dict(rows_of(subject("rnn").trace.recurrent[0]))["bias=False"].text == "there are no bias vectors"
    assert not any("nn.LSTM: its" in t for t in said(draw("projected")))
    assert "proj_size=4" in said(draw("projected", table=True))


def test_ids_begin_with_the_layer_s_name_where_there_are_several():
    spec = load({"input": SEQUENCE, "layers": [{"lstm": 16}, {"gru": 6}]})
    made = compose(TENSORS, Subject(traced(spec)), TENSORS.options(of="gru"))
    assert {"gru/input", "gru/h_n", "gru/layer.0"} <= {n.id for n in made.nodes}
    with pytest.raises(FigureError, match="no recurrent layer named 'lstm-2'"):
        compose(TENSORS, Subject(traced(spec)), TENSORS.options(of="lstm-2"))


def test_a_model_without_a_recurrent_layer_is_refused():
    spec = load({"input": {"batch_size": 6, "features": 3}, "layers": [{"linear": 1}]})
    with pytest.raises(FigureError, match="no recurrent layer"):
        compose(TENSORS, Subject(traced(spec)), TENSORS.options())


@pytest.mark.parametrize("width", ["text", "column"])
def test_steps_have_their_numbers_and_what_both_tensors_hold_is_explained(width):
    scene = draw("one layer", width=width)
    input_ = next(n.box for n in scene.nodes if n.id == "input")
    numbers = [t for t in scene.texts if t.label.text.isdigit() and t.label.runs[0].y > input_[3]]
    assert [t.label.text for t in numbers] == ["1", "2", "3", "4", "5"]
    assert any("the same numbers in output and in h_n" in t.label.text for t in scene.texts)
    through = [t.label.text for t in scene.texts if t.label.text == "t = 1"]
    assert len(through) == (width == "text")  # in a column the box has room for its name alone


def test_of_a_packed_batch_the_last_step_of_each_sample_is_drawn_where_there_is_room():
    def numbered(lengths, timesteps, width):
        given = {"batch_size": len(lengths), "timesteps": timesteps, "features": 3, "lengths": lengths}
        scene = lstmviz.draw({"input": given, "layers": [{"lstm": 5}]}, "tensors", width=width).scene
        claims = [one for text in scene.texts for one in text.label.claims if one.kind == "step"]
        return {one.fact("step") for one in claims}

    assert {8, 6, 2, 7, 4} <= numbered([8, 6, 2, 7, 4], 8, "text")
    assert {96, 40, 17} <= numbered([96, 40, 17], 96, "text")
    assert {30, 20} <= numbered([30, 20], 30, "column")
    assert len(numbered([*range(12, 0, -1)], 12, "column")) < 12  # no room for all


def test_one_layer_shows_each_direction_through_time_inside_its_box():
    scene = draw("one layer, both ways")
    box = next(n.box for n in scene.nodes if n.id == "layer.0")
    inside = [t.label for t in scene.texts if t.at == box]
    assert sorted(one.text for one in inside) == ["T", "T", "fwd", "layer 0", "rev", "t = 1", "t = 1"]
    for one in inside:
        assert all(box[1] + 4 < run.y - 4 and run.y < box[3] - 3 for run in one.runs)
    level = {one.text: one.runs[0].y for one in inside if one.text in {"fwd", "rev"}}
    heads = {line.dash: line.points for line in scene.polygons if line.z == 40 and not line.closed}
    assert {round(y) for _, y in heads[None]} == {round(level["fwd"] - 2.6)}
    assert {round(y) for _, y in heads[2.4, 1.4]} == {round(level["rev"] - 2.6)}
