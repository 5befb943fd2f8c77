"""The page about the kinds of figure: what each shows, its picture, its options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from generate.language import keys
from generate.markdown import code, heading, page, sentence, table

import lstmviz
from lstmviz import figures
from lstmviz.commands.schema import json_schema
from lstmviz.figures.base import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

SPECS = Path("specs")
EXAMPLES = {
    "rolled": "rnn",
    "unrolled": "rnn",
    "unfold": "rnn",
    "grid": "lstm",
    "cube": "weather",
    "cell": "cell",
}
"""The spec whose figure shows a kind; for others, the first that asks for it."""
INTRO = """\
# Kinds of figure

Each kind answers one question about a model. In a spec it stands under `figures`, in a command after `--kind`, in Python
as the second argument of `lstmviz.draw`. A kind that cannot show a model says why, and which kinds can.
"""
EVERY = """\
Every kind takes these, in a figure's mapping and as keywords of `lstmviz.draw`. The first block may also stand in
`style`, and then holds for all figures of the spec.
"""


def kinds() -> str:
    """The whole page."""
    shared = json_schema()["definitions"]
    listed = (
        (f"[`{name}`](#{name})", sentence(figures.kind(name).summary), _own(shared[f"figure.{name}"]))
        for name in figures.KINDS
    )
    common = shared[f"figure.{next(iter(figures.KINDS))}"]["properties"]
    return page(
        INTRO,
        table(("kind", "shows", "own options"), listed),
        *(part for name in figures.KINDS for part in _kind(name, shared)),
        heading(2, "Options of every kind", "every-kind"),
        EVERY,
        keys({k: common[k] for k in Options.model_fields}, (), shared),
    )


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    """The options that only this kind has."""
    return {k: v for k, v in schema["properties"].items() if k not in {*Options.model_fields, "kind"}}


def _own(schema: dict[str, Any]) -> str:
    return ", ".join(code(name) for name in _fields(schema)) or "–"


def _kind(name: str, shared: dict[str, Any]) -> Iterator[str]:
    kind = figures.kind(name)
    schema = shared[f"figure.{name}"]
    yield heading(2, code(name), name)
    yield sentence(kind.summary)
    yield f"```lstmviz kind={name} spec={example(name)} narrow=column\n```"
    yield f"Drawn from [`{example(name)}`](../gallery.md#{example(name).stem})."
    fields = _fields(schema)
    if fields:
        yield keys(fields, (), shared)
    if "Windows" in str(fields):
        yield keys(shared["Windows"]["properties"], tuple(shared["Windows"]["required"]), shared)
    yield f"PNG and PDF are painted by {kind.backend}, unless `backend` says otherwise."


def example(kind: str) -> Path:
    """The spec whose figure shows a kind."""
    if kind in EXAMPLES:
        return SPECS / f"{EXAMPLES[kind]}.yaml"
    for path in sorted(SPECS.glob("*.yaml")):
        if any(figure.kind == kind for figure in lstmviz.load(path).figures or ()):
            return path
    raise LookupError(f"no spec in {SPECS} draws the kind {kind!r}")
