"""ONNX files for the tests, made by hand and by torch's exporters."""

from __future__ import annotations

import io
import logging
import warnings

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

T, N, F, H = 5, 2, 3, 4
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def weights(op, directions=1, features=F, seed=0):
    """W, R and B of a recurrent node."""
    luck, gates = np.random.default_rng(seed), GATES[op]
    shapes = ((directions, gates * H, features), (directions, gates * H, H), (directions, 2 * gates * H))
    return [luck.uniform(-0.5, 0.5, shape).astype("float32") for shape in shapes]


def tensor(name, sizes, kind=TensorProto.FLOAT):
    """What a graph takes or gives."""
    return helper.make_tensor_value_info(name, kind, sizes)


def written(path, nodes, inputs, outputs, constants):
    """A checked model, in a file."""
    held = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def recurrent(path, op, *, lengths=None, states=False, outputs=None, bias=True, **attributes):
    """One recurrent node; `lengths` are a constant, or "input"."""
    directions = 2 if attributes.get("direction") == "bidirectional" else 1
    w, r, b = weights(op, directions)
    first = ["N", "T", F] if attributes.get("layout") else ["T", "N", F]
    taken, constants = [tensor("x", first)], {"W": w, "R": r} | ({"B": b} if bias else {})
    names = ["x", "W", "R", "B" if bias else "", "", "", ""]
    if lengths == "input":
        taken.append(tensor("lengths", ["N"], TensorProto.INT32))
        names[4] = "lengths"
    elif lengths:
        constants["lengths"] = np.array(lengths, "int32")
        names[4] = "lengths"
    for place, state in enumerate(("h0", "c0") if op == "LSTM" else ("h0",), 5):
        if states:
            taken.append(tensor(state, [directions, "N", H]))
            names[place] = state
    names = [*names[: 7 if op == "LSTM" else 6], attributes.pop("peepholes", "")]
    names = names if names[-1] else names[:-1]
    if names[-1] == "P":
        constants["P"] = np.full((directions, 3 * H), 0.1, "float32")
    given = outputs or ["Y", "Y_h", "Y_c"][: 3 if op == "LSTM" else 2]
    node = helper.make_node(op, names, given, name="/encoder/" + op, hidden_size=H, **attributes)
    results = [tensor(name, [None] * (4 if name == "Y" else 3)) for name in given if name]
    return written(path, [node], taken, results, constants)


def classifier(path):
    """Tokens, an embedding, a batch-first LSTM as exporters write it, a product and a bias."""
    w, r, b = weights("LSTM", 2, features=6)
    luck = np.random.default_rng(1)
    make = helper.make_node
    nodes = [
        make("Gather", ["table", "tokens"], ["embedded"], name="/words/Gather"),
        make("Shape", ["embedded"], ["sizes"]),
        make("Gather", ["sizes", "zero"], ["batch"]),
        make("Unsqueeze", ["batch", "axis"], ["batch_1"]),
        make("Concat", ["two", "batch_1", "hidden"], ["state_sizes"], axis=0),
        make("ConstantOfShape", ["state_sizes"], ["state"]),
        make("Transpose", ["embedded"], ["steps"], perm=[1, 0, 2]),
        make("LSTM", ["steps", "W", "R", "B", "", "state", "state"], ["Y", "", ""], name="/rnn/LSTM",
             hidden_size=H, direction="bidirectional"),
        make("Transpose", ["Y"], ["moved"], perm=[0, 2, 1, 3]),
        make("Reshape", ["moved", "merged_sizes"], ["merged"]),
        make("Transpose", ["merged"], ["output"], perm=[1, 0, 2]),
        make("Gather", ["output", "last"], ["last_output"], axis=1),
        make("Relu", ["last_output"], ["active"]),
        make("MatMul", ["active", "weight"], ["product"], name="/head/MatMul"),
        make("Add", ["product", "bias"], ["y"]),
    ]  # fmt: skip
    constants = {
        "table": luck.standard_normal((20, 6)).astype("float32"), "W": w, "R": r, "B": b,
        "zero": np.array(0), "axis": np.array([0]), "two": np.array([2]), "hidden": np.array([H]),
        "merged_sizes": np.array([0, 0, -1]), "last": np.array(-1),
        "weight": luck.standard_normal((2 * H, 3)).astype("float32"), "bias": np.ones(3, "float32"),
    }  # fmt: skip
    tokens = tensor("tokens", ["N", "T"], TensorProto.INT64)
    return written(path, nodes, [tokens], [tensor("y", ["N", 3])], constants)


