"""Kind `weights` in the order of Keras and ONNX: blocks put as they are drawn compute the same there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from torch import nn

import lstmviz
from tests.network.keras_models import keras

T, N, F, H = 5, 2, 3, 4
GATES = {"lstm": "ifgo", "gru": "rzn"}


def made(kind):
    torch.manual_seed(3)
    return {"lstm": nn.LSTM, "gru": nn.GRU}[kind](F, H), torch.randn(T, N, F)


def as_drawn(kind, module, order):
    """Return the framework's weights by name, of torch's blocks in the order that the figure draws."""
    own = {}
    for side in "ih":
        for name, letter in (("weight", "W"), ("bias", "b")):
            parts = getattr(module, f"{name}_{side}h_l0").detach().chunk(len(GATES[kind]))
            own |= {f"{letter}_{side}{gate}": part for gate, part in zip(GATES[kind], parts, strict=True)}
    if (kind, order) == ("lstm", "keras"):  # one bias there, the sum of torch's two
        own |= {f"b_i{gate}": own[f"b_i{gate}"] + own[f"b_h{gate}"] for gate in GATES[kind]}
    scene = lstmviz.draw(module, "weights", inputs=(torch.zeros(T, N, F),), order=order).scene
    found = {}
    for frame in scene.frames:
        drawn = [node for node in scene.nodes if node.id.startswith(f"{frame.id}.")]
        drawn.sort(key=lambda node: node.box[0 if order == "keras" else 1])
        found[frame.id.rpartition(".")[2]] = torch.cat([own[node.id.rpartition(".")[2]] for node in drawn])
    return found


@pytest.mark.parametrize("kind", GATES)
def test_keras_computes_the_same_with_the_blocks_as_they_are_drawn(kind):
    module, x = made(kind)
    found = as_drawn(kind, module, "keras")
    layer = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[kind](H, return_sequences=True)
    layer.build((N, T, F))
    bias = found["bias"] if kind == "lstm" else torch.stack([found["bias[0]"], found["bias[1]"]])
    layer.set_weights([one.numpy() for one in (found["kernel"].T, found["recurrent_kernel"].T, bias)])
    output = keras.ops.convert_to_numpy(layer(x.transpose(0, 1).numpy()))
    assert np.allclose(output.swapaxes(0, 1), module(x)[0].detach(), atol=1e-5)


@pytest.mark.parametrize("kind", GATES)
def test_onnx_computes_the_same_with_the_blocks_as_they_are_drawn(kind):
    module, x = made(kind)
    given = {name: one.numpy()[None] for name, one in as_drawn(kind, module, "onnx").items()}
    more = {"linear_before_reset": 1} if kind == "gru" else {}
    node = helper.make_node(kind.upper(), ["x", "W", "R", "B"], ["output"], hidden_size=H, **more)
    sizes = {"x": x.shape, **{name: one.shape for name, one in given.items()}}
    takes = [helper.make_tensor_value_info(name, TensorProto.FLOAT, one) for name, one in sizes.items()]
    gives = [helper.make_tensor_value_info("output", TensorProto.FLOAT, (T, 1, N, H))]
    model = helper.make_model(helper.make_graph([node], "one", takes, gives))
    (output,) = ReferenceEvaluator(model).run(None, {"x": x.numpy(), **given})
    assert np.allclose(output[:, 0], module(x)[0].detach(), atol=1e-5)
