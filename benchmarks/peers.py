"""The same model, unrolled, drawn by torchview or torchlens; bench.py measures the process."""

from __future__ import annotations

import sys

import torch
from torch import nn


class Unrolled(nn.Module):
    """Two layers of LSTM cells, step by step: what both can show of time."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = nn.ModuleList([nn.LSTMCell(3, 4), nn.LSTMCell(4, 4)])

    def forward(self, data: torch.Tensor) -> torch.Tensor:
        """Give the last layer's h at every step: (T, N, H)."""
        states = [None, None]
        out = []
        for row in data:
            for layer, cell in enumerate(self.cells):
                states[layer] = cell(row, states[layer])
                row = states[layer][0]  # noqa: PLW2901
            out.append(row)
        return torch.stack(out)


def main() -> None:
    """Draw with the peer named first, as many steps as named second, to the file named third."""
    data = torch.zeros(int(sys.argv[2]), 2, 3)
    path = sys.argv[3]
    if sys.argv[1] == "torchview":
        from torchview import draw_graph  # noqa: PLC0415

        graph = draw_graph(Unrolled(), input_data=data, depth=1).visual_graph
        graph.render(path, format="svg", quiet=True)
    else:
        import torchlens  # noqa: PLC0415

        trace = torchlens.trace(Unrolled(), data)
        trace.draw(view="unrolled", depth=1, vis_save_only=True, vis_fileformat="svg", vis_outpath=path)


if __name__ == "__main__":
    main()