def product(path, *, turned, size=2):
    """An LSTM's last state, and a Gemm whose weights are (out, in), or (in, out) where they are `turned`."""
    w, r, b = weights("LSTM")
    sizes = (H, size) if turned else (size, H)
    nodes = [
        helper.make_node("LSTM", ["x", "W", "R", "B"], ["", "Y_h", ""], name="/rnn/LSTM", hidden_size=H),
        helper.make_node("Squeeze", ["Y_h", "first"], ["h"]),
        helper.make_node("Gemm", ["h", "weight", "bias"], ["y"], name="/head/Gemm", transB=int(not turned)),
    ]
    constants = {"W": w, "R": r, "B": b, "first": np.array([0]), "bias": np.ones(size, "float32"),
                 "weight": np.random.default_rng(2).standard_normal(sizes).astype("float32")}  # fmt: skip
    return written(path, nodes, [tensor("x", ["T", "N", F])], [tensor("y", ["N", size])], constants)


def halved(path):
    """A file whose numbers are float16."""
    model = onnx.load(str(path))
    for one in model.graph.initializer:
        one.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(one).astype("float16"), one.name))
    for one in (*model.graph.input, *model.graph.output):
        one.type.tensor_type.elem_type = TensorProto.FLOAT16
    onnx.save(model, str(path))
    return path


def chosen(path):
    """An If over what a layer gives."""
    w, r, b = weights("LSTM")
    ways = [helper.make_graph([helper.make_node(op, ["h"], [op])], op, [], [tensor(op, [1, "N", H])])
            for op in ("Relu", "Tanh")]  # fmt: skip
    nodes = [
        helper.make_node("LSTM", ["x", "W", "R", "B"], ["", "h"], hidden_size=H),
        helper.make_node("If", ["go"], ["y"], name="/gate", then_branch=ways[0], else_branch=ways[1]),
    ]
    taken = [tensor("x", ["T", "N", F]), tensor("go", [], TensorProto.BOOL)]
    return written(path, nodes, taken, [tensor("y", [1, "N", H])], {"W": w, "R": r, "B": b})


def looped(path, many):
    """A Loop whose rounds read x around them: h = tanh(x[t] W + h R); so many rounds, or an input's."""
    make = helper.make_node
    w, r, _ = weights("RNN")
    body = helper.make_graph(
        [make("Gather", ["x", "t"], ["x_t"]), make("MatMul", ["x_t", "W"], ["a"]),
         make("MatMul", ["h", "R"], ["b"]), make("Add", ["a", "b"], ["sum"]),
         make("Tanh", ["sum"], ["h_next"]), make("Identity", ["h_next"], ["y"]),
         make("Identity", ["go"], ["still"])],
        "round",
        [tensor("t", [], TensorProto.INT64), tensor("go", [], TensorProto.BOOL), tensor("h", ["N", H])],
        [tensor("still", [], TensorProto.BOOL), tensor("h_next", ["N", H]), tensor("y", ["N", H])],
        [numpy_helper.from_array(w[0].T.copy(), "W"), numpy_helper.from_array(r[0], "R")],
    )  # fmt: skip
    nodes = [
        make("Shape", ["x"], ["sizes"]), make("Gather", ["sizes", "one"], ["batch"]),
        make("Concat", ["batch", "hidden"], ["state_sizes"], axis=0),
        make("ConstantOfShape", ["state_sizes"], ["h_0"]),
        make("Loop", ["many", "go_on", "h_0"], ["last", "steps"], name="/rnn/Loop", body=body),
    ]  # fmt: skip
    taken, constants = [tensor("x", [4, "N", F])], {"one": np.array([1]), "hidden": np.array([H])}
    constants["go_on"] = np.array(True)
    if many == "input":
        taken.append(tensor("many", [], TensorProto.INT64))
    else:
        constants["many"] = np.array(many)
    return written(path, nodes, taken, [tensor("last", ["N", H]), tensor("steps", [4, "N", H])], constants)


class Tagger(nn.Module):
    """Two batch-first layers, the last step, a head."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 6)
        self.rnn = nn.LSTM(6, H, 2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * H, 3)

    def forward(self, tokens):
        """Scores, and the last states."""
        output, (h_n, _) = self.rnn(self.words(tokens))
        return self.head(output[:, -1]), h_n


class Forecast(nn.Module):
    """A GRU over time-first data, its last state, a head."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(F, H)
        self.head = nn.Linear(H, 1)

    def forward(self, x):
        """The forecast."""
        return self.head(self.rnn(x)[1][0])


