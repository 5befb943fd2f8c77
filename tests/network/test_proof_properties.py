"""Specs drawn at random over torch's whole recurrent API: no figure says what is not so.

`LSTMVIZ_EXAMPLES` says how many (500; `make prove` asks for 5000).
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lstmviz
from lstmviz import pipeline
from lstmviz.network.plan import plan_of
from lstmviz.network.proof.prove import prove
from lstmviz.plans import plan

EXAMPLES = int(os.environ.get("LSTMVIZ_EXAMPLES", "500"))

sizes = st.integers(1, 9)


@st.composite
def recurrent(draw):
    """A recurrent layer with any of torch's arguments."""
    kind = draw(st.sampled_from(["lstm", "gru", "rnn"]))
    hidden = draw(st.integers(1, 12))
    options = {
        "hidden_size": hidden,
        "num_layers": draw(st.integers(1, 3)),
        "bidirectional": draw(st.booleans()),
        "bias": draw(st.booleans()),
    }
    if options["num_layers"] > 1:
        options["dropout"] = draw(st.sampled_from([0.0, 0.3]))
    if kind == "lstm" and hidden > 1 and draw(st.booleans()):
        options["proj_size"] = draw(st.integers(1, hidden - 1))
    if kind == "rnn":
        options["nonlinearity"] = draw(st.sampled_from(["tanh", "relu"]))
    return {kind: options}


@st.composite
def specs(draw):
    """A model with one or two recurrent layers, on any input that torch takes."""
    steps = draw(st.integers(1, 7) | st.sampled_from([15, 40]))
    data = {"timesteps": steps, "batch_first": draw(st.booleans())}
    before = draw(st.sampled_from(["nothing", "embedding", "conv1d"]))
    if before == "embedding":
        data["vocabulary"] = 50
    else:
        data["features"] = draw(sizes)
    if draw(st.booleans()):
        data["batch_size"] = draw(st.integers(1, 5))
        if before != "conv1d" and draw(st.booleans()):
            lengths = st.lists(
                st.integers(1, steps), min_size=data["batch_size"], max_size=data["batch_size"]
            )
            data["lengths"] = draw(lengths)
    if draw(st.booleans()):
        data["states"] = "given"
    first = {"embedding": [{"embedding": 6}], "conv1d": [{"conv1d": {"out_channels": 4, "kernel_size": 1}}]}
    encoder = draw(recurrent())
    layers = [*first.get(before, []), encoder]
    options = next(iter(encoder.values()))
    many = draw(st.sampled_from(["one", "several", "decoder"]))
    if many == "decoder" and not options["bidirectional"] and not options.get("proj_size"):
        layers += [{"decoder": _decoder(draw, encoder)}]
    if many == "several":
        layers += draw(st.sampled_from([[], ["relu"], [{"linear": 5}]]))
        layers += [draw(recurrent())]
    layers += draw(st.sampled_from([[], [{"linear": 2}], ["last_step"], ["last_step", {"linear": 3}]]))
    return {"input": data, "layers": layers}


def _decoder(draw, encoder):
    """A decoder that the encoder's last states fit."""
    (kind, options), *_ = encoder.items()
    return {
        "cell": kind,
        "hidden_size": options["hidden_size"],
        "num_layers": options["num_layers"],
        "steps": draw(st.integers(1, 5)),
        "features": draw(sizes),
    }


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(specs(), st.data())
def test_what_is_drawn_is_so(given_spec, data):
    spec = lstmviz.load(given_spec)
    subject = pipeline.trace(spec)
    layers = subject.trace.recurrent
    chosen = data.draw(st.sampled_from(layers))
    kind = data.draw(st.sampled_from(["rolled", "unrolled", "unfold", "grid"]))
    options = {"width": data.draw(st.sampled_from(["auto", "text"])), "of": chosen.name}
    if kind == "grid" and data.draw(st.booleans()):
        chosen = layers[0]
        del options["of"]
    if kind == "grid" and chosen.lengths:
        options["sample"] = data.draw(st.integers(0, len(chosen.lengths) - 1))
    if kind != "grid":
        options["layer"] = data.draw(st.integers(0, chosen.num_layers - 1))
    scene = pipeline.compose(subject, plan(spec, kind, options)).scene
    found = prove(scene, subject.trace, plan_of(spec))
    assert found.faults == ()
    assert found.arrows > 0
