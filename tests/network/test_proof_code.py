"""Every line of code that figures print is run: what does not run, or does something else, is refuted."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import able, plan
from lstmviz.network.run import undisturbed
from lstmviz.proof import code
from lstmviz.proof.code import CodeRunner, is_code
from lstmviz.proof.expression import FalseError, evaluated
from lstmviz.proof.page_text import claims_of
from lstmviz.proof.verdict import Tally
from tests.house_specs import SPECS, subject
from tests.network.mutants import ALL, SAMPLE

SEQUENCE = {"batch_size": 6, "timesteps": 5, "features": 3}
PACKED = SEQUENCE | {"lengths": [5, 3, 1, 2, 5, 4]}
MODELS = {
    "stacked": (SEQUENCE, [{"lstm": {"hidden_size": 4, "num_layers": 3, "bidirectional": True}}]),
    "one": (
        SEQUENCE | {"timesteps": 1, "batch_first": True},
        [{"gru": {"hidden_size": 4, "bidirectional": True}}],
    ),
    "relu": (SEQUENCE, [{"rnn": {"hidden_size": 4, "nonlinearity": "relu", "bias": False}}]),
    "unbatched": (
        {"timesteps": 5, "features": 3},
        [{"lstm": {"hidden_size": 4, "proj_size": 2}}, {"linear": 1}],
    ),
    "packed": (PACKED, [{"lstm": {"hidden_size": 4, "bidirectional": True}}, "last_step", {"linear": 2}]),
    "packed-first": (PACKED | {"batch_first": True}, [{"gru": {"hidden_size": 4, "num_layers": 2}}]),
    "short": (PACKED | {"lengths": [3, 3, 1, 2, 2, 3]}, [{"gru": 4}]),
    "sorted": (PACKED | {"lengths": [5, 5, 4, 3, 2, 1]}, [{"rnn": 4}]),
    "words": (
        {"vocabulary": 1000, "batch_first": True, "sentences": [["a"], ["b", "c"]]},
        [
            {"embedding": {"embedding_dim": 3, "padding_idx": 0}},
            {"lstm": 4},
            {"linear": {"out_features": 3, "bias": False}},
        ],
    ),
    "mlp": (
        {"batch_size": 4, "features": 3},
        [{"linear": {"out_features": 5, "bias": False}}, "relu", {"dropout": 0.2}, {"linear": 2}],
    ),
    "axes": (
        SEQUENCE,
        [
            {"lstm": 4},
            {"layer_norm": {"eps": 0.001}},
            {"permute": [1, 0, 2]},
            {"reshape": [6, 20]},
            {"linear": 4},
            {"softmax": 0},
        ],
    ),
    "cnn": (
        {"batch_size": 2, "channels": 1, "height": 16, "width": 16},
        [
            {"conv2d": {"out_channels": 4, "kernel_size": [3, 5], "padding": 1, "bias": False}},
            "relu",
            "batch_norm2d",
            {"conv2d": {"out_channels": 6, "kernel_size": 3, "padding": 1}},
            "relu",
            {"avg_pool2d": {"kernel_size": 2, "stride": 1}},
            {"flatten": 1},
            {"linear": 2},
        ],
    ),
}
OPTIONS = {
    "tensors": [{"table": True}],
    "cube": [{"view": "slices"}, {"windows": {"rows": 9, "stride": 2}}],
    "grid": [{"sample": 1}, {"sample": 2}],
}


def scenes(name):
    """The figures of a model that print code, wide and narrow."""
    given, layers = MODELS[name]
    spec = lstmviz.load({"input": given, "layers": layers})
    subject = pipeline.trace(spec)
    for kind in able(subject):
        for more in ({}, *OPTIONS.get(kind, [])):
            for width in ("text", "column"):
                try:
                    yield (
                        pipeline.compose(subject, plan(spec, kind, {"width": width, **more})).scene,
                        subject.trace,
                    )
                except lstmviz.FigureError:
                    continue  # too narrow, or no such sample


def verdict(scene, trace):
    tally = Tally(scene.kind)
    with undisturbed():
        code.judge(tally, scene, trace)
    return tally


@pytest.mark.parametrize("name", MODELS)
def test_what_is_printed_runs(name):
    seen = 0
    for scene, trace in scenes(name):
        found = verdict(scene, trace)
        assert not found.faults, scene.kind
        assert not found.texts, scene.kind
        seen += found.claims
    assert seen > 2


def test_the_specs_of_the_house_print_code_that_runs():
    """Those of `mutants.SAMPLE` are proven whole, their code too, in test_mutations_arrows.py."""
    for name in SPECS:
        if name in SAMPLE and not ALL:
            continue
        spec, about = subject(name)
        # maps of influence take as long as all others together, and no line of theirs stands there alone
        for kind in able(about) if ALL else [one for one in able(about) if one != "influence"]:
            scene = pipeline.compose(about, plan(spec, kind, {})).scene
            assert not verdict(scene, about.trace).faults, (name, kind)


CHANGES = (
    (":, ", ""), ("True", "False"), ("batch_first", "bias"), ("h_n", "h_0"), ("transpose(0, 1).", ""),
    (", enforce_sorted=False", ""), ("'relu'", "relu"), (", bias=False", ""),
)  # fmt: skip


def mutants(claim):
    """The same code with one number, sign or word changed, and all of it claimed so."""
    source = claim.fact("source")
    for match in re.finditer(r"\d+", source):
        yield f"{source[: match.start()]}{int(match[0]) + 1}{source[match.end() :]}"
    for old, new in CHANGES:
        if old in source:
            yield source.replace(old, new, 1)


@pytest.mark.parametrize("name", ["stacked", "packed", "packed-first", "relu", "words", "cnn"])
def test_code_that_is_changed_is_refuted(name):
    """One thing changed in one source: every number, the order of axes, an argument."""
    claims = {
        claim.fact("source"): (claim, drawn)
        for drawn in scenes(name)
        for _, claim in claims_of(drawn[0], "code")
    }
    bench, tried, missed = {}, 0, []
    for claim, (_, trace) in claims.values():
        for source in mutants(claim):
            tried += 1
            try:
                with undisturbed():
                    bench.setdefault(id(trace), CodeRunner(trace)).hold(
                        source, dict(claim.fact("names")), dict(claim.facts)
                    )
            except FalseError:
                continue
            missed.append((claim.fact("source"), source))
    assert tried > 10
    assert not missed


def test_what_is_drawn_is_what_runs():
    """A text whose claim says something else, and a text without a claim."""
    for scene, trace in scenes("stacked"):
        for index, text in enumerate(scene.texts):
            if not is_code(text.label.text) or {run.font for run in text.label.runs} != {"mono"}:
                continue
            label = text.label
            for wrong in (replace(label, text=label.text.replace("4", "5") + "."), replace(label, claims=())):
                texts = (*scene.texts[:index], replace(text, label=wrong), *scene.texts[index + 1 :])
                changed = wrong.claims == () or all(c.text not in wrong.text for c in wrong.claims)
                assert not changed or verdict(replace(scene, texts=texts), trace).faults, label.text


@pytest.mark.parametrize(
    "source",
    [
        "__import__('os')", "nn.functional", "nn.LSTM.__init__", "x.__class__", "x.data", "x.numpy()",
        "open('a')", "(lambda: 1)()", "[i for i in x]", "x if x else x", "x.tofile('a')", "nn.Linear(**x)",
        "nn.Module.register_forward_hook(x)",
    ],
)  # fmt: skip
def test_nothing_else_can_be_reached(source):
    with pytest.raises(FalseError):
        evaluated(source, {"x": 1})
