"""The page about errors: every code with its meaning, and what the command says to a spec that has it."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path

from generate.markdown import block, code, heading, page, sentence, table

import lstmviz
from lstmviz.commands.console import CODES, explained
from lstmviz.errors import PROBLEMS, LstmvizError
from lstmviz.themes.file import read_theme

MODEL = "input: {batch_size: 6, timesteps: 5, features: 3}\nlayers: [lstm: 16]\n"
EXAMPLES = {
    "syntax": MODEL.replace("[lstm: 16]", "[lstm: 16"),
    "unknown-key": MODEL.replace("16", "{hiden_size: 16}"),
    "duplicate-key": "title: one\n" + MODEL + "title: two\n",
    "missing-key": MODEL.replace("lstm: 16", "lstm: {num_layers: 2}"),
    "bad-type": MODEL.replace("16", "sixteen"),
    "bad-value": MODEL.replace("3}", "3, axes: {time: {labels: [Mon, Tue]}}}"),
    "out-of-range": MODEL.replace("16", "{hidden_size: 16, dropout: 1.5}"),
    "unknown-layer": MODEL.replace("lstm", "ltsm"),
    "misplaced-layer": MODEL.replace("lstm: 16", "{conv2d: {out_channels: 8, kernel_size: 3}}"),
    "mixed-input": MODEL.replace("features: 3", "features: 3, vocabulary: 100"),
    "unknown-kind": MODEL + "figures: [gird]\n",
    "duplicate-name": MODEL + "figures: [{kind: grid, name: one}, {kind: cube, name: one}]\n",
    "figure": MODEL + "figures: [volumes]\n",
    "model": MODEL.replace("lstm: 16", "lstm: 16, view: [7, 7]"),
    "unknown-tag": MODEL.replace("16", "!!python/name:os.system 16"),
    "bad-override": MODEL,
    "unreadable": "nothing.yaml",
    "too-big": MODEL.replace("16", "[" * 80 + "16" + "]" * 80),
    "contrast": 'extends: light\nroles:\n  hidden: {stroke: "#ffe0b0"}\n',
}
"""A spec that has each of them."""
INTRO = """\
# Errors

All problems of a file are said at once, sorted by place: the file, line and column, a code that stays, what is wrong, and
what was probably meant. With `--json` each is a record of `file`, `line`, `column`, `code`, `path`, `message` and `hint`;
in Python a `SpecError` holds them as `problems`. There is no traceback for a user's mistake.
"""


def errors() -> str:
    """The whole page."""
    kinds = ((f"[`{kind.__name__}`](library.md#{kind.__name__})", code(n), _line(kind))
             for kind, n in CODES.items())  # fmt: skip
    return page(
        INTRO,
        table(
            ("code", "means"), ((f"[`{name}`](#{name})", sentence(words)) for name, words in PROBLEMS.items())
        ),
        *(part for name in PROBLEMS for part in _problem(name)),
        heading(2, "Errors in Python and exit codes", "exit-codes"),
        table(("raised", "exit code", "means"), kinds),
        "All exit codes: [the command line](command.md#exit-codes).",
    )


def _problem(name: str) -> list[str]:
    text = said(name)
    return [heading(2, code(name), name), sentence(PROBLEMS[name]), block(text, "text") if text else ""]


def _line(kind: type[Exception]) -> str:
    return sentence(re.split(r"[;\n]", kind.__doc__ or "")[0])


def said(name: str) -> str:
    """What the command says to a spec with this problem."""
    from lstmviz import pipeline  # noqa: PLC0415
    from lstmviz.figure_requests import plan_all  # noqa: PLC0415

    text = EXAMPLES[name]
    try:
        if name == "contrast":
            _read_theme(text)
        if name == "unreadable":
            lstmviz.load(text)
        overrides = ["layers.1.lstm=8"] if name == "bad-override" else []
        spec = pipeline.load_bytes(text.encode(), "model.yaml", overrides=overrides)
        for plan in plan_all(spec, pipeline.trace(spec), (), (), {}):
            pipeline.compose(pipeline.trace(spec), plan)
    except LstmvizError as error:
        return explained(error)
    return ""


def _read_theme(text: str) -> None:
    """Read a theme file, which an error calls by its bare name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lab.yaml"
        path.write_text(text, "utf-8")
        try:
            read_theme(path)
        except lstmviz.SpecError as error:
            bare = [replace(p, span=replace(p.span, file=path.name)) for p in error.problems if p.span]
            raise lstmviz.SpecError(bare, path.name) from error