class Answering(nn.Module):
    """Two layers whose last states begin two others."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.GRU(F, H, 2, batch_first=True), nn.GRU(2, H, 2, batch_first=True)
        self.head = nn.Linear(H, 2)

    def forward(self, x, y):
        """Every step's answer."""
        return self.head(self.decoder(y, self.encoder(x)[1])[0])


class Sensor(nn.Module):
    """A convolution over time, normalised and pooled, under a layer in both directions."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.pool = nn.Conv1d(F, 6, 3, padding=1), nn.BatchNorm1d(6), nn.MaxPool1d(2)
        self.rnn, self.head = nn.LSTM(6, H, batch_first=True, bidirectional=True), nn.Linear(2 * H, 1)

    def forward(self, x):
        """One number of both directions' last states."""
        steps = self.pool(torch.relu(self.norm(self.conv(x.transpose(1, 2))))).transpose(1, 2)
        return self.head(self.rnn(steps)[1][0].transpose(0, 1).flatten(1))


class Sorted(nn.Module):
    """A padded batch that is packed, whatever the order of its lengths."""

    def __init__(self):
        super().__init__()
        self.words, self.rnn = nn.Embedding(30, 6), nn.LSTM(6, H, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * H, 3)

    def forward(self, tokens, lengths):
        """Scores of every step."""
        packed = pack_padded_sequence(self.words(tokens), lengths, batch_first=True, enforce_sorted=False)
        return self.head(pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0])


class Resumed(nn.Module):
    """Two layers that go on from states which are given."""

    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.LSTM(F, H, 2, batch_first=True), nn.Linear(H, 1)

    def forward(self, x, h, c):
        """Every step's answer, and the states."""
        output, (h, c) = self.rnn(x, (h, c))
        return self.head(output), h, c


class OneWord(nn.Module):
    """One step of a decoder, as torch's tutorial of translation has it: a batch of one."""

    def __init__(self):
        super().__init__()
        self.words, self.rnn, self.head = nn.Embedding(12, F), nn.GRU(F, H), nn.Linear(H, 12)

    def forward(self, token, h):
        """The next word's scores, and the state."""
        output, h = self.rnn(torch.relu(self.words(token)).view(1, 1, -1), h)
        return torch.log_softmax(self.head(output[0]), 1), h


class Lines(nn.Module):
    """A line of writing: a convolution whose columns are steps."""

    def __init__(self):
        super().__init__()
        self.conv, self.rnn, self.head = nn.Conv2d(1, 4, 3, padding=1), nn.LSTM(16, 6), nn.Linear(6, 11)

    def forward(self, x):
        """Scores of every column."""
        seen = nn.functional.max_pool2d(torch.relu(self.conv(x)), 2)
        n, c, high, wide = seen.shape
        steps = seen.permute(3, 0, 1, 2).reshape(wide, n, c * high)
        return torch.log_softmax(self.head(self.rnn(steps)[0]), 2)


class Weighed(nn.Module):
    """Steps weighed by their scores, which are given as well."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(F, H, bidirectional=True, batch_first=True)
        self.score, self.head = nn.Linear(2 * H, 1), nn.Linear(2 * H, 2)

    def forward(self, x):
        """The answer, and the weights."""
        output, _ = self.rnn(x)
        weights = torch.softmax(self.score(output), 1)
        return self.head((weights * output).sum(1)), weights


class Kept(nn.Module):
    """Two layers, each with what it reads added, the first normalised."""

    def __init__(self):
        super().__init__()
        self.low, self.norm = nn.LSTM(F, F, batch_first=True), nn.LayerNorm(F)
        self.high, self.head = nn.LSTM(F, F, batch_first=True), nn.Linear(F, 2)

    def forward(self, x):
        """The mean of all steps, and a head."""
        y = self.norm(self.low(x)[0] + x)
        return self.head((self.high(y)[0] + y).mean(1))


def exported(path, model, inputs, *, dynamo, **more):
    """A model of torch's, written by one of its two exporters."""
    torch.manual_seed(0)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = io.BytesIO()
        if dynamo:
            torch.onnx.export(model.eval(), inputs, dynamo=True, verbose=False).save(str(path))
        else:
            torch.onnx.export(model.eval(), inputs, data, dynamo=False, verbose=False, **more)
            path.write_bytes(data.getvalue())
    return path


