"""Kind `cube`: what it says is true, and it is drawn without faults."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.figures.cube.cut import Cut
from lstmviz.figures.cube.figure import CUBE
from lstmviz.figures.cube.matrix import OVER
from lstmviz.figures.cube.options import CubeOptions, Windows
from lstmviz.figures.cube.solid import MARKED, STEP
from lstmviz.layout.elide import banded, shown
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.proof.facts.layers import FACTS
from lstmviz.spec.model import Axes, Axis, Input

from .lint import faults, runs

CITIES = ("Beijing", "Chengdu", "Lhasa", "Ürümqi", "Harbin", "Sanya")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FACTORS = ("rainfall", "wind speed", "PM2.5")
HOSTILE = ("<&\"'>", "\\N{x}\n\tline", "👩‍🔬 emoji", "مدينة", "北京市朝阳区", "w" * 200, " ", "$x_1$")
SENTENCES = (("the", "quick", "brown", "fox"), ("hello", "world"), ("time", "flies", "like", "an", "arrow"))
WIDTHS = ("text", "column", "auto")
VIEWS = ("solid", "slices", "matrix")


def trace(sizes, symbols, batch_first, embedding=None):
    given = Tensor("input", sizes, symbols)
    out = Tensor("output", (*sizes, embedding or 0), (*symbols, "E"))
    stages = (Stage("embedding", "embedding", (), (given,), (out,), ()),) if embedding else ()
    batch = max(sizes) if len(sizes) == 3 or embedding else None
    layer = Recurrent("lstm", "lstm", embedding or sizes[-1], 16, 1, True, batch_first, 0.0, False, 0, "tanh",
                      5, batch, None, False, (), ())  # fmt: skip
    return Trace(stages, (layer,), given, ())


def table(n=4, t=5, f=3, *, batch_first=True, lengths=None, names=("cities", "days", "factors"), labels=None):
    rows, steps, columns = labels or (CITIES[:n], DAYS[:t], FACTORS[:f])
    data = Input(
        batch_size=n, timesteps=t, features=f, batch_first=batch_first, lengths=lengths,
        feature_names=tuple(columns) if len(columns) == f else None,
        axes=Axes(
            batch=Axis(name=names[0], labels=tuple(rows) if len(rows) == n else None),
            time=Axis(name=names[1], labels=tuple(steps) if len(steps) == t else None),
            features=Axis(name=names[2]),
        ),
    )  # fmt: skip
    sizes, symbols = ((n, t, f), ("N", "T", "F")) if batch_first else ((t, n, f), ("T", "N", "F"))
    return Subject(trace(sizes, symbols, batch_first), data)


def tokens(sentences=SENTENCES, size=300):
    lengths = tuple(map(len, sentences))
    data = Input(batch_size=len(sentences), timesteps=max(lengths), vocabulary=99, sentences=sentences,
                 lengths=lengths if min(lengths) < max(lengths) else None, batch_first=True)  # fmt: skip
    return Subject(trace((len(sentences), max(lengths)), ("N", "T"), True, size), data)


def hostile(n=8, t=8, f=8):
    return table(n, t, f, labels=(HOSTILE, HOSTILE, HOSTILE), names=HOSTILE[:3])


SUBJECTS = {
    "weather": table(),
    "time-major": table(6, 5, 3, batch_first=False),
    "padded": table(6, 5, 3, lengths=(5, 3, 4, 2, 5, 1)),
    "padded-long": table(40, 96, 12, lengths=tuple(range(57, 97))),
    "ones": table(1, 1, 1),
    "one-step": table(6, 1, 3),
    "one-sample": table(1, 7, 5),
    "one-feature": table(5, 4, 1),
    "huge": table(200, 96, 12),
    "enormous": table(100000, 100000, 4096),
    "hostile": hostile(),
    "tokens": tokens(),
    "one-token": tokens((("a",),)),
    "long-tokens": tokens((HOSTILE, HOSTILE[:2], ("x",) * 60), 4096),
    "unpadded-tokens": tokens((("one", "word"), ("two", "words"), ("three", "more"))),
    "unbatched": Subject(
        trace((5, 3), ("T", "F"), False), Input(timesteps=5, features=3, feature_names=FACTORS)
    ),
    "module": Subject(trace((4, 5, 3), ("N", "T", "F"), True)),
}


def draw(name, **options):
    return compose(CUBE, SUBJECTS[name], CubeOptions(**options))


def said(scene):
    return [t.label.text for t in scene.texts]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_the_figure_has_no_faults(name, width, view):
    assert faults(draw(name, width=width, view=view), words=7) == {}


def test_batch_first_changes_the_order_of_the_shape_and_the_code_never_the_picture():
    first = compose(CUBE, table(6, 5, 3), CubeOptions())
    later = draw("time-major")
    assert "X (N, T, F) = (6, 5, 3)" in said(first)
    assert "X (T, N, F) = (5, 6, 3)" in said(later)
    assert {"X[:, 2, :]", "X[1]", "X.reshape(N, T*F)"} <= set(said(first))
    assert {"X[2]", "X[:, 1, :]"} <= set(said(later))
    assert "X.transpose(0, 1)" in later.description
    one, two = ({f.id: f.box for f in s.frames} for s in (first, later))
    assert one == two


@pytest.mark.parametrize("step", [1, 3, 5])
def test_the_highlighted_slice_is_the_one_asked_for(step):
    scene = draw("weather", step=step, sample=3)
    assert f"X[:, {step - 1}, :]" in said(scene)
    assert "X[3]" in said(scene)
    bold = {r.text for r in runs(scene) if r.font == "bold" and r.size == 7}
    assert bold == {DAYS[step - 1], CITIES[3]}


def test_shapes_agree_with_numpy():
    x = np.zeros((4, 5, 3))
    scene = draw("weather")
    shapes = {n.id: n.shape for n in scene.nodes}
    assert shapes["input"] == x.shape
    assert shapes["slice"] == x[:, 2, :].shape
    assert shapes["flat"] == x.reshape(4, 15).shape
    assert {f.id: f.shape for f in scene.frames} == {"step": (4, 3), "sample": (5, 3)}


def test_true_lengths_and_counts_are_printed():
    scene = draw("tokens", width="text")
    assert {"4 words", "2 words", "5 words", "11 words", "4 PAD, filler", "lengths = [4, 2, 5]"} <= set(
        said(scene)
    )
    assert any("enforce_sorted=False" in t for t in said(scene))
    assert "one word: 300 numbers" in said(scene)
    words = {w for s in SENTENCES for w in s}
    assert words <= set(said(scene))


def test_padding_is_said_to_be_packed_away_where_there_is_some():
    assert "padding: packed away before the LSTM" in said(draw("padded"))
    full = compose(CUBE, table(4, 5, 3, lengths=(5, 5, 5, 5)), CubeOptions())
    assert not any("padding" in text for text in said(full))
    (layer,) = SUBJECTS["padded"].trace.recurrent
    for lengths, true in (((5, 3, 4, 2), True), ((5, 5, 5, 5), False), (None, False)):
        seen = replace(SUBJECTS["padded"].trace, recurrent=(replace(layer, lengths=lengths),))
        assert FACTS["has-padding-packed"](seen, {}) == true


def test_sorted_lengths_need_no_enforce_sorted():
    scene = compose(CUBE, tokens((("a", "b"), ("c",))), CubeOptions())
    assert not any("enforce_sorted" in t for t in said(scene))


def test_elided_axes_keep_their_true_counts():
    for view in VIEWS[:2]:
        texts = " ".join(said(draw("huge", view=view)))
        assert "(200, 96, 12)" in texts
        for count in ("N = 200", "T = 96", "F = 12"):
            assert count in texts
    assert shown(96, 6, 47) == (0, 1, None, 47, None, 95)
    assert shown(6, 6) == tuple(range(6))
    assert banded({0, 2, 5}) == (0, 1, 2, None, 5)


def test_padding_is_hatched_and_only_there():
    def lines(scene):
        return sum(p.role == "op" and not p.closed for p in scene.polygons)

    assert lines(draw("weather")) == 0
    assert lines(draw("padded")) > 20


@pytest.mark.parametrize(("options", "words"), [({"step": 6}, "step 6"), ({"sample": 9}, "sample 9")])
def test_a_highlight_that_does_not_exist_is_refused(options, words):
    with pytest.raises(FigureError, match=words):
        draw("weather", **options)


def test_what_is_no_cube_is_refused_with_a_sentence():
    flat = Subject(trace((4, 3), ("N", "F"), False), Input(batch_size=4, features=3))
    image = Subject(Trace((), (), Tensor("input", (4, 1, 8, 8), ("N", "1", "8", "8")), ()),
                    Input(batch_size=4, channels=1, height=8, width=8))  # fmt: skip
    for subject, words in ((flat, "no time axis"), (image, "images")):
        with pytest.raises(FigureError, match=words):
            compose(CUBE, subject, CubeOptions())


def test_never_eliding_grows_the_page_or_is_refused():
    grown = compose(CUBE, table(8, 12, 7), CubeOptions(elide="never"))
    assert grown.width > 493
    with pytest.raises(FigureError):
        draw("enormous", elide="never")


def test_other_letters_and_half_tags():
    assert "X (B, T, F) = (4, 5, 3)" in said(draw("weather", symbols={"batch": "B"}))
    assert "X (4, 5, 3)" in said(draw("weather", shapes="numbers"))


@pytest.mark.parametrize("name", ["weather", "tokens", "unbatched", "padded"])
def test_the_description_reads_the_figure_aloud(name):
    text = draw(name).description
    assert text.endswith(".")
    assert str(SUBJECTS[name].trace.input.sizes[0]) in text


CUTS = {
    "overlap": (9, 4, 1, 3),
    "every-second": (12, 4, 2, 3),
    "every-third": (14, 5, 3, 2),
    "end-to-end": (20, 5, 5, 3),
    "gaps": (23, 4, 6, 3),
    "spare": (13, 4, 4, 3),
    "long": (1000, 24, 1, 7),
    "year": (35064, 96, 24, 12),
    "huge": (10_000_000, 96, 1000, 5),
    "one-window": (5, 5, 1, 3),
    "one-cell": (1, 1, 1, 1),
    "one-step": (8, 1, 1, 2),
}


def windowed(name, *, batch_first=True, **options):
    rows, steps, stride, features = CUTS[name]
    subject = table((rows - steps) // stride + 1, steps, features, batch_first=batch_first)
    return compose(CUBE, subject, CubeOptions(windows=Windows(rows=rows, stride=stride), **options))


@pytest.mark.parametrize("width", [*WIDTHS, "slide", "300mm"])
@pytest.mark.parametrize("name", CUTS)
def test_windows_have_no_faults(name, width):
    for shapes in ("both", "off"):
        assert faults(windowed(name, width=width, shapes=shapes), words=7) == {}


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize(
    "name", ["overlap", "every-second", "every-third", "end-to-end", "gaps", "one-window"]
)
def test_windows_are_what_the_printed_call_cuts(name, batch_first):
    import torch

    rows, steps, stride, features = CUTS[name]
    scene = windowed(name, batch_first=batch_first, width="text")
    order = "transpose(1, 2)" if batch_first else "permute(2, 0, 1)"
    call = f"X = series.unfold(0, {steps}, {stride}).{order}"
    assert call in said(scene)
    series = torch.arange(1, rows + 1).unsqueeze(1).expand(rows, features)
    x = eval(call.removeprefix("X = "), {"series": series})  # what the figure prints, word for word
    nodes = {n.id: n for n in scene.nodes}
    assert nodes["input"].shape == tuple(x.shape)
    symbols = f"series (rows, F) = ({rows}, {features})"
    assert symbols in said(scene)
    assert nodes["series"].shape is None  # it is no tensor of the model
    first = x if batch_first else x.transpose(0, 1)
    numbers = [t.label.text for t in scene.texts if t.role == "input" and t.label.text.isdigit()]
    assert numbers == [str(int(v)) for sample in first for v in sample[:, 0]]
    cut = Cut(rows, steps, stride)
    assert cut.count == len(first)
    used = set(first.flatten().tolist())
    assert [cut.uses(r) for r in range(rows)] == [r + 1 in used for r in range(rows)]
    assert cut.spare == rows - len(used)
    for row in range(rows):
        found = [(int(n), int(t)) for n, t in (first[:, :, 0] == row + 1).nonzero()]
        assert cut.places(row, most=99) == found


def test_every_drawn_window_has_an_arrow_to_its_sample():
    for name in CUTS:
        scene = windowed(name, width="column")
        windows = [n.id for n in scene.nodes if n.id.startswith("window.")]
        assert [(e.source, e.target) for e in scene.edges] == [
            (w, w.replace("window", "sample")) for w in windows
        ]
        heights = [e.route[0][1] for e in scene.edges]
        assert heights == sorted(heights)


def test_no_two_arrows_of_windows_cross():
    for name in CUTS:
        routes = [e.route for e in windowed(name, width="text").edges]
        for i, one in enumerate(routes):
            for two in routes[i + 1 :]:
                assert not any(meet(a, b) for a in pairwise(one) for b in pairwise(two)), name


def meet(one, two):
    """Whether two upright or level stretches touch."""
    (a0, a1), (b0, b1) = ([(min(p[k], q[k]), max(p[k], q[k])) for k in (0, 1)] for p, q in (one, two))
    return a0[0] < b0[1] and b0[0] < a0[1] + 0.01 and a1[0] < b1[1] + 0.01 and b1[0] < a1[1] + 0.01


def test_the_filled_row_is_the_chosen_step_of_the_chosen_sample():
    scene = windowed("overlap", step=2, sample=2)
    assert "row 4: step 4 of sample 0, step 3 of sample 1, step 2 of sample 2 …" in said(scene)
    assert "sample 2, X[2]: rows 3 to 6" in said(scene)
    bold = [r.text for r in runs(scene) if r.font == "bold" and r.size == 7]
    assert sorted(bold) == sorted(["4", "4", "4", "4", "4", "Lhasa", "Tue"])  # the table, four samples


@pytest.mark.parametrize(
    ("subject", "rows", "stride", "words"),
    [
        (table(), 9, 1, "5 samples, but batch_size is 4: write batch_size: 5"),
        (table(), 4, 1, "a window of 5 steps does not fit in a table of 4 rows"),
        (table(4, 5, 3, lengths=(5, 5, 4, 1)), 8, 1, "leave lengths out"),
        (tokens(), 8, 1, "tokens"),
        (SUBJECTS["unbatched"], 8, 1, "batch_size"),
    ],
)
def test_windows_that_do_not_give_this_cube_are_refused(subject, rows, stride, words):
    with pytest.raises(FigureError, match=words):
        compose(CUBE, subject, CubeOptions(windows=Windows(rows=rows, stride=stride)))


def test_windows_go_with_the_solid_alone():
    with pytest.raises(FigureError, match="view: solid"):
        compose(CUBE, table(), CubeOptions(windows=Windows(rows=8), view="slices"))


def test_windows_are_described():
    text = windowed("every-second").description
    assert "cut into 5 windows of 4 rows, one beginning every 2 rows" in text
    assert "(N, T, F) = (5, 4, 3)" in text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["weather", "huge", "padded", "hostile", "one-sample"])
def test_the_arrow_to_the_slice_leaves_the_highlighted_step_and_the_other_the_whole_cube(name, width):
    scene = draw(name, width=width)
    edges = {e.id: e for e in scene.edges}
    cube = next(n.box for n in scene.nodes if n.id == "input")
    step = next(f.box for f in scene.frames if f.id == "step")
    x, y = edges["input-slice"].route[0]
    assert y == pytest.approx(cube[1])
    back = cube[2] - cube[0]
    assert step[0] < x < step[2] + back  # the top of the step leans back to the right
    tops = [p.points for p in scene.polygons if p.z == 12 and p.line == STEP]
    assert any(min(a for a, b in top if b < cube[1] + 0.1) < x < max(a for a, b in top if b < cube[1] + 0.1)
               for top in tops if min(b for _, b in top) < cube[1] + 0.1)  # fmt: skip
    assert edges["input-flat"].route[0] != (x, y)


@pytest.mark.parametrize("features", [3, 30])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_arrow_to_all_steps_goes_from_a_brace_under_the_whole_cube_to_a_bracket(width, features):
    given = {"batch_size": 6, "timesteps": 12, "features": features}
    spec = {"input": given, "layers": [{"lstm": 4}]}
    scene = lstmviz.draw(spec, "cube", width=width, step=3).scene
    route = next(e for e in scene.edges if e.id == "input-flat").route
    cube, flat = (next(n.box for n in scene.nodes if n.id == name) for name in ("input", "flat"))
    front = next(f.box for f in scene.frames if f.id == "sample")
    below = next(n.box[1] for n in scene.nodes if n.id == "slice") > cube[3]  # then it goes round that
    end = (flat[0] + flat[2]) / 2 if below else (front[0] + front[2]) / 2
    braces = [(((front[0] + front[2]) / 2, cube[3]), [(front[0], cube[3]), (front[2], cube[3])]),
              ((end, flat[1]), [(flat[0], flat[1]), (flat[2], flat[1])])]  # fmt: skip
    lines = [[*p.points[1:3]] for p in scene.polygons if len(p.points) == 4]
    for tip, (middle, brace) in zip((route[0], route[-1]), braces, strict=True):
        assert tip == pytest.approx(middle)
        assert any(np.allclose(line, brace) for line in lines)


def test_lines_that_bound_what_is_left_out_go_all_the_way():
    scene = draw("huge", width="text")
    x0, y0, x1, y1 = next(n.box for n in scene.nodes if n.id == "slice")
    y0 += OVER  # the bracket over it
    whole = [p.points for p in scene.polygons if p.line == 0.5 and len(p.points) == 2]
    across = {a[1] for a, b in whole if (a[0], b[0]) == pytest.approx((x0, x1)) and y0 < a[1] < y1}
    down = {a[0] for a, b in whole if (a[1], b[1]) == pytest.approx((y0, y1)) and x0 < a[0] < x1}
    assert len(across) == len(down) == 2


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["weather", "huge", "padded", "hostile", "one-sample"])
def test_the_arrow_to_the_slice_ends_in_the_middle_of_a_bracket_over_all_of_it(name, width):
    for step in (None, 5 if name == "weather" else None):
        scene = draw(name, width=width, step=step)
        x0, y0, x1, _ = next(n.box for n in scene.nodes if n.id == "slice")
        route = next(e for e in scene.edges if e.id == "input-slice").route
        assert route[-1] == pytest.approx(((x0 + x1) / 2, y0))
        assert route[-2][0] == route[-1][0]  # it comes from above
        lines = [[*p.points[1:3]] for p in scene.polygons if len(p.points) == 4]
        assert any(np.allclose(line, [(x0, y0), (x1, y0)]) for line in lines)


def test_lines_of_padding_run_across_the_edges_that_go_away():
    for start, end in (p.points for p in draw("padded").polygons if p.role == "op" and len(p.points) == 2):
        assert (end[0] - start[0]) * (end[1] - start[1]) > 0  # down to the right; those edges go up


def test_all_that_is_seen_of_the_highlighted_step_is_filled():
    for name in ("weather", "padded"):
        scene = draw(name, step=3)
        high = next(n.box[1] for n in scene.nodes if n.id == "input")
        tops = [p for p in scene.polygons if p.z == 12 and p.line == STEP]
        (top,) = (p.points for p in tops if min(y for _, y in p.points) < high + 0.1)
        filled = [p for p in scene.polygons if p.fill == MARKED and set(p.points) == set(top)]
        assert filled
        assert not any(p.fill not in (None, MARKED) and p.z >= filled[-1].z and set(p.points) == set(top)
                       for p in scene.polygons)  # fmt: skip


def test_a_numbered_step_says_its_index():
    given = {"batch_size": 4, "timesteps": 5, "features": 2}
    spec = {"input": given, "layers": [{"lstm": 4}]}
    told = [text.label.text for text in lstmviz.draw(spec, "cube", step=4).scene.texts]
    assert "step 4 is index 3: Python counts from 0, as samples do" in told
    assert not any("is index" in text for text in said(draw("weather")))  # its days have names
    trace, about = lstmviz.shapes(spec).trace, {"what": "time", "of": "input"}
    for step, at, true in ((4, 3, True), (4, 4, False), (6, 5, False), (0, -1, False)):
        assert FACTS["cube-index"](trace, {**about, "step": step, "at": at}) == true


@pytest.mark.parametrize("width", WIDTHS)
def test_days_are_whole_words(width):
    texts = said(draw("weather", width=width))
    assert not {"M", "T", "W", "F"} & set(texts)
    assert texts.count("Wed") >= 2


def dated(width, labels):
    axes = {"time": {"name": "days", "labels": labels}}
    given = {"batch_size": 2, "timesteps": len(labels), "features": ["open", "close"], "axes": axes}
    scene = lstmviz.draw({"input": given, "layers": [{"lstm": 4}]}, "cube", width=width).scene
    return [text.label.text for text in scene.texts]


def test_dates_that_do_not_fit_say_what_they_share_once():
    for width in ("text", "column"):
        said = dated(width, ["2024-01-01", "2024-01-02", "2024-01-03"])
        assert said.count("02") == 2
        assert {"01", "03"} <= set(said)
        assert any("2024-01-…" in text for text in said)
        assert not any("2024-0…" in text or "2024-…" in text for text in said)


def test_labels_that_share_nothing_or_everything_stay_whole():
    assert {"Mon", "Tue", "Wed"} <= set(dated("text", ["Mon", "Tue", "Wed"]))
    words = dated("text", ["2024-01-01", "2023-12-24", "2025-02-03"])
    assert "2023-12-24" in words  # the marked one, where not all fit


AHEAD = {
    "next": {"rows": 9, "horizon": 1},
    "two": {"rows": 12, "horizon": 2, "gap": 1, "target": [2], "splits": 2},
    "several": {"rows": 30, "stride": 3, "horizon": 4, "target": [1, 3], "splits": 3},
    "mini-batch": {"rows": 500, "stride": 2, "horizon": 24, "gap": 5, "batch": 3, "splits": 4},
    "sparse": {"rows": 60, "stride": 9, "horizon": 2, "gap": 1, "target": [3], "splits": 1},
}


def foreseen(name, *, batch_first=True, **options):
    windows = Windows.model_validate_json(json.dumps(AHEAD[name]))
    need = 4 + windows.horizon + windows.gap
    count = (windows.rows - need) // windows.stride + 1
    subject = table(20 if windows.batch else count, 4, 3, batch_first=batch_first)
    return compose(CUBE, subject, CubeOptions(windows=windows, **options))


def test_a_later_mini_batch_of_a_short_table_is_proven():
    import lstmviz

    figure = {"kind": "cube", "windows": {"rows": 12, "batch": 2}}
    data = {"batch_size": 3, "timesteps": 4, "features": 3}
    (proof,) = lstmviz.check({"input": data, "layers": [{"lstm": 5}], "figures": [figure]})
    assert (proof.proven, proof.arrows) == (3, 3)


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("name", AHEAD)
def test_targets_have_no_faults(name, width):
    assert faults(foreseen(name, width=width, batch_first=name != "several"), words=7) == {}


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("name", AHEAD)
def test_every_window_drawn_has_its_target_and_the_printed_calls_cut_both(name, batch_first):
    import torch

    asked = {"stride": 1, "gap": 0, "target": [1, 2, 3], **AHEAD[name]}
    scene = foreseen(name, batch_first=batch_first, width="text")
    table_of = torch.arange(asked["rows"]).unsqueeze(1).expand(-1, 3) * 10 + torch.arange(3)
    calls = "\n".join(line for line in said(scene) if "series" in line and "unfold" in line)
    x, y = (eval(line[4:], {"series": table_of}) for line in calls.splitlines())
    x, y = (x, y) if batch_first else (x.transpose(0, 1), y.transpose(0, 1) if y.dim() == 3 else y)
    y = y if y.dim() == 3 else y.unsqueeze(-1)
    for sample, target in zip(x, y, strict=True):
        last, first = int(sample[-1, 0]) // 10, int(target[0, 0]) // 10
        assert first - last == 1 + asked["gap"]
        assert target[0].tolist() == [first * 10 + k - 1 for k in asked["target"]]
        assert len(target) == asked["horizon"]
    assert int(y[-1, -1, 0]) // 10 < asked["rows"]
    windows = [n.id.partition(".")[2] for n in scene.nodes if n.id.startswith("window.")]
    assert [n.id.partition(".")[2] for n in scene.nodes if n.id.startswith("target.")] == windows


@pytest.mark.parametrize("name", [name for name in AHEAD if "splits" in AHEAD[name]])
def test_no_row_of_a_target_is_in_train_and_in_test(name):
    boxes = {n.id: n.box for n in foreseen(name).nodes}
    for k in range(1, AHEAD[name]["splits"] + 1):
        whole, train, test = (boxes[f"{part}.{k}"] for part in ("split", "train", "test"))
        assert whole[0] == train[0] < train[2] <= test[0] + 1e-6 < test[2] <= whole[2] + 1e-6


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        ({"rows": 8, "gap": 1}, "gap is about the target of a window: give windows a horizon"),
        ({"rows": 9, "horizon": 2, "target": ["PM25"]}, "no feature is called 'PM25': did you mean 'PM2.5'"),
        ({"rows": 9, "horizon": 2, "target": [9]}, "there is no feature 9: there are 3"),
        ({"rows": 9, "horizon": 1, "target": [1, 1]}, "twice"),
        ({"rows": 9, "horizon": 1, "splits": 4}, "4 windows are too few for 4 splits"),
        ({"rows": 20, "horizon": 1}, "or windows: {batch: 1} for one mini-batch of 4"),
        ({"rows": 20, "horizon": 1, "batch": 4}, "there is no mini-batch 4: 15 windows make 3"),
        ({"rows": 6, "horizon": 2}, "a window of 5 steps and 2 rows after it does not fit"),
    ],
)
def test_targets_that_cannot_be_are_refused(windows, words):
    with pytest.raises(FigureError, match=words):
        compose(CUBE, table(), CubeOptions(windows=Windows.model_validate_json(json.dumps(windows))))


@pytest.mark.parametrize("width", ["text", "column"])
def test_numbers_say_what_they_count_and_the_call_stands_once(width):
    given = {"batch_size": 6, "timesteps": 4, "features": 3}
    spec = {"input": given, "layers": [{"lstm": 4}]}
    scene = lstmviz.draw(spec, "cube", width=width).scene
    told = [text.label.text for text in scene.texts]
    assert (told.count("features"), told.count("steps")) == (2, 1)
    assert " ".join(told).count("transpose(0, 1).reshape") == 1
    first = {"input": {**given, "batch_first": True, "features": ["x", "y", "z"]}, "layers": [{"lstm": 4}]}
    told = [text.label.text for text in lstmviz.draw(first, "cube", width=width).scene.texts]
    assert sum("reshape" in one for one in told) == 1
    assert "features" not in told  # they have names of their own


@pytest.mark.parametrize("first", [True, False])
def test_samples_count_from_0_and_steps_from_1_as_their_code_takes_them(first):
    given = {"batch_size": 4, "timesteps": 5, "features": 2, "batch_first": first}
    spec = {"input": given, "layers": [{"lstm": 4}]}
    scene = lstmviz.draw(spec, "cube", width="text", step=3, sample=1).scene
    told = [text.label.text for text in scene.texts]
    at = told.index("sample 1, all steps")
    assert told[at + 1] == ("X[1]" if first else "X[:, 1, :]")  # at its row
    assert told[told.index("step 3, all samples") + 1] == ("X[:, 2, :]" if first else "X[2]")
    assert told.count("0") == 2  # the first sample of the cube and of the matrix
    trace = lstmviz.shapes(spec).trace
    about = {"id": "cube.sample", "what": "batch", "of": "input"}
    assert FACTS["cube-place"](trace, about | {"sample": 0})
    assert not FACTS["cube-place"](trace, about | {"sample": 4})
    about = {"id": "cube.step", "what": "time", "of": "input"}
    assert FACTS["cube-place"](trace, about | {"step": 5})
    assert not FACTS["cube-place"](trace, about | {"step": 0})


def hatched(scene, foot):
    """The left edges of all padding whose foot is `foot`: the lines of a row's hatch begin there."""
    found = [one.points for one in scene.polygons if one.role == "op" and one.z == 3]
    return [min(x for x, _ in points) for points in found if max(y for _, y in points) == pytest.approx(foot)]


