"""The model part of a spec as plain data: what has to be built and run."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from lstmviz.errors import ModelError
from lstmviz.spec.layer_types import EACH_STEP, RECURRENT


@dataclass(frozen=True, slots=True)
class PlanLayer:
    """One layer to build: its place in the spec, its name, its options."""

    place: str
    name: str
    type: str
    options: Mapping[str, Any]
    reads: str = ""
    """The place of the layer whose output it reads, or input; empty for the layer before it."""

    def __hash__(self) -> int:
        return hash((self.place, self.name, self.type))

    @property
    def answers_itself(self) -> bool:
        """Whether it is a decoder that reads its own answer."""
        return self.options.get("reads") == "own"

    def having(self, **options: Any) -> PlanLayer:
        """Return the same layer with other options."""
        return dataclasses.replace(self, options=MappingProxyType({**self.options, **options}))


class DataFile(NamedTuple):
    """A file beside the spec: as it is named there, where it is, and what tells its content from others."""

    name: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """Sizes, lengths and layers of a model, without titles, labels or figures.

    Two specs with equal plans are the same model: they share a trace.
    """

    form: str
    batch_size: int | None = None
    timesteps: int | None = None
    features: int | None = None
    vocabulary: int | None = None
    channels: int | None = None
    height: int | None = None
    width: int | None = None
    batch_first: bool = False
    lengths: tuple[int, ...] | None = None
    states_given: bool = False
    streams: bool = False
    """Whether it goes on from chunk to chunk of parallel streams."""
    layers: tuple[PlanLayer, ...] = ()
    weights: DataFile | None = None
    values: DataFile | None = None
    words: tuple[tuple[int, ...], ...] = ()
    """The tokens of given sentences as numbers: each word has its own, padding is 0 where there is any."""

    @property
    def kept(self) -> frozenset[str]:
        """The places whose output is read later again: a model that is no chain."""
        named = (place for layer in self.layers for place in (layer.reads, layer.options.get("layer", "")))
        attended = (self.giver(layer) for layer in self.layers if layer.options.get("attention"))
        answered = (self.head(layer)[-1].place for layer in self.layers if layer.answers_itself)
        return frozenset(place for place in (*named, *attended, *answered) if place)

    def head(self, decoder: PlanLayer) -> tuple[PlanLayer, ...]:
        """Return a decoder and the layers after it that make its answer, step by step."""
        at = self.layers.index(decoder)
        return (decoder, *takewhile(self._each_step, self.layers[at + 1 :]))

    def _each_step(self, layer: PlanLayer) -> bool:
        last = layer.options.get("dim", -1) in {-1, 2 if self.batched else 1}
        return layer.type in EACH_STEP and not layer.reads and last

    def giver(self, decoder: PlanLayer) -> str:
        """Return the place of the recurrent layer whose states a decoder starts from; empty if none does."""
        before = self.layers[: self.layers.index(decoder)]
        return next((one.place for one in reversed(before) if one.type in (*RECURRENT, "decoder")), "")

    @property
    def batched(self) -> bool:
        """Whether the input has a batch axis."""
        return self.batch_size is not None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """What is handed to the model: the declared sizes in torch's order."""
        if self.form == "image":
            axes = [self.channels, self.height, self.width]
        else:
            axes = [self.features] if self.form == "sequence" else []
        leading = [self.timesteps, self.batch_size]
        axes = [*(leading[::-1] if self.batch_first else leading), *axes]
        return tuple(size for size in axes if size is not None)

    def changed(self, **fields: Any) -> ModelPlan:
        """Return the same plan with other input fields or layers."""
        return dataclasses.replace(self, **fields)


def plan_of(spec: Any) -> ModelPlan:
    """Take from a spec what decides how its model runs."""
    given = spec.input
    lengths = getattr(given, "lengths", None)
    files: dict[str, Any] = {key: _file(key, *named) for key, named in getattr(spec, "data", {}).items()}
    return ModelPlan(
        **files,
        form=given.form,
        **{name: getattr(given, name, None) for name in SIZES},
        batch_first=bool(getattr(given, "batch_first", False)),
        lengths=None if lengths is None else tuple(lengths),
        states_given=getattr(given, "states", "zeros") == "given",
        streams=getattr(given, "stateful", None) is not None,
        words=_words(getattr(given, "sentences", None) or (), int(lengths is not None)),
        layers=tuple(_layer(index, layer, spec.layers) for index, layer in enumerate(spec.layers)),
    )


def _words(sentences: Sequence[Sequence[str]], first: int) -> tuple[tuple[int, ...], ...]:
    """Return the sentences with a number for each word, in the order in which they first come.

    >>> _words([["a", "film"], ["a"]], 1)
    ((1, 2), (1,))
    """
    numbers: dict[str, int] = {}
    return tuple(tuple(numbers.setdefault(word, first + len(numbers)) for word in one) for one in sentences)


SIZES = ("batch_size", "timesteps", "features", "vocabulary", "channels", "height", "width")


def _file(key: str, name: str, path: Path) -> DataFile:
    """Return a file with the digest of what is in it; ModelError if it cannot be read."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        reason = error.strerror or str(error)
        place = {"values": "input.values"}.get(key, key)
        raise ModelError(f"{name} cannot be read: {reason}", place=place) from error
    return DataFile(name, str(path), digest)


def _layer(index: int, layer: Any, layers: Sequence[Any]) -> PlanLayer:
    options = layer.options
    plain = options.model_dump() if hasattr(options, "model_dump") else dict(vars(options))
    places = {"input": "input"} | {one.label: f"layers.{i}" for i, one in enumerate(layers)}
    plain |= {"layer": places[plain["layer"]]} if "layer" in plain else {}
    reads = places.get(getattr(layer, "reads", ""), "")
    return PlanLayer(f"layers.{index}", layer.label, layer.type, MappingProxyType(plain), reads)


def as_data(plan: ModelPlan) -> dict[str, Any]:
    """Return the plan as JSON data, with everything a trace depends on."""
    data = {f.name: getattr(plan, f.name) for f in dataclasses.fields(plan) if f.name != "layers"}
    data["layers"] = [
        [layer.place, layer.name, layer.type, dict(layer.options), layer.reads] for layer in plan.layers
    ]
    return data