TOKENS = torch.arange(14).reshape(2, 7)
FILES = {
    "lstm": lambda p: recurrent(p, "LSTM"),
    "bilstm": lambda p: recurrent(p, "LSTM", direction="bidirectional"),
    "reverse": lambda p: recurrent(p, "LSTM", direction="reverse"),
    "without bias": lambda p: recurrent(p, "LSTM", bias=False),
    "states given": lambda p: recurrent(p, "LSTM", states=True),
    "layout": lambda p: recurrent(p, "GRU", layout=1, linear_before_reset=1),
    "gru": lambda p: recurrent(p, "GRU", linear_before_reset=1, direction="bidirectional"),
    "rnn": lambda p: recurrent(p, "RNN"),
    "relu": lambda p: recurrent(p, "RNN", activations=["Relu"]),
    "lengths in the file": lambda p: recurrent(p, "LSTM", direction="bidirectional", lengths=[3, 5]),
    "last state alone": lambda p: recurrent(p, "GRU", linear_before_reset=1, outputs=["", "Y_h"]),
    "classifier": classifier,
    "exported": lambda p: exported(p, Tagger(), (TOKENS,), dynamo=False),
    "exported by dynamo": lambda p: exported(p, Tagger(), (TOKENS,), dynamo=True),
    "exported convolution": lambda p: exported(p, Sensor(), (torch.randn(2, 8, F),), dynamo=False),
    "exported states": lambda p: exported(
        p, Answering(), (torch.randn(2, 5, F), torch.randn(2, 4, 2)), dynamo=False
    ),
    "exported lengths": lambda p: exported(
        p, Sorted(), (torch.randint(1, 30, (3, 6)), torch.tensor([4, 6, 3])), dynamo=False
    ),
    "exported with an open batch": lambda p: exported(
        p,
        Resumed(),
        (torch.randn(2, 5, F), torch.zeros(2, 2, H), torch.zeros(2, 2, H)),
        dynamo=False,
        input_names=["x", "h", "c"],
        dynamic_axes={"x": {0: "batch"}},
    ),
    "exported word": lambda p: exported(
        p,
        OneWord(),
        (torch.tensor([[3]]), torch.zeros(1, 1, H)),
        dynamo=False,
        input_names=["token", "h"],
        dynamic_axes={"token": {0: "batch"}},
    ),
    "exported lines": lambda p: exported(p, Lines(), (torch.randn(2, 1, 8, 16),), dynamo=True),
    "exported attention": lambda p: exported(p, Weighed(), (torch.randn(2, 5, F),), dynamo=True),
    "exported residuals": lambda p: exported(p, Kept(), (torch.randn(2, 5, F),), dynamo=True),
    "exported gru": lambda p: exported(p, Forecast(), (torch.randn(5, 2, F),), dynamo=False),
}
OTHERWISE = {
    "linear_before_reset=0": lambda p: recurrent(p, "GRU", layout=1),
    "peepholes (P)": lambda p: recurrent(p, "LSTM", peepholes="P", direction="bidirectional", states=True),
    "activations Relu, Tanh, Tanh": lambda p: recurrent(p, "LSTM", activations=["Relu", "Tanh", "Tanh"]),
    "clip=0.3": lambda p: recurrent(p, "LSTM", clip=0.3),
    "input_forget=1": lambda p: recurrent(p, "LSTM", input_forget=1),
    "activations HardSigmoid, Tanh, Tanh": lambda p: recurrent(
        p, "LSTM", activations=["HardSigmoid", "Tanh", "Tanh"], activation_alpha=[0.3], activation_beta=[0.4]
    ),
    "activations LeakyRelu, ScaledTanh": lambda p: recurrent(
        p,
        "RNN",
        activations=["LeakyRelu", "ScaledTanh"],
        activation_alpha=[0.1, 1.5],
        activation_beta=[0.7],
        direction="bidirectional",
    ),
    "activations Softsign": lambda p: recurrent(p, "RNN", activations=["Softsign"], direction="reverse"),
}
"""What no layer of torch computes, by the words that are said of it: each is a loop."""
REFUSED = {
    "keeps its numbers in float16 (W), and is compared in float32": lambda p: halved(recurrent(p, "LSTM")),
    "If '/gate' is not followed": chosen,
    "clip=0.3, and lengths": lambda p: recurrent(p, "LSTM", clip=0.3, lengths=[5, 3]),
}  # fmt: skip
"""What is not drawn, by the words that must be said of it."""
