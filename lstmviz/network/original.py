"""The model of another library that a twin in torch was made of, to hold notes against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Original:
    """What was read off the model itself when it was opened.

    `gap` is how far its twin's results were from its own, `runtime` how far those of onnxruntime were,
    0 where that was not run. `layers` has for each recurrent layer what the library's own object says of it,
    ``("rnn", (("class", "LSTM"), ("units", "4"), …))``. `apart` names what the twin keeps in other matrices
    than the model. `kept` has for each stage without steps what an ONNX file keeps of it, name and sizes, and
    `turned` names those whose weights lie there as (in, out). `made_up`: whether nobody gave its inputs.
    """

    library: Literal["keras", "onnx"]
    gap: float
    layers: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    apart: tuple[str, ...] = ()
    opset: int = 0
    runtime: float = 0.0
    made_up: bool = False
    kept: tuple[tuple[str, tuple[tuple[str, tuple[int, ...]], ...]], ...] = ()
    turned: tuple[str, ...] = ()

    def options(self, name: str) -> dict[str, str]:
        """Return what a layer is there; KeyError if there is none of this name."""
        found = {known: dict(said) for known, said in self.layers}
        return found[name] if name in found else found[name.rpartition("_")[0]]

    def keeps(self, stage: str) -> bool:
        """Tell whether a stage's weights are matrices of the model's own."""
        parts = stage.split(".")
        return not any(part == one or part.startswith(f"{one}_") for one in self.apart for part in parts)
