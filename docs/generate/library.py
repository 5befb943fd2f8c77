"""The page about the library: every public name with its signature and its docstring."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import TYPE_CHECKING, Any

from generate.markdown import block, heading, page

import lstmviz
from lstmviz import errors, view

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRO = """\
# The library

Whatever the command can do, `import lstmviz` can do. Importing it is cheap: torch, NumPy, Matplotlib and Graphviz are
loaded when they are needed, and nothing touches global state.

```python
import lstmviz

fig = lstmviz.draw("specs/lstm.yaml", "grid", width="column")
fig.save("grid.svg", "grid.pdf")
```
"""
FUNCTIONS = ("load", "draw", "render", "shapes", "check")
RESULTS = (lstmviz.Figure, view.Shapes, view.StageShapes, view.Proof)
PARTS = (errors.Problem, errors.Span)
WIDE = 74


def library() -> str:
    """The whole page."""
    mistakes = [getattr(lstmviz, n) for n in lstmviz.__all__ if n.endswith("Error")]
    mistakes.sort(key=lambda kind: (kind is not lstmviz.LstmvizError, kind.__name__))
    return page(
        INTRO,
        heading(2, "Functions", "functions"),
        *(part for name in FUNCTIONS for part in _function(name)),
        heading(2, "What they give", "results"),
        *(part for kind in RESULTS for part in _class(kind)),
        heading(2, "Errors", "errors"),
        "All of them are `LstmvizError`, and keep their facts as attributes.",
        *(part for kind in mistakes for part in _class(kind)),
        *(part for kind in PARTS for part in _class(kind)),
        heading(2, "Version", "version"),
        f"`lstmviz.__version__` is the version, here `{lstmviz.__version__}`.",
    )


def _function(name: str) -> Iterator[str]:
    found = getattr(lstmviz, name)
    yield heading(3, f"`lstmviz.{name}`", name)
    yield block(_signature(f"lstmviz.{name}", found), "python")
    yield _words(found)


def _class(kind: type) -> Iterator[str]:
    public = kind.__name__ in lstmviz.__all__
    yield heading(3, f"`{'lstmviz.' if public else ''}{kind.__name__}`", kind.__name__)
    yield _words(kind)
    said = dict(re.findall(r'^    (\w+):.*\n    """(.*?)"""$', inspect.getsource(kind), re.MULTILINE))
    lines = [
        f"- `{name}` ({type_})" + (f": {said[name].replace('``', '`')}" if name in said else "")
        for name, type_ in _attributes(kind)
    ]
    yield "\n".join(lines)
    for name, member in vars(kind).items():
        if name.startswith("_") or not (inspect.isfunction(member) or isinstance(member, property)):
            continue
        words = _words(member).replace("\n", "\n    ")
        if isinstance(member, property):
            yield f"`.{name}`\n:   {words}"
        else:
            yield f"`{_signature(f'.{name}', member, wide=999)}`\n:   {words}"


def _attributes(kind: type) -> Iterator[tuple[str, str]]:
    """Fields of a dataclass, or what an error keeps."""
    if dataclasses.is_dataclass(kind):
        for field in dataclasses.fields(kind):
            yield field.name, f"`{field.type}`"
    elif issubclass(kind, errors.LstmvizError) and "__init__" in vars(kind):
        for parameter in list(inspect.signature(kind.__init__).parameters.values())[1:]:
            yield parameter.name, f"`{parameter.annotation}`"


def _signature(name: str, function: Any, *, wide: int = WIDE) -> str:
    """The call, on several lines where it is long."""
    signature = inspect.signature(function)
    given = [p for p in signature.parameters.values() if p.name != "self"]
    shown = list(_parameters(given))
    returns = f" -> {signature.return_annotation}"
    line = f"{name}({', '.join(shown)}){returns}"
    if len(line) <= wide:
        return line
    return f"{name}(\n{''.join(f'    {part},{chr(10)}' for part in shown)}){returns}"


def _parameters(parameters: list[inspect.Parameter]) -> Iterator[str]:
    """Each parameter as it is written; annotations are text already."""
    starred = False
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        starred = starred or p.kind is p.VAR_POSITIONAL
        marks = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        default = "" if p.default is p.empty else f" = {p.default!r}"
        yield f"{marks}{p.name}: {p.annotation}{default}"


def _words(member: Any) -> str:
    """The docstring as Markdown: the same marks, without doctests."""
    words = inspect.getdoc(member) or ""
    words = re.split(r"\n\n>>> ", words)[0]
    return words.replace("``", "`")
