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
    if many == "decoder" and not options.get("proj_size"):
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
        "num_layers": options["num_layers"] * (2 if options["bidirectional"] else 1),
        "steps": draw(st.integers(1, 5)),
        "features": draw(sizes),
    }


@st.composite
def images(draw):
    """A network for images: convolutions, poolings, what keeps the shape, then a head; tiny or large."""
    high, wide = draw(st.sampled_from([(1, 1), (5, 4), (9, 12), (28, 28), (64, 48), (224, 224), (16, 640)]))
    channels = draw(st.sampled_from([1, 2, 3, 12, 64]))
    data = {"channels": channels, "height": high, "width": wide}
    batched = draw(st.booleans())
    if batched:
        data["batch_size"] = draw(st.sampled_from([1, 2, 8, 128]))
    layers = []
    for _ in range(draw(st.integers(1, 3) | st.sampled_from([8, 16]))):
        kind = draw(st.sampled_from(["conv2d", "conv2d", "max_pool2d", "avg_pool2d", "keep"]))
        if kind == "keep":
            layers.append(
                draw(st.sampled_from(["relu", {"dropout": 0.2}, "tanh", *["batch_norm2d"] * batched]))
            )
            continue
        made = draw(_window(kind, high, wide))
        if made is None:
            continue
        layer, high, wide = made
        layers.append(layer)
    head = (
        [{"linear": 10}] if draw(st.booleans()) else [{"linear": 4096}, "relu", {"linear": 1000}, "softmax"]
    )
    start = {} if batched else {"start_dim": 0}
    layers += draw(st.sampled_from([[], [{"flatten": start}], [{"flatten": start}, *head]]))
    return {"input": data, "layers": layers or ["relu"]}


@st.composite
def _window(draw, kind, high, wide):
    """A layer with a window, and the sides of what it gives; None where it fits nowhere."""
    size = [draw(st.integers(1, 3) | st.sampled_from([5, 7, 11])) for _ in range(2)]
    stride = draw(st.sampled_from([None, 1, 2, 4, [1, 2]]))
    dilation = [1, 1]
    padding = draw(st.sampled_from([0, 1, 2, [0, 3]]))
    if kind == "conv2d" and draw(st.booleans()):
        dilation = [draw(st.integers(1, 3))] * 2
    if kind != "conv2d":
        padding = min(min(size) // 2, padding if isinstance(padding, int) else 0)
    pads = [padding] * 2 if isinstance(padding, int) else padding
    steps = [stride] * 2 if isinstance(stride, int) else stride or ([1, 1] if kind == "conv2d" else size)
    sides = []
    for side, k, s, p, d in zip((high, wide), size, steps, pads, dilation, strict=True):
        reach = d * (k - 1) + 1
        if side + 2 * p < reach:
            return None
        sides.append((side + 2 * p - reach) // s + 1)
    options = {"kernel_size": size if size[0] != size[1] else size[0], "padding": padding}
    options |= {} if stride is None else {"stride": stride}
    if kind == "conv2d":
        options |= {"out_channels": draw(st.sampled_from([1, 3, 16, 64, 512])), "bias": draw(st.booleans())}
        options |= {} if dilation == [1, 1] else {"dilation": dilation[0]}
    return {kind: options}, *sides
