"""Several figures on one sheet: panels in rows and columns, their ids apart, all of it proven."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from xml.etree import ElementTree as ET

import jsonschema
import pytest

import lstmviz
from lstmviz import checking, judging, pipeline
from lstmviz.commands.schema import json_schema
from lstmviz.figure_requests import plan
from lstmviz.figures import sheet
from lstmviz.figures.shared import shares
from lstmviz.proof.sheet import merged
from tests.figures.lint import faults, labels_of

ROWS = [["unfold"], ["grid", {"kind": "cell", "equations": False, "title": "Inside one cell"}]]


def source(*figures, **more):
    return {
        "title": "Two layers",
        "input": {"batch_size": 6, "timesteps": 4, "features": 3},
        "layers": [{"lstm": {"hidden_size": 16, "num_layers": 2, "dropout": 0.2}}],
        "figures": list(figures) or ["grid"],
        **more,
    }


def said(figure):
    return [label.text for label in labels_of(figure.scene)]


def box(scene, prefix):
    boxes = [n.box for n in scene.nodes if n.id.startswith(prefix)]
    return tuple(f(b[i] for b in boxes) for f, i in ((min, 0), (min, 1), (max, 2), (max, 3)))


def test_panels_stand_in_rows_and_columns():
    figure = lstmviz.draw(source(), sheet=ROWS)
    a, b, c = (box(figure.scene, f"{letter}/") for letter in "abc")
    assert a[3] < min(b[1], c[1])
    assert b[2] < c[0]
    marks = {t.label.text: t.label.runs[0] for t in figure.scene.texts if t.label.text.startswith("(")}
    assert {"(a)", "(b)"} <= marks.keys()
    third = next(t.label for t in figure.scene.texts if t.label.text == "(c) Inside one cell")
    assert marks["(b)"].y == third.runs[0].y
    assert marks["(a)"].x == marks["(b)"].x < third.runs[0].x
    assert said(figure).count("Two layers") == 1
    assert sum("nn.LSTM" in text for text in said(figure)) == 1


@pytest.mark.parametrize(
    ("backend", "width"), list(product(["graphviz", "matplotlib"], ["text", "slide", "auto"]))
)
def test_a_sheet_is_clean_in_every_backend_and_width(backend, width):
    figure = lstmviz.draw(source(), sheet=ROWS, width=width, backend=backend)
    assert faults(figure.scene, words=7) == {}
    root = ET.fromstring(figure.svg)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert any(name.endswith("-b/cell.l0.fwd.t1") for name in ids)
    assert figure.pdf.startswith(b"%PDF")
    assert figure.png(dpi=40).startswith(b"\x89PNG")
    assert "digraph" in figure.dot


def test_equal_rows_share_their_columns():
    scene = lstmviz.draw(source(), sheet=[["rolled", "cell"], ["grid", "tensors"]]).scene
    starts = {
        t.label.text: t.label.runs[0].x for t in scene.texts if t.label.text in {"(a)", "(b)", "(c)", "(d)"}
    }
    assert starts["(a)"] == starts["(c)"]
    assert starts["(b)"] == starts["(d)"]


def test_what_the_panels_say_is_in_the_alt_text():
    figure = lstmviz.draw(source(), sheet=ROWS)
    parts = [lstmviz.draw(source(), kind).alt for kind in ("unfold", "grid", "cell")]
    assert figure.alt == " ".join(f"({letter}) {part}" for letter, part in zip("abc", parts, strict=True))
    assert lstmviz.draw(source(), sheet=ROWS, alt="All of it").alt == "All of it"


def test_style_goes_to_all_panels_and_a_panel_may_differ():
    rows = [["rolled", {"kind": "cell", "equations": False, "shapes": "off"}]]
    figure = lstmviz.draw(source(), sheet=rows, shapes="numbers", symbols={"hidden": "K"}, language="zh")
    assert any("(4, 6, 3)" in text for text in said(figure))
    assert not any("(T, N, F)" in text for text in said(figure))
    assert any("隐藏状态" in text for text in said(figure))
    assert figure.scene.language == "zh"
    assert "(b) " in figure.alt


def test_panels_may_be_figures_of_the_spec():
    named = {"kind": "cell", "name": "inside", "equations": False, "direction": "forward"}
    spec = lstmviz.load(source(named, {"sheet": [["rolled", "inside"]], "name": "both"}))
    assert lstmviz.draw(spec, "both").scene == lstmviz.draw(spec, sheet=[["rolled", "inside"]]).scene
    assert {"a/x", "b/x.t"} <= {node.id for node in lstmviz.draw(spec, "both").scene.nodes}


def test_a_sheet_is_proven_panel_by_panel():
    spec = source({"sheet": ROWS})
    (proof,) = lstmviz.check(spec)
    alone = [
        lstmviz.check(source(kind))[0] for kind in ("unfold", "grid", {"kind": "cell", "equations": False})
    ]
    assert (proof.figure, proof.kind) == ("sheet", "sheet")
    assert proof.arrows >= proof.proven > 0
    assert proof.tensors == sum(one.tensors for one in alone)


def test_what_a_sheet_draws_otherwise_than_its_panels_is_a_fault():
    spec = lstmviz.load(source({"sheet": ROWS}))
    chosen, subject = plan(spec, "sheet", {}), pipeline.trace(spec)
    scene = pipeline.compose(subject, chosen).scene
    panels = {letter: one for letter, _, one in sheet.scenes(chosen.panels, subject, chosen.options)}
    titles = ["Inside one cell"]
    assert merged(scene, panels, titles) == []
    assert merged(replace(scene, edges=scene.edges[1:]), panels)
    turned = replace(scene.edges[0], source=scene.edges[0].target, target=scene.edges[0].source)
    assert "joins other things" in merged(replace(scene, edges=(turned, *scene.edges[1:])), panels, titles)[0]
    assert merged(scene, {letter: one for letter, one in panels.items() if letter != "b"})


def test_a_panels_title_told_otherwise_is_found():
    spec = lstmviz.load(source({"sheet": [[{"kind": "rolled", "title": "A layer"}, "grid"]]}))
    chosen, subject = plan(spec, "sheet", {}), pipeline.trace(spec)
    scene = pipeline.compose(subject, chosen).scene
    panels = {letter: one for letter, _, one in sheet.scenes(chosen.panels, subject, chosen.options)}
    assert merged(scene, panels, ["A layer"]) == []
    (at,) = (i for i, text in enumerate(scene.texts) if "A layer" in text.label.text)
    label = scene.texts[at].label
    claims = tuple(replace(one, text=one.text.replace("layer", "lawyer")) for one in label.claims)
    runs = tuple(replace(run, text=run.text.replace("layer", "lawyer")) for run in label.runs)
    new = replace(label, text=label.text.replace("layer", "lawyer"), claims=claims, runs=runs)
    texts = (*scene.texts[:at], replace(scene.texts[at], label=new), *scene.texts[at + 1 :])
    assert merged(replace(scene, texts=texts), panels, ["A layer"]) == [
        "'A lawyer' is said on the sheet alone"
    ]


def test_a_false_panel_is_named(monkeypatch):
    spec = lstmviz.load(source({"sheet": ROWS}))
    chosen, subject = plan(spec, "sheet", {}), pipeline.trace(spec)
    real = sheet.scenes

    def bent(*given):
        for letter, panel, scene in real(*given):
            one = scene.edges[0]
            wrong = replace(one, source=one.target, target=one.source)
            yield letter, panel, replace(scene, edges=(wrong, *scene.edges[1:])) if letter == "b" else scene

    monkeypatch.setattr(judging, "scenes", bent)
    found = checking.proof(subject, chosen)
    assert any(fault.startswith("(b) ") for fault in found.faults)


@pytest.mark.parametrize(
    ("rows", "place", "said"),
    [
        (
            [["unfold", "gird"]],
            "figures.0.sheet.0.1",
            "name of a figure; did you mean 'grid'",
        ),
        (
            [["unfold"], [{"kind": "cell", "equatons": True}]],
            "figures.0.sheet.1.0.equatons",
            "did you mean 'equations'",
        ),
        ([[{"sheet": [["grid"]]}]], "figures.0.sheet.0.0", "a sheet cannot stand in a sheet"),
        ([], "figures.0.sheet", "sheet"),
        ([[]], "figures.0.sheet.0", "sheet"),
        ("grid", "figures.0.sheet", "sheet"),
        ([["grid"] * 9], "figures.0.sheet.0", "sheet"),
    ],
)
def test_a_mistake_in_a_sheet_is_answered_with_its_place(rows, place, said):
    with pytest.raises(lstmviz.SpecError) as caught:
        lstmviz.load(source({"sheet": rows}))
    (problem,) = caught.value.problems
    assert problem.path == place
    assert said in f"{problem.message}; {problem.hint}"


def test_a_misspelt_sheet_is_guessed():
    with pytest.raises(lstmviz.SpecError) as caught:
        lstmviz.load(source({"shet": [["grid"]]}))
    assert caught.value.problems[0].hint == "did you mean 'sheet'?"


def test_a_panel_that_cannot_show_the_model_is_named():
    with pytest.raises(lstmviz.FigureError, match=r"panel \(b\), volumes: "):
        lstmviz.draw(source(), sheet=[["grid", "volumes"]])
    with pytest.raises(lstmviz.FigureError, match=r"too narrow for grid, .* side by side: \d+ mm are"):
        lstmviz.draw(source(), sheet=[["grid", "unfold", "cell", "tensors"]], width="column")
    with pytest.raises(lstmviz.errors.ChoiceError, match="did you mean 'grid'"):
        lstmviz.draw(source(), sheet=[["gird"]])
    with pytest.raises(lstmviz.errors.ChoiceError, match="sheet="):
        lstmviz.draw(source())


def test_the_schema_knows_sheets():
    schema = json_schema()
    jsonschema.validate(source({"sheet": ROWS, "name": "all", "width": "text"}), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(source({"sheet": "grid"}), schema)


def test_shares_keep_within_the_room():
    assert sum(shares.shared([50, 60], [200, 100], 200)) == pytest.approx(200)
    assert shares.shared([50, 60], [200, 100], 80) == [50, 60]


INPUT = "input: {batch_size: 6, timesteps: 4, features: 3}\n"


@pytest.fixture
def several(tmp_path):
    """Three specs of which the last shows all on a sheet."""
    for kind in ("rnn", "gru"):
        figures = "figures: [{kind: cell, equations: false, name: inside}]\n"
        (tmp_path / f"{kind}.yaml").write_text(f"title: A {kind}\n{INPUT}layers: [{kind}: 8]\n{figures}")
    return tmp_path


def naming(folder, rows, name="all.yaml", kind="lstm"):
    (folder / name).write_text(f"{INPUT}layers: [{kind}: 8]\nfigures: [{{sheet: {rows}, name: s}}]\n")
    return folder / name


def test_a_sheet_shows_the_models_of_other_specs_each_proven_against_its_own(several):
    path = naming(several, "[[{spec: rnn.yaml, kind: cell}], [{spec: gru.yaml, kind: inside}, cell]]")
    (proof,) = lstmviz.check(path)
    assert proof.arrows == proof.proven > 0
    assert not proof.unproven
    figure = lstmviz.draw(path, "s")
    assert {"(a) A rnn", "(b) A gru"} <= {*said(figure)}
    assert {"nn.RNN(3, 8)", "nn.GRU(3, 8)", "nn.LSTM(3, 8)"} <= {*said(figure)}
    drawn = lstmviz.draw(several / "gru.yaml", "inside").scene
    kept = {n.id.removeprefix("b/") for n in figure.scene.nodes if n.id.startswith("b/")}
    assert kept == {n.id for n in drawn.nodes}
    assert lstmviz.load(path).beside == [several / "rnn.yaml", several / "gru.yaml"]


def test_a_panel_of_another_model_is_refuted_by_that_model(several):
    spec = lstmviz.load(naming(several, "[[{spec: rnn.yaml, kind: tensors}]]"))
    subject, chosen = pipeline.trace(spec), plan(spec, "s", {})
    ((panel,),) = chosen.panels
    wrong = replace(chosen, panels=((replace(panel, own=None, model=None),),))
    drawn = pipeline.compose(subject, chosen).scene
    assert not judging.finding(drawn, subject, chosen).faults
    assert judging.finding(drawn, subject, wrong).faults


@pytest.mark.parametrize(
    ("rows", "message", "hint"),
    [
        ("[[{spec: gur.yaml, kind: cell}]]", "there is no file gur.yaml", "did you mean 'gru.yaml'?"),
        ("[[{spec: gru.yaml, kind: sell}]]", "'sell' is not a kind of figure", "did you mean 'cell'?"),
        ("[[{spec: gru.yaml}]]", "a figure needs 'kind'", None),
        ("[[{spec: [a], kind: cell}]]", "'spec' is the file of another spec, not a list", None),
        (
            "[[{spec: bad.yaml, kind: cell}]]",
            "bad.yaml is no good spec: bad.yaml:2:10: 'rn' is not a l",
            None,
        ),
        ("[[{spec: all.yaml, kind: cell}]]", "all.yaml is drawn in a sheet of its own sheets", None),
    ],
)
def test_what_a_panel_names_wrongly_is_said_at_its_place(several, monkeypatch, rows, message, hint):
    monkeypatch.chdir(several)
    (several / "bad.yaml").write_text(f"{INPUT}layers: [rn: 8]\n")
    naming(several, rows)
    with pytest.raises(lstmviz.SpecError) as caught:
        lstmviz.load("all.yaml")
    (problem,) = caught.value.problems
    assert problem.message.startswith(message)
    assert problem.span.line == 3
    assert hint is None or problem.hint == hint


def test_specs_that_name_each_other_are_a_circle(several):
    naming(several, "[[{spec: two.yaml, kind: cell}]]", "one.yaml")
    naming(several, "[[{spec: one.yaml, kind: cell}]]", "two.yaml")
    with pytest.raises(lstmviz.SpecError, match="they name each other in a circle"):
        lstmviz.load(several / "one.yaml")


def plain(folder, name, cell, steps=20, **options):
    """Write a spec with one layer beside the others."""
    given = f"input: {{batch_size: 4, timesteps: {steps}, features: 3}}\n"
    (folder / f"{name}.yaml").write_text(f"{given}layers: [{cell}: {options.get('units', 16)}]\n")


def test_one_key_stands_under_all_panels_and_holds_what_each_would_explain(several):
    rows = "[[{spec: rnn.yaml, kind: grid}, {spec: gru.yaml, kind: grid}], [unrolled]]"
    path = naming(several, rows)
    texts = said(lstmviz.draw(path, "s"))
    for meant in ("hidden state h", "cell state c", "N batch", "H units"):
        assert texts.count(meant) == 1, meant
    alone = said(lstmviz.draw(several / "rnn.yaml", "grid"))
    assert "cell state c" not in alone
    key = next(t for t in lstmviz.draw(path, "s").scene.texts if t.label.text == "hidden state h")
    assert key.label.runs[0].y > max(n.box[3] for n in lstmviz.draw(path, "s").scene.nodes if n.tensor)
    (proof,) = lstmviz.check(path)
    assert (proof.arrows, proof.unproven) == (proof.proven, ())


def test_a_letter_with_two_meanings_is_explained_in_each_panel(several):
    named = "input: {batch_size: 6, timesteps: 4, features: 3, axes: {batch: cities}}\n"
    (several / "gru.yaml").write_text(f"{named}layers: [gru: 8]\n")
    rows = "[[{spec: rnn.yaml, kind: cube}, {spec: gru.yaml, kind: cube}]]"
    assert lstmviz.check(naming(several, rows))[0].unproven == ()


def test_a_key_that_no_panel_has_is_a_fault(several):
    spec = lstmviz.load(naming(several, "[[{spec: rnn.yaml, kind: grid}, grid]]"))
    chosen, subject = plan(spec, "s", {}), pipeline.trace(spec)
    scene = pipeline.compose(subject, chosen).scene
    panels = {letter: one for letter, _, one in sheet.scenes(chosen.panels, subject, chosen.options)}
    assert merged(scene, panels, ["A rnn"]) == []
    texts = tuple(text for text in panels["b"].texts if text.label.text != "cell state c")
    silent = panels | {"b": replace(panels["b"], texts=texts)}
    assert merged(scene, silent, ["A rnn"]) == ["'cell state c' is said on the sheet alone"]


@pytest.mark.parametrize("kind", ["influence", "activity", "weights"])
def test_panels_that_measure_have_one_scale(tmp_path, kind):
    plain(tmp_path, "gru", "gru")
    plain(tmp_path, "lstm", "lstm", units=4 if kind == "weights" else 16)
    rows = f"[[{{spec: gru.yaml, kind: {kind}}}, {{spec: lstm.yaml, kind: {kind}}}]]"
    path = naming(tmp_path, rows)
    scene = lstmviz.draw(path, "s", width="slide", detail="normal").scene
    if kind == "weights":
        blocks = {n.id: n.box[2] - n.box[0] for n in scene.nodes}
        ends = blocks["a/gru.weight_hh_l0.W_hr"], blocks["b/lstm.weight_hh_l0.W_hi"]
        assert ends[0] / 16 == pytest.approx(ends[1] / 4)
    else:
        ends = {}
        for plot in scene.plots:
            ends.setdefault(plot.id.partition("/")[2], set()).add((plot.low, plot.high))
        both = {name for name in ends if sum(p.id.endswith(f"/{name}") for p in scene.plots) == 2}
        assert ("map" if kind == "influence" else "h") in both
        assert {len(found) for name, found in ends.items() if name in both} == {1}
    (proof,) = lstmviz.check(path)
    assert proof.unproven == ()


FORMS = {
    "one": "layers: [lstm: 4, last_step, linear: 2]\n",
    "many": "layers: [lstm: 4, linear: 2]\n",
    "pair": "layers: [lstm: 4, decoder: {cell: lstm, hidden_size: 4, steps: 3, features: 2}, linear: 2]\n",
}


@pytest.mark.parametrize("kind", ["unrolled", "grid", "unfold", "neurons", "rolled"])
def test_a_slide_of_several_models_is_proven(kind, tmp_path):
    """Panels of a slide are bare; the call over each is held like any other."""
    for name, layers in FORMS.items():
        data = "input: {batch_size: 4, timesteps: 5, features: 3}\n"
        (tmp_path / f"{name}.yaml").write_text(f"{data}title: {name}\n{layers}")
    names = [name for name in FORMS if name != "pair" or kind in {"unrolled", "grid"}]
    rows = ", ".join(f"[{{spec: {name}.yaml, kind: {kind}}}]" for name in names)
    cells = "[{spec: one.yaml, kind: cell}]"
    other = tmp_path / "sheet.yaml"
    own = "input: {batch_size: 4, timesteps: 5, features: 3}\nlayers: [gru: 4]\n"
    other.write_text(f"{own}figures: [{{sheet: [{rows}, {cells}, [{kind}]], width: slide}}]\n")
    (proof,) = lstmviz.check(other)
    assert proof.answer == "proven", proof
