"""The rooms of the package: what imports what, and how long things are."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
from itertools import pairwise
from pathlib import Path
from statistics import median

import grimp
import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def graph():
    """Every import of the package: at the top, in functions, and for types alone."""
    return grimp.build_graph("lstmviz", exclude_type_checking_imports=False, cache_dir=None)


def circles(graph):
    """The modules of every circle of imports: the strongly connected sets of more than one."""
    index, low, stack, found = {}, {}, [], []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph.find_modules_directly_imported_by(name)):
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            at = stack.index(name)
            found.append(stack[at:])
            del stack[at:]

    for name in sorted(graph.modules):
        if name not in index:
            visit(name)
    return [sorted(circle) for circle in found if len(circle) > 1]


def test_no_module_imports_itself_by_way_of_others(graph):
    assert circles(graph) == []


def test_a_circle_is_found():
    graph = grimp.ImportGraph()
    for one, other in ("ab", "bc", "ca", "cd"):
        graph.add_import(importer=one, imported=other)
    assert circles(graph) == [["a", "b", "c"]]


def functions(path):
    """The length of every function of a file, and where it begins."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.end_lineno - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def late(path):
    """The imports of our own modules inside functions, each with its place."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith("lstmviz"):
                    yield f"{path.relative_to(ROOT)}:{inner.lineno}"


def test_imports_inside_functions_are_few(capsys):
    found = {place for path in (ROOT / "lstmviz").rglob("*.py") for place in late(path)}
    with capsys.disabled():
        print(f"\n{len(found)} imports inside functions")  # noqa: T201
    assert len(found) <= 16


def architecture():
    """docs/architecture.py as a module."""
    spec = importlib.util.spec_from_file_location("architecture", ROOT / "docs/architecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_of_the_rooms_is_drawn_from_the_imports():
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    script = architecture()
    assert (ROOT / "docs/architecture.svg").read_bytes() == script.picture()
    assert [name for name in script.rooms() if f"`{name}`" not in page] == []


def test_places_that_the_pages_name_are_there():
    for name in ("docs/architecture.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text("utf-8")
        for path in re.findall(
            r"`(?:lstmviz/)?((?:spec|figures|proof|themes|translation|backends|network)/[\w./]*)`", text
        ):
            assert (ROOT / "lstmviz" / path).exists(), f"{name} names {path}"


WRITTEN = re.compile(
    r"\.(l|t|u|n|k)$|\.(fwd|rev)\b|--|_[0n]\.l|^(stage|tensor|gate|rows|op|layer|window|sample|group|input|delay)\.$"
)
"""What stands in an f-string before a part of an id."""
PATTERN = re.compile(r"\\\.[ltunk](\(|\\d|\[)|\(fwd\|rev\)|\.\(fwd")
"""What is in a regular expression that reads ids."""
PART = re.compile(
    r"/$|\.[ltunk]$|\.(fwd|rev|up|in|out|bar)\b|(stage|tensor|gate|rows|op|delay)\.$|(cell|layer|[xhc]|[hc]_[0n])\.[lt]$"
)
"""What an id is cut at."""
CUTS = {"startswith", "endswith", "partition", "rpartition", "split", "removeprefix", "removesuffix"}
MESSAGES = {"message", "note", "tell", "again", "entry", "meaning"}
"""What takes the id of a message, not of an item."""


def called(node):
    """The name of what a call calls."""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def place(node):
    """Where a piece of source stands."""
    return node.lineno, node.col_offset


def ids_by_hand(source):
    """The lines of a source that write or read an id of a scene themselves."""
    nodes = [*ast.walk(ast.parse(source))]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    spoken = {place(arg) for node in calls if called(node) in MESSAGES for arg in node.args}
    cut = [inner for node in calls if called(node) in CUTS for arg in node.args for inner in ast.walk(arg)]
    for reads, texts in ((PATTERN.search, nodes), (PART.match, cut)):
        for node in texts:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and reads(node.value):
                yield node.lineno
    for text in (node for node in nodes if isinstance(node, ast.JoinedStr)):
        for one, other in pairwise(text.values) if place(text) not in spoken else ():
            before = one.value if isinstance(one, ast.Constant) else ""
            if WRITTEN.search(before) and " " not in before and not isinstance(other, ast.Constant):
                yield text.lineno


@pytest.mark.parametrize(
    "line",
    [
        'f(f"{prefix}h.l{depth}.fwd.t{step}")',
        'f(f"{a}--{b}")',
        'f(f"stage.{name}")',
        "re.compile(r'cell\\.l\\d+')",
        'name.rpartition(".t")',
        'name.startswith(("h.l", "c.l"))',
    ],
)
def test_an_id_by_hand_is_found(line):
    assert {*ids_by_hand(line)} == {1}


def test_ids_are_written_and_read_in_one_room():
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for room in ("figures", "proof", "scene", "backends", "layout")
        for path in (ROOT / "lstmviz" / room).rglob("*.py")
        if path.parent != ROOT / "lstmviz/scene/ids"
        for line in ids_by_hand(path.read_text("utf-8"))
    }
    assert sorted(found) == []


def test_every_target_is_shell_that_can_be_read():
    """A quote left open in one recipe is seen by nobody until that target is run."""
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert {"figures", "test", "test-browser", "test-tex"} <= set(targets)
    for target in targets:
        recipe = subprocess.run(
            ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        subprocess.run(["bash", "-n"], input=recipe, text=True, check=True)
    for script in sorted((ROOT / ".ci").iterdir()):
        subprocess.run(["bash", "-n", str(script)], check=True)


def test_sizes(record_property, capsys):
    files = {path: len(path.read_text("utf-8").splitlines()) for path in (ROOT / "lstmviz").rglob("*.py")}
    figures = sum(lines for path, lines in files.items() if "figures" in path.parts)
    lengths = [found for path in files for found in functions(path)]
    longest, where = max(lengths)
    with capsys.disabled():
        print(  # noqa: T201
            f"\npackage {sum(files.values())} lines, figures {figures}; {len(lengths)} functions, "
            f"median {median(n for n, _ in lengths):g} lines, longest {longest} ({where})"
        )
    assert max(files.values()) <= 310
    assert median(n for n, _ in lengths) < 10
    assert longest <= 57


ROOMS = {
    "network/foreign": 3410,
    "proof/cells": 1160,
    "proof/units": 700,
    "cli": 1570,
    "commands": 1780,
    "documents": 660,
    "themes": 410,
    "translation": 370,
}
"""The lines of rooms that do not grow: what comes in there takes the place of something."""


def test_rooms_do_not_grow():
    for room, most in ROOMS.items():
        paths = (ROOT / "lstmviz" / room).rglob("*.py")
        assert sum(len(path.read_text("utf-8").splitlines()) for path in paths) <= most, room
