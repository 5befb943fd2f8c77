"""The documentation's site: what is made from the code is complete, and what is written is true."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from pathlib import Path

import click
import pytest
import yaml

import lstmviz
from lstmviz import cli, errors, figures
from lstmviz.commands import console
from lstmviz.figures.base import Style
from lstmviz.spec.layer_types import LAYERS
from lstmviz.spec.model import Axes, Axis, WrittenInput
from tests.network.keras_models import MODELS, keras
from tests.network.onnx_files import classifier

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WRITTEN = [DOCS / "index.md", DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md"))]


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    """Where the site is built, with its makers at hand."""
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.chdir(ROOT)


def made(name):
    """A page made from the code, as Markdown."""
    return getattr(importlib.import_module(f"generate.{name}"), name)()


def section(page, anchor):
    """The part of a page below the heading with an anchor."""
    (level,) = re.findall(rf"^(#+) [^\n]* {{ #{re.escape(anchor)} }}$", page, re.MULTILINE)
    rest = page[page.index(f"{{ #{anchor} }}") :]
    return re.split(rf"\n#{{1,{len(level)}}} ", rest, maxsplit=1)[0]


def keys(text):
    """What is code in the first cells of the tables in a text."""
    cells = re.findall(r"^\| ((?:[^|\\]|\\.)*) \|", text, re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`([^`]+)`", cell)}


def test_every_command_and_option_is_in_the_reference():
    page = made("command")
    for name, command in cli.cli.commands.items():
        part = section(page, name)
        assert command.help.partition("\n")[0] in part
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert set(parameter.opts) <= keys(part), (name, parameter.opts)
                words = parameter.help.rstrip(".")
                assert words[1:].replace("|", "\\|") in part, (name, words)
        for line in command.help.partition("\b\n")[2].splitlines():
            assert line.strip() in part or "Example" in line, line
    assert {int(code) for code in keys(section(page, "exit-codes"))} == set(console.MEANINGS)
    assert set(console.CODES.values()) < set(console.MEANINGS)


def test_every_key_of_the_language_is_in_the_reference():
    page = made("language")
    assert {*WrittenInput.model_fields, "seq_len", "input_size"} == keys(section(page, "input")) - {
        *Axes.model_fields, *Axis.model_fields,
    } | {"features"}  # fmt: skip
    assert {*Axes.model_fields, *Axis.model_fields} == keys(section(page, "axes"))
    assert keys(section(page, "style")) == set(Style.model_fields)
    for name, model in LAYERS.items():
        part = section(page, f"layer-{name}")
        assert keys(part) == set(model.arguments())
        for field in model.arguments().values():
            assert field.description.rstrip(".") in part
            default = "**needed**" if field.is_required() else field.default
            if default not in (None, ""):
                assert str(default).removesuffix(".0").lower() in part.lower()


def test_values_are_said_in_words():
    found = doctest.testmod(importlib.import_module("generate.language"))
    assert found.attempted > 1
    assert not found.failed


def test_every_kind_and_option_is_in_the_reference():
    page = made("kinds")
    for name in figures.KINDS:
        part = section(page, name)
        own = set(figures.kind(name).options.model_fields) - set(figures.base.Options.model_fields)
        assert own <= keys(part), name
        assert f"```lstmviz kind={name} spec=specs/" in part
    assert set(figures.base.Options.model_fields) == keys(section(page, "every-kind"))


@pytest.mark.parametrize("kind", sorted(figures.KINDS))
def test_the_command_prints_the_options_of_a_kind_as_its_reference(kind, run, monkeypatch):
    code, printed, _ = run("kinds", kind)
    monkeypatch.chdir(ROOT)
    part, fields = section(made("kinds"), kind), figures.kind(kind).options.model_fields
    assert code == 0
    for name, field in fields.items():
        own = name not in figures.base.Options.model_fields
        meaning = (field.description or "").rstrip(".")
        (line,) = re.findall(rf"^  {name} .*$", printed, re.MULTILINE)
        assert meaning in line
        assert not own or (name in keys(part) and reading(meaning) in reading(part)), name


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_the_command_prints_a_layer_as_its_reference(layer, run):
    listed, printed = (run("layers", *words)[1] for words in ((), (layer,)))
    part = section(made("language"), f"layer-{layer}")
    (line,) = re.findall(rf"^{layer} .*$", listed, re.MULTILINE)
    assert printed.splitlines()[1].strip() in line
    for name, field in LAYERS[layer].arguments().items():
        (line,) = re.findall(rf"^  {name} .*$", printed, re.MULTILINE)
        meaning = field.description.rstrip(".")
        assert meaning in line
        assert reading(meaning) in reading(part)


def reading(text):
    """Words without what marks them up, and without the case of the first."""
    return re.sub(r"[`\\*]", "", text).lower()


MADE = re.findall(r'^    "([^"]+\.md)":', (DOCS / "hooks.py").read_text("utf-8"), re.MULTILINE)
"""Pages that a build makes, and no checkout has."""


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: str(path.relative_to(DOCS)))
def test_links_lead_somewhere_in_a_checkout(path):
    """To what is there; a page that leads to one that is made says what makes it."""
    words = path.read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", words, flags=re.DOTALL))
    own = {link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)}
    lost = [link for link in own if not (path.parent / link).exists()]
    assert {str((path.parent / link).resolve().relative_to(DOCS)) for link in lost} <= set(MADE)
    assert not lost or "`make docs`" in words


def test_every_public_name_is_in_the_reference():
    page = made("library")
    for name in lstmviz.__all__:
        assert f"`lstmviz.{name}`" in page, name
    for name in ("svg", "png", "pdf", "dot", "alt", "scene", "save", "draw"):
        assert re.search(rf"`\.?{name}[`(]", section(page, "Figure")), name


def raised():
    """Every dashed code of a problem in the source."""
    for path in (ROOT / "lstmviz").rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        for call in calls:
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if name in {"Problem", "add", "complain", "_refuse", "stop"}:
                first = [a.value for a in call.args[:2] if isinstance(a, ast.Constant)]
                yield from (c for c in first if isinstance(c, str) and re.fullmatch(r"[a-z]+(-[a-z]+)+", c))


def test_every_code_of_an_error_is_in_the_reference_with_what_is_said():
    found = set(raised())
    assert len(found) > 10
    assert found <= set(errors.PROBLEMS)
    makers = importlib.import_module("generate.errors")
    assert set(makers.EXAMPLES) == set(errors.PROBLEMS)
    for code in errors.PROBLEMS:
        assert f"error[{code}]" in makers.said(code).partition("\n")[0]
    page = made("errors")
    for kind in console.CODES:
        assert f"library.md#{kind.__name__}" in page
        assert f"{{ #{kind.__name__} }}" in made("library")


def test_the_gallery_has_every_figure_of_every_spec():
    maker = importlib.import_module("generate.gallery")
    specs = sorted((ROOT / "specs").glob("*.yaml"))
    page, names = maker.gallery(), [name for spec in specs for name, _ in maker.shown(spec)]
    drawn = sorted(path.name for path in (ROOT / "output").glob("*.svg"))
    assert sorted(Path(name).name for name in names) == drawn
    for name in names:
        assert f"]({name})" in page
    for spec in specs:
        assert f"{{ #{spec.stem} }}" in page


def blocks(path, language):
    """The code blocks of a page in one language, without those shown inside of others."""
    text = re.sub(r"^````(.|\n)*?^````$", "", path.read_text("utf-8"), flags=re.MULTILINE)
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", [p for p in WRITTEN if blocks(p, "python")], ids=lambda p: p.stem)
def test_the_code_on_a_page_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    classifier(tmp_path / "model.onnx")
    monkeypatch.chdir(tmp_path)
    names = {}
    for code in blocks(path, "python"):
        exec(compile(code, path.name, "exec"), names)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: p.stem)
def test_the_specs_on_a_page_are_specs(path, tmp_path, monkeypatch):
    for text in blocks(path, "yaml"):
        if text.startswith("--8<--"):
            assert Path(re.search(r'"(.*)"', text)[1]).is_file()
        elif "layers:" in text:
            spec = lstmviz.load(text)
            for request in spec.figures or ():
                assert lstmviz.draw(spec, request.name).scene.nodes
        else:
            assert yaml.load(text, Loader=yaml.BaseLoader)


NET = "import keras\nmodel = keras.Sequential([keras.Input((None, 3)), keras.layers.LSTM(4)])\n"
COMMANDS = [
    (path.stem, line)
    for path in WRITTEN
    for block in blocks(path, "console")
    for line in re.findall(r"^\$ lstmviz ([^#\n]*?) *(?:#.*)?$", block, re.MULTILINE)
]


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_the_commands_on_a_page_are_commands(page, line, run, tmp_path):
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    (tmp_path / "docs").mkdir()
    classifier(tmp_path / "model.onnx")
    keras.saving.save_model(MODELS["lstm"](), str(tmp_path / "model.keras"))
    (tmp_path / "net.py").write_text(NET, "utf-8")
    shown = blocks(DOCS / f"how-to/{page}.md", "yaml") if page == "readme" else []
    (tmp_path / "docs/model.yaml").write_text("".join(shown[:1]), "utf-8")
    for name in ("lstm", "paper"):
        run("new", "bilstm", f"{name}.yaml")
    words = line.replace("--watch", "").split()
    if words[:2] == ["new", "bilstm"] or words[:2] == ["new", "lstm"]:
        words.append("another.yaml")
        words = words[:2] + words[-1:]
    code, _, err = run(*words)
    assert code == (1 if "--check" in words else 0), err


def test_the_workflow_says_what_it_does():
    workflow = yaml.load((DOCS / "examples/figures.yml").read_text("utf-8"), Loader=yaml.BaseLoader)
    (job,) = workflow["jobs"].values()
    steps = [step.get("run", "") for step in job["steps"]]
    for line in (line for step in steps for line in step.splitlines() if line.startswith("lstmviz")):
        command, *words = line.split()[1:]
        options = {o for p in cli.cli.commands[command].params for o in p.opts}
        assert {w for w in words if w.startswith("-")} <= options, line
    assert job["permissions"] == {"contents": "write"}


def test_the_page_beside_the_textbooks_has_its_figures_and_says_what_is_left_out():
    page, maker = made("textbooks"), importlib.import_module("generate.textbooks")
    pictures = dict(maker.files())
    assert set(re.findall(r"\]\((figures/[^)]*)\)", page)) == set(pictures)
    assert all(data.startswith(b"<svg") or b"<svg" in data[:200] for data in pictures.values())
    for pair in maker.PAIRS:
        part = section(page, pair.name)
        assert {"What it leaves out.", "What ours leaves out."} <= set(re.findall(r"\*\*(.*?)\*\*", part))


def test_every_page_is_in_the_navigation():
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    found = set(
        re.findall(r"[\w-]+(?:/[\w-]+)?\.md", str(yaml.load((ROOT / "mkdocs.yml").read_text(), Loader)))
    )
    hooks = importlib.import_module("hooks")
    there = {str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md")}
    assert there | set(hooks.PAGES) <= found


@pytest.fixture
def faults(tmp_path):
    """What the checker says of a small site."""
    check = importlib.import_module("check")

    def faults(**pages):
        for name, text in pages.items():
            (tmp_path / name.replace("_", ".")).write_text(text, "utf-8")
        return list(check.faults(tmp_path))

    return faults


def test_a_sound_site_has_no_faults(faults):
    assert not faults(
        a_html='<h1 id="top">A</h1><a href="b.html#x">b</a><a href="#top">a</a><a href="https://far.away">c</a>',
        b_html='<p id="x"><img src="c.svg" alt="C"><img src="data:image/png;base64,AA" alt="D">',
        c_svg="<svg/>",
        d_css="a{background:url(c.svg)}",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<a href="nix.html">', "a.html: nix.html is not there"),
        ('<a href="#nix">', "a.html: #nix: there is no such place in it"),
        ('<img src="nix.svg" alt="x">', "a.html: nix.svg is not there"),
        ('<img src="https://far.away/x.svg" alt="x">', "a.html: loads https://far.away/x.svg"),
        ('<script src="//far.away/x.js"></script>', "a.html: loads //far.away/x.js"),
        ('<link rel="stylesheet" href="https://far.away/x.css">', "a.html: loads https://far.away/x.css"),
        ("<style>@import 'https://far.away/x.css'</style>", "loads @import 'https://far.away/x.css"),
        ('<p style="background:url(https://far.away/x.png)">', "loads url(https://far.away/x.png"),
        ('<p id="x"><p id="x">', "a.html: the id 'x' stands 2 times"),
        ('<img src="a.html">', "a.html: 1 pictures without an alternative text"),
    ],
)
def test_the_checker_finds(faults, text, said):
    (fault,) = faults(a_html=text)
    assert said in fault


def test_the_checker_reads_style_sheets(faults):
    assert faults(a_css="@import url(https://far.away/font.css);") == [
        "a.css: loads url(https://far.away/font.css"
    ]
