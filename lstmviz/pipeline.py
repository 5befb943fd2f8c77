"""The whole way: load → trace → compose → paint → finish → write."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lstmviz.backends import FORMATS
from lstmviz.errors import (
    ChoiceError,
    FigureError,
    LstmvizError,
    OutputError,
    Problem,
    ProofError,
    SpecError,
)
from lstmviz.figure import DPI, Figure
from lstmviz.plans import able, plan, plan_all, schema
from lstmviz.spec.load import load as read_spec
from lstmviz.spec.model import Spec
from lstmviz.writer import file_name, write

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from lstmviz.errors import ModelError
    from lstmviz.figures.base import Subject
    from lstmviz.plans import Plan
    from lstmviz.view import Proof, Shapes

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to draw of every spec, and how.

    `output` is a folder, or, if its name ends in a known suffix, one file, or
    ``-`` for no file at all. `style` overrides what a spec says.
    """

    output: str = "output"
    formats: tuple[str, ...] = ("svg",)
    figures: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    style: Mapping[str, Any] = field(default_factory=dict)
    dpi: float = DPI
    use_cache: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    path: str
    status: Literal["wrote", "unchanged", "failed", "drawn"]
    figure: str
    kind: str
    data: bytes = b""
    seconds: float = 0.0
    error: LstmvizError | None = None


def load(source: Any, *, overrides: Sequence[str] = ()) -> Spec:
    """Read a spec: a path, YAML text (anything with a line break) or a mapping.

    Raises SpecError, whose `problems` are all that is wrong with it.
    """
    if isinstance(source, Spec):
        return source
    return read_spec(source, overrides=tuple(overrides), figures=schema())


def load_bytes(data: bytes, name: str, *, overrides: Sequence[str] = ()) -> Spec:
    """Read a spec that came without a file; its figures are named after `name`."""
    from lstmviz.spec.reading import decode  # noqa: PLC0415

    return read_spec(decode(data, name) + "\n", overrides=tuple(overrides), figures=schema(), name=name)


def placed(error: ModelError, spec: Spec) -> SpecError:
    """A model's error as a problem of the spec, with its line and column."""
    span = spec.source.span(error.place) if error.place else None
    problem = Problem("model", error.message, span, error.place, error.hint)
    return SpecError([problem], spec.source.file)


def trace(spec: Spec, *, use_cache: bool = True) -> Subject:
    """Run the spec's model, or remember the run; what figures are about."""
    from lstmviz.figures.base import Subject  # noqa: PLC0415
    from lstmviz.network.cache import traced  # noqa: PLC0415

    return Subject(traced(spec, use_cache=use_cache), spec.input, spec.title)


def compose(subject: Subject, plan: Plan) -> Figure:
    """Place one figure; FigureError if this kind cannot show this model."""
    from lstmviz.figures.base import compose as scene_of  # noqa: PLC0415

    try:
        scene = scene_of(plan.kind, subject, plan.options)
    except FigureError as error:
        if not plan.kind.refuse(subject):  # the page is too narrow, a layer is not there …
            raise
        raise FigureError(error.kind, error.reason, able(subject)) from error
    backend = plan.options.backend or plan.kind.backend
    return Figure(scene, plan.options.theme, backend, plan.options.text)


def draw(source: Any, figure: str, **options: Any) -> Figure:
    """Draw one figure: a kind, or the name of one of the spec's figures.

    `options` are those of a figure in a spec. Raises SpecError, ModelError,
    FigureError, and ChoiceError for a figure that there is not.
    """
    spec = load(source)
    chosen = plan(spec, figure, options)
    return compose(trace(spec), chosen)


def shapes(source: Any) -> Shapes:
    """The tensors and parameters of a spec's model, from a real run of it."""
    from lstmviz.view import Shapes  # noqa: PLC0415

    return Shapes(trace(load(source)).trace)


def shapes_text(spec: Spec, form: Literal["table", "markdown", "json"], *, use_cache: bool = True) -> str:
    """The same for reading: a table, Markdown, or JSON."""
    from lstmviz.network import report  # noqa: PLC0415

    seen = trace(spec, use_cache=use_cache).trace
    if form == "json":
        return json.dumps(report.to_dict(seen), indent=1) + "\n"
    return report.markdown(seen) if form == "markdown" else report.table(seen)


def check(source: Any) -> tuple[Proof, ...]:
    """Run a spec's model, and prove every arrow and label of its figures.

    Raises ProofError, whose `items` are all that is wrong, or what `load` and
    the run raise.
    """
    found = tuple(proofs(load(source)))
    faults = [f"{proof.figure}: {fault}" for proof in found for fault in proof.faults]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ProofError(faults[0] + more, items=faults)
    return found


