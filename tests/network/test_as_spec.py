"""A user's module as a spec: the same figures, or which stage a spec cannot say."""

import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.network.user.as_plan import plan_from
from lstmviz.network.user.as_spec import spec_text
from lstmviz.network.user.describe import describe
from lstmviz.network.user.spec_input import BeyondSpecError
from lstmviz.scene import ids

sys.path.insert(0, str(Path(__file__).parent))
import zoo

WRITTEN = {
    "RegLSTM", "LastStep", "Tagger", "Seq2Seq", "LstmCells", "WeightNormed", "Dicts", "Branch", "Subclass",
    "Unbatched",
}  # fmt: skip
SKIPS = {"Residual"}
"""A spec can say them; as no chain they have their shapes in numbers, and as a spec in letters."""
KINDS = ("rolled", "unrolled", "unfold", "grid", "cell", "tensors", "neurons", "pipeline", "cube")
OTHERWISE = {("Seq2Seq", "pipeline"), ("Dicts", "pipeline")}
"""Only a spec names a second input after its reader; it does not say what else a module returns."""
OWN_WORDS = {
    ("Seq2Seq", "neurons"), ("RegLSTM", "pipeline"),
    *(("LstmCells", kind) for kind in KINDS if kind not in {"cell", "pipeline", "cube"}),
}  # fmt: skip
"""Only a spec calls a layer a decoder; a name of torch's own making (reg.0) is not shown, a spec's (reg-0)
is; and a looped cell is there a layer with one call, whose states have an axis of layers (h_0[0], where the
cell has h_0). The boxes and arrows are the same, and their words but those for first and last states."""
WIDE = {"width": "slide"}
"""Here all steps of `unfold` have room, whatever its states are called."""


def written(case):
    trace = case.trace
    plan = plan_from(trace)[0]
    return trace, spec_text(plan, case.make.__name__, "model.py:Model")


@pytest.mark.parametrize("case", zoo.CASES, ids=lambda case: case.make.__name__)
def test_what_a_spec_can_say_is_drawn_the_same(case):
    if case.make.__name__ in SKIPS:
        assert "add: " in written(case)[1]
        return
    if case.make.__name__ not in WRITTEN:
        with pytest.raises(BeyondSpecError, match=r"zoo\.py:\d+|its parameters"):
            written(case)
        return
    trace, text = written(case)
    spec = pipeline.trace(lstmviz.load(text))
    for kind in KINDS:
        one = (case.make.__name__, kind)
        if one in OWN_WORDS:
            wide = [drawn(scene(trace, subject, kind, WIDE)) for subject in (case.subject, spec)]
            assert wide[0] == wide[1], kind
        elif one not in OTHERWISE:
            assert scene(trace, case.subject, kind) == scene(trace, spec, kind), kind


def drawn(found):
    """The boxes with their words, the arrows and the frames of a figure, without their places."""
    ends = {node["id"] for node in found["nodes"] if ids.read(node["id"]).form in ids.FIRST | ids.LAST}
    nodes = {one["id"]: (one["role"], one["id"] in ends or one["label"]) for one in found["nodes"]}
    lines = ("source", "target", "role", "dashed", "double", "label")
    edges = Counter(tuple(one.get(key) for key in lines) for one in found["edges"])
    return nodes, edges, {one["id"]: one.get("label") for one in found["frames"]}


def scene(trace, subject, kind, options=None):
    """The figure as data, or why there is none; without notes, and with names as a spec spells them."""
    try:
        found = json.loads(pipeline.compose(subject, plan_kind(kind, options or {})).paint("json"))
    except lstmviz.FigureError as error:
        return str(error)
    # what was probably not meant is told in the words of a spec (last_state), or of one's own code (h_n)
    found["texts"] = [text for text in found["texts"] if '"teach.' not in json.dumps(text)]
    if trace.notes:  # how a loop was read is no part of a spec
        found = {part: found[part] for part in ("nodes", "edges", "frames")}
    text = json.dumps(found)
    for stage in trace.stages:
        text = text.replace(stage.name, stage.name.replace(".", "-"))
    return json.loads(text)


class Image(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.pool = nn.Conv2d(1, 4, (3, 5), padding=1, bias=False), nn.MaxPool2d(2, 1)
        self.flat, self.drop = nn.Flatten(), nn.Dropout(0.25)
        self.fc = nn.LazyLinear(10)

    def forward(self, x):
        return self.fc(self.drop(self.flat(torch.relu(self.pool(self.conv(x))))))


def test_an_image_model():
    model = Image()
    model(torch.rand(2, 1, 8, 8))
    plan, *_ = plan_from(describe(model, (torch.rand(2, 1, 8, 8),)))
    text = spec_text(plan, "Image: one", "x")
    spec = lstmviz.load(text)
    assert spec.title == "Image: one"
    assert (spec.input.channels, spec.input.height, spec.input.width) == (1, 8, 8)
    assert (
        "  - conv2d: {out_channels: 4, kernel_size: [3, 5], padding: 1, bias: false}\n    name: conv" in text
    )
    assert "  - dropout: 0.25\n" in text
    assert [s.type for s in lstmviz.shapes(spec).stages] == [
        "conv2d", "max_pool2d", "relu", "flatten", "dropout", "linear",
    ]  # fmt: skip


class Pooled(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool, self.lstm = nn.MaxPool1d(3, 1), nn.LSTM(4, 5, batch_first=True)

    def forward(self, x):
        return self.lstm(self.pool(x.transpose(1, 2)).transpose(1, 2))[0]


def test_the_stride_of_a_pooling_is_written_where_torch_assumes_another():
    plan, *_ = plan_from(describe(Pooled(), (torch.rand(2, 8, 4),)))
    assert "max_pool1d: {kernel_size: 3, stride: 1}" in spec_text(plan, "", "x")


class Given(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 8, 2)

    def forward(self, x, h):
        return self.rnn(x, h)[0]


def test_first_states_that_are_given():
    text = spec_text(plan_from(describe(Given(), (zoo.data(5, 4, 3), zoo.data(2, 4, 8))))[0], "Given", "x")
    assert lstmviz.load(text).input.states == "given"


def test_which_stage_a_spec_cannot_say():
    with pytest.raises(BeyondSpecError) as caught:
        plan_from(describe(zoo.Attention(), (zoo.data(4, 5, 3), zoo.data(4, 6, 2))))
    assert re.fullmatch(r"transpose \(zoo\.py:\d+\): a spec has no layer transpose", caught.value.reasons[0])
    with pytest.raises(BeyondSpecError, match=r"decode \(zoo.py:\d+\): its parameters are bias"):
        plan_from(describe(zoo.TiedLanguageModel(), (zoo.tokens(5, 4),)))


def test_shapes_of_a_chain_are_in_letters():
    trace = describe(zoo.Tagger(), (zoo.tokens(4, 5), zoo.LENGTHS))
    named = {stage.name: stage.outputs[0].symbols for stage in trace.stages}
    assert named == {"embed": ("N", "T", "E"), "pack": ("Σ lengths", "E"), "lstm": ("Σ lengths", "2H"),
                     "unpack": ("N", "T", "2H"), "tag": ("N", "T", "7")}  # fmt: skip
