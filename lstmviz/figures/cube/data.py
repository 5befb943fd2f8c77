"""What the cube figures show: the three axes of X, its padding, its slices in code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lstmviz.errors import FigureError
from lstmviz.figures.base import Subject, refuse_more, respell
from lstmviz.figures.cube.along import MOST, Along
from lstmviz.figures.cube.options import CubeOptions
from lstmviz.figures.pages import Page
from lstmviz.layout.elide import Shown, shown
from lstmviz.network.structure import Tensor
from lstmviz.scene.code import Code, coded
from lstmviz.scene.labels import TextLine, row, shape, words
from lstmviz.spec.model import Axis, Input
from lstmviz.translation.letters import as_name
from lstmviz.translation.messages import Message, message, user_text


@dataclass(frozen=True, slots=True)
class Cube:
    """X with its axes; `batch` is None for unbatched input."""

    tensor: Tensor
    time: Along
    features: Along
    batch: Along | None
    batch_first: bool
    lengths: tuple[int, ...] | None
    sentences: tuple[tuple[str, ...], ...] | None
    tokens: bool
    reader: Message
    source: str
    """Whose tensor X is: `input`, or the stage that gives it."""
    given: tuple[int, ...]
    """The sizes of the model's input."""
    ahead: Axis | None
    """What the spec calls the steps of the target."""
    layer_batch_first: bool
    """What the first recurrent layer was told of the tensor that it reads."""

    @property
    def samples(self) -> Along:
        """The batch axis of a batched input."""
        assert self.batch is not None
        return self.batch

    @property
    def step(self) -> int:
        """The highlighted step, from 0."""
        assert self.time.marked is not None
        return self.time.marked

    @property
    def sample(self) -> int:
        """The highlighted sample, from 0."""
        assert self.samples.marked is not None
        return self.samples.marked

    def pads(self, sample: int | None, step: int | None) -> bool:
        """Whether this cell is padding."""
        if self.lengths is None or sample is None or step is None:
            return False
        return step >= self.lengths[sample]

    def filled(self, sample: int | None, steps: Shown) -> float:
        """Return how many of these columns a sample fills: of one that stands for several steps, its part."""
        if self.lengths is None or sample is None:
            return float(len(steps))
        end = self.lengths[sample]
        begins = [step if step is not None else (steps[i - 1] or 0) + 1 for i, step in enumerate(steps)]
        stops = [*begins[1:], (steps[-1] or 0) + 1]
        return sum(min(1.0, max(0, end - a) / (b - a)) for a, b in zip(begins, stops, strict=True))

    @property
    def axes(self) -> dict[str, int]:
        """Where X has its axes, by the letters that its code calls them."""
        if self.batch is None:
            return {"T": 0, "F": 1}
        return {"N": 0, "T": 1, "F": 2} if self.batch_first else {"T": 0, "N": 1, "F": 2}

    def tell(self, id: str, **given: Any) -> Message:
        """Return a message about X."""
        return message(f"cube.{id}", **given, of=self.source)

    def code(self, source: str, *letters: str, **facts: Any) -> Code:
        """Code about X; `letters`, ``{T}`` in it, stand for the sizes of its axes in the reader's own."""
        names = [("X", ("tensor", self.source, self.tensor.sizes))]
        called = {one: as_name(one) for one in letters}
        sizes = ((called[one], ("axis", "X", self.axes[one])) for one in letters)
        return coded(source.format(**called), [*names, *sizes], **facts)

    def slice_code(self, step: int | None = None) -> Code:
        """One time slice in torch."""
        t = self.step if step is None else step
        return self.code(f"X[:, {t}, :]" if self.batch_first else f"X[{t}]", takes=(self.axes["T"], t))

    @property
    def sample_code(self) -> Code:
        """One sample in torch."""
        source = f"X[{self.sample}]" if self.batch_first else f"X[:, {self.sample}, :]"
        return self.code(source, takes=(self.axes["N"], self.sample))

    @property
    def flat_code(self) -> Code:
        """Every step side by side in torch."""
        flat = "X.reshape({N}, {T}*{F})" if self.batch_first else "X.transpose(0, 1).reshape({N}, {T}*{F})"
        return self.code(flat, "N", "T", "F", flattens=self.axes["N"])

    def tag(self, options: CubeOptions, *axes: Along, size: float = 8) -> TextLine:
        """A shape tag over these axes."""
        return self._tag([a.symbol for a in axes], [a.size for a in axes], options, size)

    def _tag(
        self, means: Sequence[str], sizes: Sequence[int], options: CubeOptions, size: float = 8
    ) -> TextLine:
        """A shape tag over axes of X with these letters."""
        symbols, of = [respell(one, options) for one in means], self.tensor
        return shape(symbols, sizes, mode=options.shapes, size=size, of=of.name, stage=of.of, means=means)

    def flat_tag(self, options: CubeOptions) -> TextLine:
        """The shape of the flattened matrix."""
        t, f = self.time, self.features
        means, sizes = (self.samples.symbol, f"{t.symbol}·{f.symbol}"), (self.samples.size, t.size * f.size)
        return self._tag(means, sizes, options)

    def whole_tag(self, options: CubeOptions) -> TextLine:
        """The shape of X itself, in torch's order."""
        tag = self._tag(self.tensor.symbols, self.tensor.sizes, options)
        return row(words(message("cube.x"), 8, font="mono"), tag, gap=5)