def proofs(spec: Spec) -> Iterator[Proof]:
    """Prove the figures of a spec one by one, on a fresh run of its model."""
    from lstmviz.network.plan import plan_of  # noqa: PLC0415
    from lstmviz.network.proof.prove import Asked, prove  # noqa: PLC0415  (imports torch)
    from lstmviz.view import Proof  # noqa: PLC0415

    subject, model = trace(spec, use_cache=False), plan_of(spec)
    for chosen in plan_all(spec, subject, (), (), {}):
        began = time.perf_counter()
        name, kind = chosen.name, chosen.kind.name
        try:
            given = chosen.options.model_dump()
            asked = Asked(**{field: given[field] for field in ("of", "layer", "direction") if field in given})
            found = prove(compose(subject, chosen).scene, subject.trace, model, asked)
        except FigureError as error:
            yield Proof(name, kind, 0, 0, 0, time.perf_counter() - began, (str(error),))
            continue
        seconds = time.perf_counter() - began
        yield Proof(name, kind, found.arrows, found.proven, found.tensors, seconds, found.faults)


def render(
    specs: Any,
    *,
    output: str | os.PathLike[str] = "output",
    formats: Sequence[str] = ("svg",),
    figures: Sequence[str] = (),
    kinds: Sequence[str] = (),
    overrides: Sequence[str] = (),
    dpi: float = DPI,
    use_cache: bool = True,
    **style: Any,
) -> list[Path]:
    """Draw the figures of one or more specs; the paths written or unchanged.

    `specs` is a path, a folder of them, any other source of a spec, or a list
    of these. What can be drawn is drawn; then the first error is raised.
    """
    wanted = Wanted(str(output), tuple(formats), tuple(figures), tuple(kinds), style, dpi, use_cache)
    many = specs if isinstance(specs, list | tuple) else [specs]
    claimed: dict[str, str] = {}
    paths, errors = [], []
    for source in (file for one in many for file in spec_files(one)):
        try:
            for done in outcomes(load(source, overrides=overrides), wanted, claimed):
                paths += [Path(done.path)] if done.error is None else []
                errors += [done.error] if done.error else []
        except LstmvizError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return paths


def spec_files(source: Any) -> list[Any]:
    """The spec files of a folder, by name; any other source is itself."""
    if isinstance(source, str) and "\n" in source:
        return [source]
    if not hasattr(source, "__fspath__") and not isinstance(source, str):
        return [source]
    folder = Path(source)
    if not folder.is_dir():
        return [source]
    found = sorted(p for p in folder.iterdir() if p.suffix in {".yaml", ".yml"} and p.is_file())
    if not found:
        raise ChoiceError(f"there is no *.yaml or *.yml in {folder}")
    return list(found)


def outcomes(spec: Spec, wanted: Wanted, claimed: dict[str, str]) -> Iterator[Outcome]:
    """Draw one spec; every file's outcome as soon as it is known.

    `claimed` says which figure has which file, over all specs of a run. What
    is wrong with the whole spec is raised before anything is written.
    """
    formats = known_formats(wanted)
    began = time.perf_counter()
    subject = trace(spec, use_cache=wanted.use_cache)
    plans = plan_all(spec, subject, wanted.figures, wanted.kinds, wanted.style)
    for chosen, fmt, path in _targets(spec, plans, formats, wanted.output, claimed):
        try:
            outcome = _finish(subject, chosen, fmt, path, wanted.dpi)
        except LstmvizError as error:
            outcome = Outcome(path, "failed", chosen.name, chosen.kind.name, error=error)
        yield replace(outcome, seconds=time.perf_counter() - began)
        began = time.perf_counter()


def known_formats(wanted: Wanted) -> tuple[str, ...]:
    """The formats asked for, or what the file's name says; ChoiceError."""
    if names_file(wanted.output):
        return (Path(wanted.output).suffix[1:].lower(),)
    for fmt in wanted.formats:
        if fmt not in FORMATS:
            raise ChoiceError(
                f"there is no format {fmt!r} (there is: {', '.join(FORMATS)})", known=[*FORMATS]
            )
    return tuple(dict.fromkeys(wanted.formats))


def names_file(output: str) -> bool:
    """Whether an output is one file: its name ends in a known suffix."""
    return Path(output).suffix[1:].lower() in FORMATS and not Path(output).is_dir()


def _targets(
    spec: Spec, plans: Sequence[Plan], formats: Sequence[str], output: str, claimed: dict[str, str]
) -> list[tuple[Plan, str, str]]:
    """Every figure in every format with its file; none of them twice."""
    single = output == STDOUT or names_file(output)
    targets = []
    for chosen in plans:
        for fmt in formats:
            file = output if single else str(Path(output) / file_name(spec.stem, chosen.name, fmt))
            mine = f"the figure {chosen.name!r} of {spec.source.file}"
            if file in claimed and single:
                names = ", ".join(p.name for p in plans)
                raise ChoiceError(
                    f"{'stdout' if file == STDOUT else file} takes one figure in one format, and there are "
                    f"more ({names}); choose one with --figure"
                )
            if file in claimed:
                raise OutputError(file, f"{claimed[file]} and {mine} would be the same file")
            claimed[file] = mine
            targets.append((chosen, fmt, file))
    return targets


def _finish(subject: Subject, chosen: Plan, fmt: str, path: str, dpi: float) -> Outcome:
    """Compose, paint and write one file."""
    data = compose(subject, chosen).paint(fmt, dpi=dpi)
    status: Literal["wrote", "unchanged", "drawn"] = "drawn"
    if path != STDOUT:
        status = "wrote" if write(Path(path), data) else "unchanged"
    return Outcome(path, status, chosen.name, chosen.kind.name, data)
