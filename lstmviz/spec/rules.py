"""What must hold between the values of a spec, beyond each one's type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstmviz.spec.layers import (
    EmbeddingOptions,
    LstmOptions,
    Options,
    PermuteOptions,
    ViewOptions,
)
from lstmviz.spec.ledger import Ledger
from lstmviz.spec.model import Axis, Input, WrittenInput
from lstmviz.spec.phrases import EXAMPLES
from lstmviz.spec.stack import PartialLayer
from lstmviz.spec.step_layers import DecoderOptions

_FORMS = {
    "a sequence": ("features",),
    "tokens": ("vocabulary", "sentences"),
    "an image": ("channels", "height", "width"),
}
_WHOLE_FORMS = "features, vocabulary, or channels with height and width"


@dataclass(frozen=True, slots=True)
class InputRules:
    """The rules of the input section.

    `value` holds what is sound; the keys in `broken` are known to be there
    but are complained of elsewhere, so that nothing is said about them here.
    """

    ledger: Ledger
    value: WrittenInput
    keys: tuple[str, ...]
    broken: frozenset[str]

    def run(self) -> str | None:
        """Check all; gives the form of the input if that is clear."""
        form = self.form()
        if form is None:
            return None
        if form == "an image":
            self.image()
        self.sentences()
        self.streams()
        self.lengths()
        self.axes(form)
        return form

    def complain(
        self, code: str, message: str, *path: str | int, hint: str | None = None, key: bool = False
    ) -> None:
        """Write down one problem of the input."""
        ledger = self.ledger
        span = ledger.key("input", *path) if key else ledger.at("input", *path)
        ledger.add(code, message, span, ("input", *path), hint)

    def form(self) -> str | None:
        """Which of the three forms is meant; complains of none and of two."""
        found = {f: k for k in self.keys for f, ks in _FORMS.items() if k in ks}
        first: dict[str, str] = {}
        for key in self.keys:
            for form, names in _FORMS.items():
                if key in names:
                    first.setdefault(form, key)
        if not found:
            message = f"input needs {_WHOLE_FORMS}"
            self.complain("missing-key", message, key=True, hint=f"as in: {EXAMPLES['input']}")
            return None
        form, main = next(iter(first.items()))
        for key in self.keys:
            other = next((f for f, ks in _FORMS.items() if key in ks), form)
            if other != form:
                hint = "an input is one of sequence, tokens and image"
                message = f"'{key}' belongs to {other}, but '{main}' makes the input {form}"
                self.complain("mixed-input", message, key, hint=hint, key=True)
        return form if len(first) == 1 else None

    def image(self) -> None:
        """Check that an image is whole, and that only a sequence of them has lengths."""
        for key in _FORMS["an image"]:
            if key not in self.keys:
                path = ("input", key)
                self.ledger.add("missing-key", f"an image needs '{key}'", self.ledger.key("input"), path)
        if "lengths" in self.keys and "timesteps" not in self.keys:
            message = "'lengths' belongs to a sequence, but an image has no time"
            hint = "give input its 'timesteps': a sequence of images"
            self.complain("mixed-input", message, "lengths", hint=hint, key=True)

    def size(self, key: str) -> int | None:
        """A size that is given or implied; None if it is not known."""
        if self.value.sentences:
            implied = {
                "batch_size": len(self.value.sentences),
                "timesteps": max(map(len, self.value.sentences)),
            }
            return getattr(self.value, key) or implied[key]
        if self.value.stateful:
            return {"batch_size": self.value.stateful.parallel, "timesteps": self.value.stateful.chunk}[key]
        size: int | None = getattr(self.value, key)
        return size

    def absent(self, key: str) -> bool:
        """Whether a size is really not there, rather than broken."""
        return self.size(key) is None and not self.broken & {key, "sentences"}

    def sentences(self) -> None:
        """Check the sizes against the sentences that imply them."""
        value = self.value
        if value.sentences is None:
            return
        count, longest = len(value.sentences), max(map(len, value.sentences))
        if value.batch_size not in {None, count}:
            message = f"'batch_size' is {value.batch_size}, but there are {count} sentences"
            self.complain("bad-value", message, "batch_size", hint="leave it out: sentences give it")
        if value.timesteps is not None and value.timesteps < longest:
            message = f"'timesteps' is {value.timesteps}, but the longest sentence has {longest} tokens"
            self.complain("bad-value", message, "timesteps", hint="leave it out: sentences give it")
        words = len({t for s in value.sentences for t in s})
        if value.vocabulary is not None and value.vocabulary < words:
            message = f"'vocabulary' is {value.vocabulary}, but the sentences use {words} different tokens"
            self.complain("bad-value", message, "vocabulary", hint=f"at least {words}")
        lengths = tuple(map(len, value.sentences))
        if value.lengths not in {None, lengths}:
            message = f"'lengths' differ from those of the sentences: {list(lengths)}"
            self.complain("bad-value", message, "lengths", hint="leave it out: sentences give it")

    def streams(self) -> None:
        """Check what else is said of streams, whose chunks are whole and begin where others end."""
        value = self.value
        if value.stateful is None:
            return
        for key, own in (("batch_size", value.stateful.parallel), ("timesteps", value.stateful.chunk)):
            if getattr(value, key) not in {None, own}:
                name = "parallel" if key == "batch_size" else "chunk"
                message = f"'{key}' is {getattr(value, key)}, but '{name}' makes it {own}"
                self.complain("bad-value", message, key, hint="leave it out: stateful gives it")
        for key in ("sentences", "lengths"):
            if getattr(value, key) is not None:
                message = f"'{key}' belongs to sequences of their own, but 'stateful' cuts one long one"
                self.complain("mixed-input", message, key, key=True)

    def lengths(self) -> None:
        """Check every length against the batch and the time."""
        lengths, steps, batch = self.value.lengths, self.size("timesteps"), self.size("batch_size")
        if lengths is None or self.value.channels:
            return
        for key in ("timesteps", "batch_size"):
            if self.absent(key):
                self.complain("missing-key", f"'lengths' need '{key}'", "lengths", key=True)
        if batch is not None and len(lengths) != batch:
            message = f"there are {len(lengths)} lengths for a batch of {batch}"
            self.complain("bad-value", message, "lengths")
        for i, length in enumerate(lengths):
            if steps is not None and length > steps:
                message = f"length {length} is longer than the {steps} timesteps"
                self.complain("out-of-range", message, "lengths", i)

    def axes(self, form: str) -> None:
        """Check that every named axis exists, and count its labels."""
        keys = {"batch": "batch_size", "time": "timesteps"}
        for name in ("batch", "time", "features"):
            axis = getattr(self.value.axes, name)
            if axis is None:
                continue
            if name in keys and self.absent(keys[name]):
                what = "no time axis" if name == "time" else "no batch axis"
                hint = None if form == "an image" and name == "time" else f"give input its '{keys[name]}'"
                self.complain("bad-value", f"the input has {what}", "axes", name, hint=hint, key=True)
            elif axis.labels is not None:
                if name == "features" and isinstance(self.value.features, tuple):
                    self.named_twice(axis.labels)
                    continue
                size = self.size(keys[name]) if name in keys else self.feature_count()
                self.count_labels(name, len(axis.labels), size)

    def count_labels(self, name: str, count: int, size: int | None) -> None:
        """Complain of labels that are not as many as the axis is long."""
        if size is not None and count != size:
            labels = "label" if count == 1 else "labels"
            self.complain("bad-value", f"{count} {labels} for an axis of {size}", "axes", name, "labels")

    def named_twice(self, labels: tuple[str, ...]) -> None:
        """Complain of labels that are not the names that the features have."""
        if labels != self.value.features:
            message = "the features are named already, and otherwise, in 'features'"
            self.complain("bad-value", message, "axes", "features", "labels", hint="keep one of the two")

    def feature_count(self) -> int | None:
        """F, or the channels of an image."""
        features = self.value.features
        return len(features) if isinstance(features, tuple) else features or self.value.channels

    def resolve(self) -> Input:
        """Fill in what names and sentences imply."""
        value = self.value
        data = {k: getattr(value, k) for k in WrittenInput.model_fields if k != "features"}
        names = value.features if isinstance(value.features, tuple) else None
        if value.sentences or value.stateful:
            data["batch_size"], data["timesteps"] = self.size("batch_size"), self.size("timesteps")
        if value.stateful:
            data["states"] = "given"
        if value.sentences:
            lengths = tuple(map(len, value.sentences))
            data["lengths"] = lengths if set(lengths) != {data["timesteps"]} else None
            # A padded batch has one token more: the padding itself.
            words = len({t for s in value.sentences for t in s}) + (data["lengths"] is not None)
            data["vocabulary"] = value.vocabulary or words
        return Input(
            features=self.feature_count() if not value.channels else None, feature_names=names, **data
        )


def layer_rules(ledger: Ledger, parts: Sequence[PartialLayer | None], value: Input | None) -> None:
    """Check what must hold between the options of each layer."""
    if value and value.axes.target and None not in parts:
        _target(ledger, [part.options for part in parts if part], value.axes.target)
    for part in parts:
        options = part.options if part else None
        if part is None or options is None:
            continue
        if isinstance(options, LstmOptions) and options.proj_size >= options.hidden_size:
            less = f"less than hidden_size, {options.hidden_size}"
            message = f"'proj_size' is {options.proj_size}, but must be {less}"
            ledger.add("out-of-range", message, ledger.at(*part.path, "proj_size"), (*part.path, "proj_size"))
        if value and value.stateful and getattr(options, "bidirectional", False):
            path = (*part.path, "bidirectional")
            message = "a stream goes on after each chunk, and the reverse direction would begin at its end"
            ledger.add("bad-value", message, ledger.at(*path), path, "streams are read in one direction")
        if isinstance(options, DecoderOptions) and options.features is None and options.reads != "own":
            message = f"decoder needs 'features': how many a step of target has ({options.reads})"
            ledger.add("missing-key", message, ledger.key(*part.path), (*part.path, "features"))
        if isinstance(options, ViewOptions):
            _view(ledger, part, options, value)
        if isinstance(options, PermuteOptions):
            _permute(ledger, part, options)
        if isinstance(options, EmbeddingOptions) and value:
            _padding(ledger, part, options, value)


def _target(ledger: Ledger, options: Sequence[Options | None], axis: Axis) -> None:
    """Check that a decoder reads a target, and count the labels of its steps."""
    path = ("input", "axes", "target")
    decoders = [one for one in options if isinstance(one, DecoderOptions)]
    lengths = {one.steps for one in decoders if one.reads != "own"}
    if not lengths and None not in options:
        message = (
            "no decoder reads a target" if decoders else "'target' is what a decoder reads: there is none"
        )
        hint = "'reads: own' reads its own answers" if decoders else "the input's own steps are 'time'"
        ledger.add("bad-value", message, ledger.key(*path), path, hint)
    count = len(axis.labels or ())
    if count and lengths and count not in lengths:
        labels = "label" if count == 1 else "labels"
        message, under = f"{count} {labels} for the {min(lengths)} steps of a decoder", (*path, "labels")
        ledger.add("bad-value", message, ledger.at(*under), under)


def _view(ledger: Ledger, part: PartialLayer, options: ViewOptions, value: Input | None) -> None:
    path = (*part.path, "sizes")
    for i, size in enumerate(options.sizes):
        if size == 0 or (size == -1 and -1 in options.sizes[:i]):
            message = "a size is at least 1" if size == 0 else "-1 can stand only once"
            ledger.add("bad-value", message, ledger.at(*path, i), (*path, i))
        needed = {"N": "batch_size", "T": "timesteps"}.get(str(size))
        if value and needed and getattr(value, needed) is None:
            message = f"'{size}' is not known: the input has no '{needed}'"
            ledger.add("bad-value", message, ledger.at(*path, i), (*path, i))


def _permute(ledger: Ledger, part: PartialLayer, options: PermuteOptions) -> None:
    count, path = len(options.dims), (*part.path, "dims")
    if sorted(d + count if d < 0 else d for d in options.dims) != list(range(count)):
        message = f"'dims' must hold each of 0 to {count - 1} once"
        ledger.add("bad-value", message, ledger.at(*path), path)


def _padding(ledger: Ledger, part: PartialLayer, options: EmbeddingOptions, value: Input) -> None:
    index, size, path = options.padding_idx, value.vocabulary, (*part.path, "padding_idx")
    if index is not None and size is not None and not -size <= index < size:
        message = f"'padding_idx' is {index}, but the vocabulary has {size} tokens"
        ledger.add("out-of-range", message, ledger.at(*path), path, f"0 to {size - 1}")