def cube_tensor(subject: Subject) -> Tensor | None:
    """X: the model's input, or for tokens what the embedding makes of it."""
    given, data = subject.trace.input, subject.data
    if data is not None and (data.form == "image" or data.timesteps is None):
        return None
    embedded = [s for s in subject.trace.stages if s.type.lower() == "embedding" and s.outputs]
    tokens = bool(embedded)
    if data is None:  # one that a loop calls step by step makes no cube; nor do the characters of words
        if len(given.sizes) > 2 and tokens_in_steps(subject):
            return None
        embedded = [s for s in embedded if s.inputs and s.inputs[0].sizes == given.sizes]
        embedded = [s for s in embedded if set(s.outputs[0].symbols[:-1]) <= {"N", "T"}]
    if data is None and not {"T"} & {*given.symbols}:
        return None  # which axis of the user's own input is time is not known
    if data is not None and data.form == "tokens":
        return embedded[0].outputs[0] if embedded else None
    if len(given.sizes) == 1 or (data is None and len(given.sizes) == 2 and tokens):
        return embedded[0].outputs[0] if embedded else None
    return given if len(given.sizes) in (2, 3) and (data is not None or has_cube(given)) else None


def tokens_in_steps(subject: Subject) -> bool:
    """Whether a user's own input has tokens at each step, as a word has characters: no features."""
    given, stages = subject.trace.input, subject.trace.stages
    own = given.symbols[-1:] if "T" in given.symbols[:-1] else ()
    read = [s.inputs[0] for s in stages if s.type.lower() == "embedding" and s.inputs]
    return bool(own) and any((x.symbols[-1:], x.sizes[-1:]) == (own, given.sizes[-1:]) for x in read)


def has_cube(given: Tensor) -> bool:
    """Whether a user's own input has its features last: (N, T, F), (T, F); not (N, F, T), (N, T)."""
    return "T" in given.symbols[:-1] and (len(given.sizes) > 2 or "N" not in given.symbols)


def cube_of(subject: Subject, options: CubeOptions, page: Page) -> Cube:
    """The cube of a subject with what is drawn of it."""
    tensor = cube_tensor(subject)
    assert tensor is not None
    data, trace = subject.data, subject.trace
    layers = trace.recurrent
    batched = len(tensor.sizes) == 3
    first = batched and _batch_first(tensor, subject)
    tokens = data.form == "tokens" if data else tensor is not subject.trace.input
    lengths = data.lengths if data else next((x.lengths for x in layers if x.lengths), None)
    t, n = (1, 0) if first else (0, 1)
    step = _chosen("step", options.step, tensor.sizes[t], min(3, (tensor.sizes[t] + 1) // 2))
    source = next((s.name for s in subject.trace.stages if tensor in s.outputs), "input")
    told = partial(_along, tensor=tensor, of=source)
    steps = told(_axis(data, "time"), ("words" if tokens else "steps", "step"), "time", at=t)
    widths = ("embedding", "number") if tokens else ("features", "feature")
    features = told(_axis(data, "features"), widths, "features", at=len(tensor.sizes) - 1)
    if data and data.feature_names:
        features = replace(features, labels=tuple(map(_plain, data.feature_names)))
    batch = None
    if batched:
        asked = None if options.sample is None else options.sample + 1
        sample = _chosen("sample", asked, tensor.sizes[n], min(2, tensor.sizes[n]), start=0)
        usual = ("sentences" if tokens else "samples", "sample")
        samples = told(_axis(data, "batch"), usual, "batch", at=n)
        batch = _drawn(samples, options, 6, sample)
    depth = (4, 2) if page.narrow else (5, 3)
    return Cube(
        tensor,
        _drawn(steps, options, 6, step),
        _drawn(features, options, depth[0], None, head=depth[1]),
        batch,
        first,
        lengths if batched else None,
        data.sentences if data and tokens else None,
        tokens,
        message("cube.type", name=layers[0].type.upper()) if layers else message("cube.network"),
        source,
        subject.trace.input.sizes,
        data.axes.horizon if data else None,
        layers[0].batch_first if layers else first,
    )


def _batch_first(tensor: Tensor, subject: Subject) -> bool:
    """Whether the batch is the first axis of X; a layer after it may have turned the axes round."""
    if "T" in tensor.symbols[:2]:
        return tensor.symbols.index("T") == 1
    layers = subject.trace.recurrent
    return subject.data.batch_first if subject.data else bool(layers and layers[0].batch_first)


def _axis(data: Input | None, which: str) -> Axis | None:
    return getattr(data.axes, which) if data else None


def _plain(text: str) -> str:
    """A label on one line."""
    return " ".join(text.split()) or "–"


def _along(
    axis: Axis | None,
    usual: tuple[str, str],
    what: str,
    *,
    tensor: Tensor,
    at: int,
    of: str,
) -> Along:
    """An axis with the spec's word for it, or the usual one; and its letter."""
    word, one = usual
    symbol, size = tensor.symbols[at], tensor.sizes[at]
    labels = tuple(map(_plain, axis.labels)) if axis and axis.labels and len(axis.labels) == size else None
    name = user_text(_plain(axis.name)) if axis and axis.name else message(f"cube.{word}")
    word = "own" if axis and axis.name else word
    return Along(name, word, one, what, of, symbol, size, labels, ())


def _drawn(axis: Along, options: CubeOptions, most: int, marked: int | None, *, head: int = 3) -> Along:
    """The axis with the indices that fit."""
    if options.whole:
        refuse_more("cube", axis.size, axis.name.english, MOST)
        return replace(axis, shown=tuple(range(axis.size)), marked=marked)
    return replace(axis, shown=shown(axis.size, most, marked, head=head), marked=marked)


def _chosen(what: str, asked: int | None, size: int, usual: int, start: int = 1) -> int:
    """The highlighted index from 0; FigureError where there is none such. Both given ones count from 1."""
    if asked is not None and asked > size:
        number = asked - 1 + start
        raise FigureError("cube", f"{what} {number} does not exist: there are {size}, counted from {start}")
    return (asked or usual) - 1
