"""What other tools show of recurrent models: every sentence of docs/other-tools.md (`make bench`)."""

from __future__ import annotations

import os
import re
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

os.environ.setdefault("KERAS_BACKEND", "torch")
X = torch.zeros(6, 5, 3)
LENGTHS = [5, 5, 4, 3, 2, 1]
READS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "h_n[-1]": lambda _out, h, _c: h[-1],
    "h_n[0]": lambda _out, h, _c: h[0],
    "c_n[-1]": lambda _out, _h, c: c[-1],
}
"""Three heads that read three different states."""


class Net(nn.Module):
    """Two layers in two directions, and a head that reads one of their states."""

    def __init__(self, read: Callable[[Any, Any, Any], Any]) -> None:
        super().__init__()
        self.read = read
        self.rnn = nn.LSTM(3, 16, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give (N, 1)."""
        out, (h, c) = self.rnn(x)
        return self.head(self.read(out, h, c))


class Loop(nn.Module):
    """A cell that runs step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(3, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give the last h, (N, H)."""
        h = c = x.new_zeros(len(x), 16)
        for t in range(x.shape[1]):
            h, c = self.cell(x[:, t], (h, c))
        return h


class Packed(nn.Module):
    """A packed batch of 20 steps."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(3, 16, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give (N, T, H)."""
        packed = nn.utils.rnn.pack_padded_sequence(x, LENGTHS, batch_first=True)
        return nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0]


def torchinfo_facts() -> Iterator[tuple[str, bool]]:
    """Yield what the page says of torchinfo, and whether it is so."""
    import torchinfo  # noqa: PLC0415

    def table(model: nn.Module) -> Any:
        return torchinfo.summary(model, input_data=X, verbose=0)

    tables = {name: str(table(Net(read))) for name, read in READS.items()}
    yield "one table for three models", len(set(tables.values())) == 1
    yield "an LSTM is one row, h_n and c_n are not in it", "(4, 6, 16)" not in tables["h_n[-1]"]
    weights = 64 * (3 + 16)
    loop = table(Loop()).total_mult_adds
    yield "a loop over a cell: 645,120 for 36,480", (loop, weights * 6 * 5) == (645_120, 36_480)
    packed = table(Packed()).total_mult_adds
    yield "a packed GRU: 322,560 for 18,240", (packed, 48 * (3 + 16) * sum(LENGTHS)) == (322_560, 18_240)


def torchview_facts() -> Iterator[tuple[str, bool]]:
    """Yield what the page says of torchview."""
    import torchview  # noqa: PLC0415

    def source(model: nn.Module) -> str:
        return str(torchview.draw_graph(model.eval(), input_data=X, device="cpu").visual_graph.source)

    pictures = {name: source(Net(read)) for name, read in READS.items()}
    yield "one picture for three models", len(set(pictures.values())) == 1
    yield "states are 2 x (4, 6, 16), without names", "2 x (4, 6, 16)" in pictures["h_n[-1]"]
    yield "a loop is a box for each step", source(Loop()).count("LSTMCell") == X.shape[1]


def torchviz_facts() -> Iterator[tuple[str, bool]]:
    """Yield what the page says of torchviz."""
    import torchviz  # noqa: PLC0415

    sources = {re.sub(r"\d{6,}", "id", torchviz.make_dot(Net(read)(X)).source) for read in READS.values()}
    yield "one picture for three models", len(sources) == 1
    (source,) = sources
    yield "backward's nodes, no time, no state", "RnnLayerBackward" in source and "h_n" not in source


def torchsummary_facts() -> Iterator[tuple[str, bool]]:
    """Yield what the page says of torchsummary."""
    from torchsummary import summary  # noqa: PLC0415

    model = Net(READS["h_n[-1]"])
    try:
        summary(model, (5, 3), device="cpu")
    except AttributeError as error:
        yield "an LSTM ends it", "'tuple' object has no attribute 'size'" in str(error)
    try:
        model(X)
        yield "its hooks stay", False
    except AttributeError:
        yield "its hooks stay: the module itself runs no more", True


def keras_facts() -> Iterator[tuple[str, bool]]:
    """Yield what the page says of Keras's own picture."""
    import keras  # noqa: PLC0415
    from keras import layers  # noqa: PLC0415

    def source(layer: Any) -> str:
        model = keras.Sequential([keras.Input((None, 3)), layer])
        made = keras.utils.model_to_dot(model, show_shapes=True, show_layer_names=False).to_string()
        return re.sub(r"\d{6,}", "id", made)

    plain = [layers.LSTM(8), layers.LSTM(8, go_backwards=True), layers.LSTM(8, activation="relu")]
    yield "one picture for three layers", len({source(layer) for layer in plain}) == 1
    both = [layers.Bidirectional(layers.LSTM(8), merge_mode=mode) for mode in ("sum", "ave")]
    yield "one picture for two ways to merge", len({source(layer) for layer in both}) == 1


FACTS = {
    "keras": keras_facts,
    "torchinfo": torchinfo_facts,
    "torchview": torchview_facts,
    "torchviz": torchviz_facts,
    "torchsummary": torchsummary_facts,
}


def main() -> int:
    """Print every fact; 1 if one is no longer so."""
    wrong = 0
    for tool, facts in FACTS.items():
        for what, holds in facts():
            print(f"{tool} {metadata.version(tool)}: {what}: {'so' if holds else 'NOT SO'}")
            wrong += not holds
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
