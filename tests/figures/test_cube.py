"""Kind `cube`: what it says is true, and it is drawn without faults."""

from __future__ import annotations

from itertools import combinations

import pytest

from lstmviz.errors import FigureError
from lstmviz.figures.base import Subject, compose
from lstmviz.figures.cube import CUBE, CubeOptions
from lstmviz.layout.solids import banded, shown
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.scene.labels import run_box
from lstmviz.spec.model import Axes, Axis, Input

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


def runs(scene):
    return [r for t in scene.texts for r in t.label.runs] + [
        r for n in scene.nodes if n.label for r in n.label.runs
    ]


def said(scene):
    return [t.label.text for t in scene.texts]


def overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.3 and min(a[3], b[3]) - max(a[1], b[1]) > 0.3


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_nothing_overlaps_and_nothing_leaves_the_page(name, width, view):
    scene = draw(name, width=width, view=view)
    faults = []
    for a, b in combinations(scene.texts, 2):
        if any(overlap(run_box(r), run_box(q)) for r in a.label.runs for q in b.label.runs):
            faults.append(f"{a.label.text!r} on {b.label.text!r}")
    for run in runs(scene):
        x0, y0, x1, y1 = run_box(run)
        if x0 < 7.9 or y0 < 7.9 or x1 > scene.width - 7.9 or y1 > scene.height - 7.9:
            faults.append(f"{run.text!r} in the margin")
        if run.size < (5 if run.font in ("italic", "roman") else 7):
            faults.append(f"{run.text!r} is small")
    corners = [p for form in scene.polygons for p in form.points]
    if not all(7 <= x <= scene.width - 7 and 7 <= y <= scene.height - 7 for x, y in corners):
        faults.append("a form in the margin")
    assert faults == []


def segments(scene):
    """The free lines: edges, axis arrows, leaders (not the cells)."""
    for edge in scene.edges:
        yield from zip(edge.route, edge.route[1:], strict=False)
    for form in scene.polygons:
        if form.role in ("axis", "note") and not form.closed:
            yield from zip(form.points, form.points[1:], strict=False)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_no_line_runs_through_a_text(name, width, view):
    scene = draw(name, width=width, view=view)
    faults = []
    for (xa, ya), (xb, yb) in segments(scene):
        line = (min(xa, xb) - 0.2, min(ya, yb) - 0.2, max(xa, xb) + 0.2, max(ya, yb) + 0.2)
        faults += [r.text for r in runs(scene) if overlap(line, run_box(r))]
    assert faults == []


@pytest.mark.parametrize("name", SUBJECTS)
def test_ids_are_unique_and_edges_end_on_borders(name):
    for width in WIDTHS:
        scene = draw(name, width=width)
        ids = [i.id for i in (*scene.nodes, *scene.edges, *scene.frames)]
        assert len(ids) == len(set(ids))
        boxes = {n.id: n.box for n in scene.nodes}
        for edge in scene.edges:
            for (x, y), end in ((edge.route[0], edge.source), (edge.route[-1], edge.target)):
                x0, y0, x1, y1 = boxes[end]
                assert min(abs(x - x0), abs(x - x1), abs(y - y0), abs(y - y1)) < 0.01
                assert x0 - 0.01 <= x <= x1 + 0.01
                assert y0 - 0.01 <= y <= y1 + 0.01


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
    scene = draw("weather", step=step, sample=4)
    assert f"X[:, {step - 1}, :]" in said(scene)
    assert "X[3]" in said(scene)
    bold = {r.text for r in runs(scene) if r.font == "bold" and r.size == 7}
    assert bold == {DAYS[step - 1], CITIES[3]}


def test_shapes_agree_with_numpy():
    np = pytest.importorskip("numpy")
    x = np.zeros((4, 5, 3))
    scene = draw("weather")
    shapes = {n.id: n.shape for n in scene.nodes}
    assert shapes["input"] == x.shape
    assert shapes["slice"] == x[:, 2, :].shape
    assert shapes["flat"] == x.reshape(4, 15).shape
    assert {f.id: f.shape for f in scene.frames} == {"step": (4, 3), "sample": (5, 3)}


def test_true_lengths_and_counts_are_printed():
    scene = draw("tokens", width="text")
    assert {"4", "2", "5", "11 words", "4 PAD, filler", "lengths = [4, 2, 5]"} <= set(said(scene))
    assert any("enforce_sorted=False" in t for t in said(scene))
    assert "one word: 300 numbers" in said(scene)
    words = {w for s in SENTENCES for w in s}
    assert words <= set(said(scene))


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
