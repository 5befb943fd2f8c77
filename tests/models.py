"""Specs of recurrent models at random, over everything that torch's API takes."""

from __future__ import annotations

from hypothesis import strategies as st

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
