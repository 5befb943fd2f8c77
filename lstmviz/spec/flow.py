"""Whether the layers can follow one another, as far as no run is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstmviz.spec.layer_types import LAYER_TYPES, RECURRENT, Form
from lstmviz.spec.layers import FlattenOptions
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.stack import PartialLayer
from lstmviz.spec.step_layers import DecoderOptions

_READS = {"tokens": "tokens", "sequence": "a sequence", "image": "an image", "rows": "one vector a sample"}
_IS = {
    "tokens": "tokens",
    "sequence": "a sequence of numbers",
    "rows": "rows without time",
    "image": "an image",
    "frames": "a sequence of images",
}


@dataclass(slots=True)
class DataState:
    """What the data is on its way through the layers, and what made it so."""

    ledger: Ledger
    form: Form
    timed: bool
    batched: bool
    source: str = "the input"
    recurrent: str | None = None

    def run(self, parts: Sequence[PartialLayer | None]) -> None:
        """Follow the layers until one cannot be followed."""
        for part in parts:
            if part is None:  # an unknown layer may do anything
                self.form = "unknown"
                self.recurrent = self.recurrent or "unknown"
                continue
            if part.reads:
                self.form, self.source = "unknown", part.reads
            if not self.accepts(part):
                return
            self.pass_through(part)

    def accepts(self, part: PartialLayer) -> bool:
        """Check what a layer needs; complains and gives False if it is not so."""
        need = LAYER_TYPES[part.type].reads
        if self.form == "tokens" and need != "tokens":
            message = f"{part.type} reads numbers, but {self.source} gives tokens"
            self.complain(part, message, "begin with an embedding: '- embedding: 16'")
            return False
        given = "image" if self.form == "frames" and need == "image" else self.form
        if need not in {given, "unknown"} and given != "unknown":
            message = f"{part.type} reads {_READS[need]}, but {self.source} gives {_IS[self.form]}"
            self.complain(part, message, self.remedy(need))
            return False
        return part.type != "decoder" or self.decodes(part)

    def remedy(self, need: Form) -> str | None:
        """What to do about a layer that gets the wrong kind of data."""
        begins = self.source == "the input"
        if need == "sequence" and self.form == "rows":
            return "give input its 'timesteps'" if begins else "leave it out, or move it"
        if need == "sequence" and self.form == "frames":
            return "make a vector of every frame first: '- flatten'"
        said: dict[Form, str] = {
            "sequence": "give it a time axis first, with view or reshape",
            "rows": "make a vector of the steps first: '- last_step'" if self.form == "sequence" else "",
            "tokens": "give input a 'vocabulary' instead of 'features'" if begins else "",
            "image": "give input 'channels', 'height' and 'width'" if begins else "",
        }
        return said.get(need) or None

    def decodes(self, part: PartialLayer) -> bool:
        """Whether a decoder finds the states that it starts from."""
        if self.recurrent is None:
            message = "decoder starts from h_n of a recurrent layer, but none runs before it"
            self.complain(part, message, "put an lstm, gru or rnn before it")
            return False
        cell = part.options.cell if isinstance(part.options, DecoderOptions) else None
        if cell == "lstm" and self.recurrent in {"gru", "rnn"}:
            message = (
                f"an lstm decoder starts from h_n and c_n, but the {self.recurrent} before it has no c_n"
            )
            self.complain(part, message, f"cell: {self.recurrent}")
            return False
        return True

    def pass_through(self, part: PartialLayer) -> None:
        """Note what a layer makes of the data."""
        if part.type in RECURRENT:
            self.recurrent = part.type
        if part.type == "decoder" and isinstance(part.options, DecoderOptions):
            self.recurrent = part.options.cell
        after = self.after(part)
        if after != self.form:
            self.form, self.source = after, part.type

    def after(self, part: PartialLayer) -> Form:
        """What the data is after a layer."""
        if part.type == "embedding":
            return "sequence" if self.timed else "rows"
        if part.type == "flatten":
            if self.form == "frames":
                return "sequence" if part.options == FlattenOptions() else "unknown"
            whole = part.options == FlattenOptions() and self.batched and self.form in {"rows", "image"}
            return "rows" if whole else "unknown"
        return LAYER_TYPES[part.type].gives or self.form

    def complain(self, part: PartialLayer, message: str, hint: str | None) -> None:
        """Write down that a layer cannot run where it stands."""
        span = self.ledger.key(*part.path)
        self.ledger.add("misplaced-layer", message, span, part.path, hint)