LONG = """
input: {batch_size: 5, timesteps: 8, features: 3, batch_first: true, lengths: [3, 8, 2, 6, 5]}
layers: [gru: 4]
"""


@pytest.mark.parametrize("width", ["column", "text"])
def test_what_is_left_out_is_hatched_from_where_a_sample_ends(width):
    scene = lstmviz.draw(LONG, "cube", width=width).scene
    steps = next(frame.box for frame in scene.frames if frame.id == "step")
    cell, high = steps[2] - steps[0], (steps[3] - steps[1]) / 5
    for row, part in enumerate([0, None, 0, 0.75, 0.5]):  # of steps 4 to 7, behind step 3
        left = [
            x for x in hatched(scene, steps[1] + (row + 1) * high) if steps[0] - 1 < x < steps[2] + 2 * cell
        ]
        assert (part is None) == (not left)
        if part is not None:
            begins = steps[2] + part * cell if row != 2 else steps[0]
            assert min(left) == pytest.approx(begins)


def test_in_a_column_a_heading_stands_over_its_matrix_and_features_under_their_numbers():
    scene = lstmviz.draw(LONG, "cube", width="column").scene
    boxes = {node.id: node.box for node in scene.nodes}
    said = {text.label.text: text for text in scene.texts}
    assert boxes["slice"][3] < said["one row per sample"].label.runs[0].y < boxes["flat"][1]
    names = [
        text
        for text in scene.texts
        if text.label.text == "features" and text.label.runs[0].y < boxes["flat"][1] - 20
    ]
    assert all(
        one.label.runs[0].y > boxes["slice"][3] + 15
        for one in names
        if one.label.runs[0].y > boxes["slice"][3]
    )
    assert any(one.label.runs[0].y > boxes["slice"][3] for one in names)
    assert faults(scene, words=7) == {}
