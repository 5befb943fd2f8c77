"""Kind `volumes`: every form, arrow and window is torch's, and it is drawn without faults."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from lstmviz import pipeline
from lstmviz.errors import FigureError
from lstmviz.figures.composing import compose
from lstmviz.figures.volumes.fewer import folded, joined
from lstmviz.figures.volumes.figure import VOLUMES, VolumesOptions
from lstmviz.figures.volumes.flow import LabelledMove, rows_of
from lstmviz.figures.volumes.kernel import HIDDEN
from lstmviz.figures.volumes.plan import moves_of, weight_of
from lstmviz.figures.volumes.window import Window
from lstmviz.scene.labels import math
from lstmviz.scene.near import box_of

from .lint import faults


def image(channels, height, width, batch_size=4):
    sizes = {"channels": channels, "height": height, "width": width}
    return sizes if batch_size is None else {"batch_size": batch_size, **sizes}


def conv(out_channels, kernel_size, **more):
    return {"conv2d": {"out_channels": out_channels, "kernel_size": kernel_size, **more}}


CNN = [
    conv(32, 3), "relu", {"max_pool2d": 2}, {"dropout": 0.25}, conv(64, 3), "relu", {"max_pool2d": 2},
    {"dropout": 0.25}, "flatten", {"linear": 256}, "relu", {"dropout": 0.5}, {"linear": 10}, "softmax",
]  # fmt: skip
BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
VGG = [
    layer
    for many, times in BLOCKS
    for layer in [*[x for _ in range(times) for x in (conv(many, 3, padding=1), "relu")], {"max_pool2d": 2}]
] + ["flatten", {"linear": 4096}, "relu", {"linear": 4096}, "relu", {"linear": 1000}, "softmax"]
MODELS = {
    "cnn": (image(3, 32, 32, 128), CNN),
    "vgg": (image(3, 224, 224, 8), VGG),
    "one-map": (image(1, 28, 28), [conv(1, 5)]),
    "unbatched": (
        image(3, 20, 30, None),
        [conv(8, [3, 5], stride=[1, 2], bias=False), "relu", {"flatten": {"start_dim": 0}}, {"linear": 10}],
    ),
    "strides": (
        image(3, 224, 200),
        [conv(96, 11, stride=4), {"max_pool2d": {"kernel_size": 3, "stride": 2}}, conv(256, 5, padding=2)],
    ),
    "norms": (
        image(3, 32, 32),
        [conv(64, 3, padding=1, bias=False), "batch_norm2d", "relu", {"avg_pool2d": 32}, "flatten"],
    ),
    "starts-with-relu": (image(3, 8, 8), ["relu", conv(2, 8)]),
    "tiny": (image(1, 1, 1, 1), [conv(1, 1), "flatten", {"linear": 1}]),
    "flat": (image(12, 4, 900), [conv(1000, [4, 3]), "flatten"]),
    "sequence": (
        image(3, 16, 16),
        [conv(8, 3), {"view": ["N", 8, -1]}, {"lstm": 16}, "last_step", {"linear": 3}],
    ),
    "permuted": (image(3, 16, 16), [{"permute": [2, 3, 0, 1]}, {"linear": 3}]),
    "dilated": (
        image(3, 64, 64),
        [conv(16, [3, 7], padding=[2, 3], dilation=[4, 2], stride=2), "relu", "dropout"],
    ),
    "nearly-alike": (
        image(16, 32, 32),
        [conv(16, 3, padding=1), "relu", conv(16, 3, padding=1), conv(16, 3, padding=2, dilation=2)] * 5,
    ),
    "alike": (
        image(16, 64, 64),
        [conv(16, 3, padding=1) for _ in range(40)] + ["flatten", {"linear": 5}],
    ),
}
MIXED = ("sequence", "permuted")
"""After what these do, no axis holds one sample after the other: a single image cannot be drawn."""
WIDTHS = ("text", "column", "auto", "slide", "60mm", "300mm")


@pytest.fixture(scope="module")
def subjects():
    return {
        name: pipeline.trace(pipeline.load({"input": given, "layers": layers, "title": f"A network: {name}"}))
        for name, (given, layers) in MODELS.items()
    }


def said(scene):
    return [t.label.text for t in scene.texts]


def windows(scene):
    """The roles of the windows on the maps: of the lines that lead on from them."""
    return {p.role for p in scene.polygons if p.z == 8 and not p.dash}


@pytest.mark.parametrize("name", MODELS)
def test_nothing_overlaps_at_any_width(subjects, name):
    if name in MIXED:
        with pytest.raises(FigureError, match="no axis is the batch alone"):
            compose(VOLUMES, subjects[name], VolumesOptions())
        return
    for width in WIDTHS:
        for shapes in ("both", "symbols", "off"):
            scene = compose(VOLUMES, subjects[name], VolumesOptions(width=width, shapes=shapes))
            assert faults(scene, words=7) == {}, (width, shapes)


@pytest.mark.parametrize("width", ["text", "column"])
def test_the_articles_network_is_what_torch_runs(subjects, width):
    import torch
    from torch import nn

    module = nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(2304, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 10), nn.Softmax(-1),
    )  # fmt: skip
    value = torch.zeros(128, 3, 32, 32)
    shapes = [tuple(value.shape)]
    for layer in module:
        value = layer(value)
        if tuple(value.shape) != shapes[-1]:
            shapes.append(tuple(value.shape))
    scene = compose(VOLUMES, subjects["cnn"], VolumesOptions(width=width))
    assert [n.shape for n in scene.nodes] == shapes
    ids = ["input", *(f"after.{s}" for s in ("conv2d", "max_pool2d", "conv2d-2", "max_pool2d-2", "flatten",
                                             "linear", "linear-2"))]  # fmt: skip
    assert [n.id for n in scene.nodes] == ids
    assert [(e.source, e.target) for e in scene.edges] == list(pairwise(ids))
    assert [e.id for e in scene.edges] == [f"run.{i.removeprefix('after.')}" for i in ids[1:]]
    texts = said(scene)
    for shape in shapes:
        assert str(shape) in texts
    weights = [tuple(p.shape) for n, p in module.named_parameters() if n.endswith("weight")]
    assert not any(t.removeprefix("weight ") == str(weights[0]) for t in texts)
    full = said(compose(VOLUMES, subjects["cnn"], VolumesOptions(width=width, detail="full")))
    for shape in weights:
        assert any(t.removeprefix("weight ") == str(shape) for t in full), shape
    assert "input (N, C, H, W) = batch × channels × height × width" in " ".join(texts)
    assert "result y" in texts


def test_every_stage_is_named_on_the_arrow_that_it_belongs_to(subjects):
    scene = compose(VOLUMES, subjects["cnn"], VolumesOptions(width="column"))
    assert list(scene.notes) == [
        "run.conv2d: conv2d, relu", "run.max_pool2d: max_pool2d, dropout",
        "run.conv2d-2: conv2d-2, relu-2", "run.max_pool2d-2: max_pool2d-2, dropout-2",
        "run.flatten: flatten", "run.linear: linear, relu-3, dropout-3", "run.linear-2: linear-2, softmax",
    ]  # fmt: skip
    text = " ".join(said(scene))
    for call in ("Conv2d", "3×3 kernels", "MaxPool2d", "largest of 2×2", "+ Dropout(0.25)", "+ Dropout(0.5)",
                 "+ ReLU", "Flatten", "Linear", "+ Softmax"):  # fmt: skip
        assert call in text


def test_all_thirteen_convolutions_of_vgg_are_there_or_counted(subjects):
    wide = compose(VOLUMES, subjects["vgg"], VolumesOptions(width="text"))
    assert sum(e.id.startswith("run.conv2d") for e in wide.edges) == 13
    narrow = compose(VOLUMES, subjects["vgg"], VolumesOptions(width="column"))
    labels = [t for t in said(narrow) if t.endswith("Conv2d")]
    assert sum(int(t.split(" × ")[0]) if "×" in t else 1 for t in labels) == 13
    assert "each Conv2d: padding=1, then ReLU" in said(narrow)
    assert narrow.height < 600
    assert not any("MaxPool2d" in t for t in said(narrow) if "window" not in t)
    assert "MaxPool2d(2): a pooling window sees each channel by" in " ".join(said(narrow))
    everything = compose(VOLUMES, subjects["vgg"], VolumesOptions(width="column", elide="never"))
    assert sum(e.id.startswith("run.conv2d") for e in everything.edges) == 13


def test_only_what_is_all_alike_is_folded(subjects):
    moves = moves_of(subjects["vgg"])
    kept = folded(moves)
    assert sum(m.times for m in kept) == len(moves)
    assert [m.times for m in kept] == [1] * 7 + [2, 1, 1, 2, 1, 3] + [1] * 5
    unlike = moves_of(subjects["nearly-alike"])
    assert folded(unlike) == unlike
    alike = folded(moves_of(subjects["alike"]))
    assert [m.times for m in alike] == [40, 1, 1]


def test_stages_that_give_the_same_shape_are_drawn_once_where_there_is_little_room(subjects):
    moves = joined(folded(moves_of(subjects["vgg"])), 400)
    convs = [m for m in moves if m.lead.type == "conv2d"]
    assert [m.times for m in convs] == [2, 2, 3, 3, 3]
    scene = compose(VOLUMES, subjects["vgg"], VolumesOptions(width="column", detail="full"))
    texts = said(scene)
    for move in convs:
        for weight in {move.weight.sizes, weight_of(move.then or move.lead).sizes}:
            assert any(t.endswith(str(weight)) for t in texts), weight
    assert "each of the 128 kernels of the third Conv2d is" in " ".join(texts)
    assert {m.times for m in joined(moves_of(subjects["nearly-alike"]), 400)} == {1}


def test_a_window_sees_what_torchs_kernel_sees():
    import torch
    from torch import nn

    for kernel, stride, padding, dilation in ((3, 1, 0, 1), (5, 2, 2, 1), (3, 2, 4, 3)):
        module = nn.Conv2d(1, 1, kernel, stride, padding, dilation).double()
        nn.init.ones_(module.weight)
        x = torch.zeros(1, 1, 23, 23, dtype=torch.double, requires_grad=True)
        y = module(x)
        window = Window((kernel, kernel), (stride, stride), (padding, padding), (dilation, dilation))
        for row in range(y.shape[-2]):
            (grad,) = torch.autograd.grad(y[0, 0, row, 5], x, retain_graph=True)
            rows = grad[0, 0].abs().sum(1).nonzero().flatten().tolist()
            first, after = window.seen(0, row)
            seen = range(first, after, dilation)
            assert rows == [r for r in seen if 0 <= r < 23]


def test_a_kernel_is_as_deep_as_the_maps_and_a_pooling_window_is_flat(subjects):
    scene = compose(VOLUMES, subjects["cnn"], VolumesOptions(width="text", detail="full"))
    told = " ".join(said(scene))
    assert "each kernel (3×3) sums all channels into one map: each of the 64 kernels" in told
    assert "kernels of the second Conv2d is (32, 3, 3)" in told
    depths = {
        round(p.points[0][1] - p.points[1][1], 3)
        for p in scene.polygons
        if p.role == "param" and p.dash == HIDDEN and len(p.points) == 2
    }
    convs = [m for m in moves_of(subjects["cnn"]) if m.lead.type == "conv2d"]
    assert {round(m.source.deep, 3) for m in convs} <= depths
    assert len(depths) == 3  # both kernels, and the one in the key
    assert not any(p.dash == HIDDEN and p.role == "op" for p in scene.polygons)


@pytest.mark.parametrize("width", ["text", "column"])
def test_maps_are_drawn_as_maps_and_the_figure_says_how_many_of_more(subjects, width):
    scene = compose(VOLUMES, subjects["cnn"], VolumesOptions(width=width))
    drawn = [f for m in moves_of(subjects["cnn"]) for f in (m.source, m.target) if f.kind == "maps"]
    for form in drawn:
        assert all(back <= form.deep + 1e-9 for back in form.behind)
        assert len(form.behind) == min(form.sizes[0], 8) - 1
    assert "one image of the batch is drawn, and at most 8 maps of each" in " ".join(said(scene))


@pytest.mark.parametrize(
    ("steps", "numbers"), [(1, []), (2, "12"), (6, "123456"), (96, ["1", "2", "3", "96"])]
)
@pytest.mark.parametrize("width", ["text", "column"])
def test_steps_stand_side_by_side_under_their_numbers(width, steps, numbers):
    given = {"batch_size": 2, "timesteps": steps, "channels": 3, "height": 12, "width": 12}
    layers = [{"conv2d": {"out_channels": 4, "kernel_size": 3}}, "flatten", {"gru": 5}, "last_step"]
    scene = compose(VOLUMES, pipeline.trace(pipeline.load({"input": given, "layers": layers})),
                    VolumesOptions(width=width))  # fmt: skip
    for name in ("input", "after.gru"):
        left, top, right, bottom = next(node.box for node in scene.nodes if node.id == name)
        boxes = [(t.label.text, box_of(t.label)) for t in scene.texts]
        over = [text for text, b in boxes if left < (b[0] + b[2]) / 2 < right and top - 5 < b[3] < top + 1]
        assert [text.removeprefix("t = ") for text in over] == [*numbers]
        fronts = {
            p.points[0][0]
            for p in scene.polygons
            if p.z == 4 and left <= p.points[0][0] < right and top <= p.points[0][1] < bottom
        }
        assert len(fronts) == max(1, len(numbers))


def test_no_window_is_cut_where_a_row_ends(subjects):
    scene = compose(VOLUMES, subjects["cnn"], VolumesOptions(width="column"))
    boxes = [p for p in scene.polygons if p.z == 9 and p.points[0][1] < max(n.box[3] for n in scene.nodes)]
    lines = [p for p in scene.polygons if p.z == 8 and not p.dash]
    assert len(boxes) == len(lines) > 0  # a window, its value, and two lines between them


def test_sizes_grow_with_the_tensor(subjects):
    for name in ("cnn", "vgg"):
        forms = [m.target for m in moves_of(subjects[name])]
        maps = [f for f in forms if f.kind == "maps"]
        for one in maps:
            for two in maps:
                assert (one.high >= two.high) == (one.plane[0] >= two.plane[0])
                if one.plane == two.plane:  # smaller maps stand closer behind each other
                    assert (one.deep >= two.deep) == (min(one.sizes[0], 8) >= min(two.sizes[0], 8))


@pytest.mark.parametrize(
    ("given", "layers"),
    [
        ({"batch_size": 4, "timesteps": 3, "features": 2}, [{"lstm": 8}]),
        ({"batch_size": 4, "features": 2}, [{"linear": 8}]),
        ({"vocabulary": 9, "sentences": [["a", "b"]]}, [{"embedding": 8}]),
    ],
)
def test_what_takes_no_images_is_refused_and_told_what_can(given, layers):
    with pytest.raises(FigureError, match="takes no images") as caught:
        pipeline.draw({"input": given, "layers": layers}, "volumes")
    assert "volumes" not in str(caught.value).split("takes no images")[1]


def test_the_description_reads_the_way_aloud(subjects):
    text = compose(VOLUMES, subjects["cnn"], VolumesOptions()).description
    assert "input of shape (128, 3, 32, 32); Conv2d 3×3 and ReLU to (32, 30, 30)" in text
    assert text.endswith("Every kernel sums over all channels of its input.")
    assert "13 Conv2d" in compose(VOLUMES, subjects["vgg"], VolumesOptions()).description


def test_neighbours_keep_their_tags_apart(subjects):
    small = moves_of(subjects["vgg"])[-4]  # the last pooling: small maps, then a bar, both with long tags
    wide = math("x" * 20, size=9)
    first, *rest = rows_of(small.source, wide, [LabelledMove(small, (), wide)], 400)[0]
    assert not wide.width / 2 + first.middle > rest[0].middle - wide.width / 2


def test_no_legend_and_numbers_alone(subjects):
    scene = compose(VOLUMES, subjects["cnn"], VolumesOptions(legend="off", shapes="numbers"))
    assert not {"C", "H", "W"} & set(said(scene))
    assert not any("each kernel" in t for t in said(scene))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["cnn", "vgg"])
def test_a_size_that_all_windows_have_is_said_once_and_in_the_key(subjects, name, width):
    scene = compose(VOLUMES, subjects[name], VolumesOptions(width=width))
    assert said(scene).count("3×3") <= 1
    assert said(scene).count("2×2") <= 1
    if width != "slide":
        key = " ".join(said(scene))
        assert "each kernel (3×3) sums" in key
        alone = "MaxPool2d(2)" in key and "a pooling window" in key  # said nowhere else
        assert alone or ("a pooling window (2×2) sees" in key) == ("op" in windows(scene))


def video(timesteps, size=24):
    given = {"timesteps": timesteps, "batch_first": True, **image(3, size, size, 2)}
    layers = [conv(6, 5), "relu", {"max_pool2d": 2}, "flatten", {"lstm": 12}, "last_step", {"linear": 4}]
    return pipeline.trace(pipeline.load({"input": given, "layers": layers, "title": "Strokes"}))


@pytest.mark.parametrize("width", ["60mm", "column", "text"])
@pytest.mark.parametrize("name", [1, 3, 5, "cnn", "flat", "alike"])
def test_the_key_explains_the_windows_that_are_drawn(subjects, name, width):
    """Where a row ends between two maps, no window is drawn; of kernels the lesson stays, in words alone."""
    subject = subjects.get(name) or video(name)
    scene = compose(VOLUMES, subject, VolumesOptions(width=width))
    assert any("a pooling window" in t for t in said(scene)) == ("op" in windows(scene))
    kernel = next(t.label for t in scene.texts if t.label.text.startswith("each kernel"))
    indent = box_of(kernel)[0] - min(box_of(t.label)[0] for t in scene.texts)
    assert (indent > 10) == ("param" in windows(scene))


def test_the_frames_that_are_worked_on_apart_are_bracketed_and_counted():
    from lstmviz.proof.facts.layers import FACTS

    about = video(5)
    scene = compose(VOLUMES, about, VolumesOptions(width="column"))
    assert windows(scene) == {"op", "param"}
    told = [t.label for t in scene.texts if t.label.text == "each of 10 frames by itself"]
    assert len(told) == 2  # on both rows that they stand in
    for label in told:
        given = dict(next(c for c in label.claims if c.kind == "sentence").fact("given"))
        assert FACTS["frames-apart"](about.trace, given)
        assert not FACTS["frames-apart"](about.trace, given | {"n": 5})
        assert not FACTS["frames-apart"](about.trace, given | {"stages": (*given["stages"], "lstm")})
    one_each = said(compose(VOLUMES, video(1, 12), VolumesOptions()))
    assert {t for t in one_each if "frames by itself" in t} == {"each of 2 frames by itself"}


@pytest.mark.parametrize("width", ["column", "text"])
def test_a_line_over_an_arrow_is_near_it_and_over_all_that_is_below(subjects, width):
    scene = compose(VOLUMES, video(5), VolumesOptions(width=width))
    label = next(box_of(t.label) for t in scene.texts if t.label.text == "LSTM")
    route = next(e.route for e in scene.edges if e.id == "run.lstm")
    assert 0 < route[0][1] - label[3] < 6
    assert route[0][0] < label[0] < label[2] < route[-1][0]


def test_sizes_that_differ_are_said_at_each_arrow(subjects):
    strides = compose(VOLUMES, subjects["strides"], VolumesOptions(width="text"))
    over = " ".join(said(strides))
    assert all(t in over for t in ("11×11 kernels, stride 4", "largest of 3×3, stride 2", "5×5 kernels"))
    assert "kernel (" not in over
    without = compose(VOLUMES, subjects["vgg"], VolumesOptions(width="text", legend="off"))
    assert sum("3×3" in t for t in said(without)) > 1  # no key says it for all


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_drawn_larger_than_its_scale_is_said(subjects, width):
    def larger(name):
        scene = compose(VOLUMES, subjects[name], VolumesOptions(width=width, detail="full"))
        told = " ".join(said(scene))
        return [told[told.index("drawn larger") :]] if "larger than that scale" in told else []

    forms = [m.target for m in moves_of(subjects["cnn"])]
    assert not any(f.raised for f in forms)
    assert [m.target.sizes for m in moves_of(subjects["strides"]) if m.target.raised] == []
    assert not any(f.raised for m in moves_of(subjects["vgg"]) for f in (m.source, m.target))
    if width == "slide":
        return
    assert any("larger than that scale: windows" in t for t in larger("cnn"))
    assert any("windows" in t for t in larger("vgg"))  # in a column it is scaled down with its forms
    assert larger("tiny") == []


@pytest.mark.parametrize(("size", "window", "left"), [(7, 2, True), (8, 2, False), (9, 3, False)])
def test_what_pooling_leaves_out_is_said_and_true(size, window, left):
    """Rows that fill no window are named; of other sizes the same sentence is refuted."""
    from lstmviz.proof.facts.layers import FACTS

    image = {"batch_size": 2, "channels": 3, "height": size, "width": size}
    about = pipeline.trace(pipeline.load({"input": image, "layers": [{"max_pool2d": window}]}))
    scene = compose(VOLUMES, about, VolumesOptions(width="text", detail="full"))
    said = [t.label for t in scene.texts if "are left out" in t.label.text]
    assert bool(said) is left
    for label in said:
        mine = (c for c in label.claims if c.kind == "sentence" and c.fact("id") == "volumes.left-out")
        given = dict(next(mine).fact("given"))
        assert FACTS["rows-left-out"](about.trace, given)
        for name in ("high", "wide", "rows", "columns"):
            assert not FACTS["rows-left-out"](about.trace, given | {name: given[name] + 1})


@pytest.mark.parametrize(("last", "word"), [(["softmax"], "4 classes"), ([], "4 units")])
def test_a_bare_network_says_classes_where_softmax_chooses_between_them(last, word):
    from lstmviz.proof.facts.layers import FACTS

    image = {"batch_size": 2, "channels": 1, "height": 8, "width": 8}
    layers = [{"conv2d": {"out_channels": 3, "kernel_size": 3}}, "flatten", {"linear": 4}, *last]
    about = pipeline.trace(pipeline.load({"input": image, "layers": layers}))
    scene = pipeline.draw({"input": image, "layers": layers}, "volumes", detail="low", width="column").scene
    told = " ".join(said(scene))
    assert word in told
    assert "image" in told
    end = about.trace.stages[-1].name
    assert FACTS["chosen-by-softmax"](about.trace, {"n": 4, "of": end, "axis": 1}) is bool(last)
    assert not FACTS["chosen-by-softmax"](about.trace, {"n": 5, "of": end, "axis": 1})


def test_first_lines_over_the_arrows_of_maps_are_level(subjects):
    scene = compose(VOLUMES, subjects["cnn"], VolumesOptions(width="text"))
    named = [t.label for t in scene.texts if re.match(r"(Conv2d|MaxPool2d|Flatten)", t.label.text)]
    assert len(named) > 2
    assert len({round(label.runs[0].y, 3) for label in named}) == 1


@pytest.mark.parametrize(("name", "dashed"), [("one-map", False), ("cnn", True)])
def test_the_kernel_of_the_key_is_deep_where_one_on_the_maps_is(subjects, name, dashed):
    scene = compose(VOLUMES, subjects[name], VolumesOptions(width="text"))
    assert any(one.dash == HIDDEN for one in scene.polygons) is dashed
