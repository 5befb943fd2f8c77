"""One thing moved, or drawn otherwise than its text says, in every kind and own modules: it is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

import lstmviz
from lstmviz import figures
from lstmviz.proof.geometry import covers, line_faults, strayed
from lstmviz.proof.measured import bar_faults
from lstmviz.proof.measured_said import Drawn
from lstmviz.proof.page_text import misdrawn, title_faults
from lstmviz.proof.prove import page_faults
from lstmviz.scene.frames import frames
from lstmviz.scene.geometry import inside
from lstmviz.scene.near import box_of, to_box
from tests.network import mutants

GAP = 16.0
"""So far beside its box a name may stand, pt: a line of type and the gap before it."""


def test_right_pages_have_no_faults():
    for one in mutants.drawn():
        assert page_faults(one.scene) == [], one.name


@pytest.mark.parametrize("change", [mutants.turned, mutants.led_away], ids=lambda change: change.__name__)
def test_every_line_turned_or_led_away_is_found(capsys, change):
    found = []
    for one in mutants.drawn():
        nodes = {node.id: node for node in one.scene.nodes}
        found += [
            (one.scene.kind, any(line_faults(edge, nodes)), (one.name, edge.id)) for edge in change(one.scene)
        ]
    mutants.tally(capsys, f"lines {change.__name__}", found)


def still_by(scene, label, box):
    """Whether a moved label still says the same: in its wide box, or beside it as nothing else is."""
    here = box_of(label)
    drawn = [item.box for item in (*scene.nodes, *scene.plots)]
    others = [
        one for one in drawn if not inside(one, box) and not inside(box, one)
    ]  # nor what it is a part of
    near = to_box(here, box)
    return near == 0 or near < min([GAP, *(to_box(here, one) for one in others)])


def test_every_label_moved_away_is_found(capsys):
    """What stands in a wide box, such as the band of a layer, may stand elsewhere in it, or beside it."""
    found = []
    for one in mutants.drawn():
        for text in one.scene.texts:
            box = text.at
            if box is None or any(plot.box == box for plot in one.scene.plots):  # its place on a scale: below
                continue
            for dx, dy in ((60, 0), (-60, 0), (0, 60), (0, -60)):
                label = mutants.moved(text.label, dx, dy)
                if not still_by(one.scene, label, box):
                    mutant = replace(one.scene, texts=(replace(text, label=label),))
                    found.append((one.scene.kind, any(strayed(mutant)), (one.name, label.text, dx, dy)))
        for node in one.scene.nodes:
            for dx, dy in ((60, 0), (-60, 0), (0, 60), (0, -60)) if node.label else ():
                mutant = replace(node, label=mutants.moved(node.label, dx, dy))
                found.append((one.scene.kind, not covers(mutant), (one.name, node.id, dx, dy)))
    mutants.tally(capsys, "labels moved by 60 pt", found)


def test_a_label_beside_the_next_block_is_found():
    spec = lstmviz.load({"input": {"batch_size": 2, "timesteps": 3, "features": 1}, "layers": [{"lstm": 4}]})
    scene = lstmviz.draw(spec, "weights").scene
    assert [*strayed(scene)] == []
    narrow = []
    blocks = [frame.box for frame in scene.frames]
    for text in (one for one in scene.texts if one.at in blocks and box_of(one.label)[3] <= one.at[1]):
        here = box_of(text.label)
        beside = min([box[0] for box in blocks if box[0] > text.at[2]], default=text.at[2])
        if here[2] - here[0] + 2 < beside - text.at[2]:  # it has room between both
            aside = mutants.moved(text.label, beside - 1 - here[2], text.at[1] + 20 - here[1])
            narrow.append(replace(text, label=aside))
    assert narrow
    for moved in narrow:
        assert any("by something else" in why for why in strayed(replace(scene, texts=(moved,))))


def test_a_label_beside_the_box_that_is_painted_for_it_is_found():
    spec = lstmviz.load({"input": {"batch_size": 2, "timesteps": 3, "features": 1}, "layers": [{"gru": 4}]})
    scene = lstmviz.draw(spec, "tensors").scene
    text = next(one for one in scene.texts if one.label.text == "output[-1] = h_n[0]")
    moved = replace(text, label=mutants.moved(text.label, text.at[2] - text.at[0] + 1, 0))
    assert [*strayed(replace(scene, texts=(moved,)))]


def test_every_number_moved_along_its_scale_is_found(capsys):
    found = []
    for one in mutants.drawn():
        plots = {plot.id: plot for plot in one.scene.plots}
        for index, text in enumerate(one.scene.texts):
            if not any(plot.box == text.at for plot in plots.values()):
                continue
            for dx, dy in ((60, 0), (-60, 0), (0, 60), (0, -60)):
                moved = replace(text, label=mutants.moved(text.label, dx, dy))
                mutant = mutants.swapped(one.scene, "texts", index, moved)
                if to_box(box_of(moved.label), text.at) > 0:
                    caught = any(bar_faults(mutant, Drawn(mutant))) or any(strayed(mutant))
                    found.append((one.scene.kind, caught, (one.name, text.label.text, dx, dy)))
    mutants.tally(capsys, "numbers on scales moved by 60 pt", found)


def test_a_line_turned_is_a_fault_of_its_figure():
    for one in mutants.drawn():
        for index, edge in enumerate(mutants.turned(one.scene)):
            mutant = mutants.swapped(one.scene, "edges", index, edge)
            assert any("does not touch" in fault for fault in page_faults(mutant)), one.name
            break


def test_every_glyph_drawn_otherwise_is_found(capsys):
    found = (
        (kind, misdrawn(mutant) is not None, (label.text, [run.text for run in mutant.runs]))
        for kind, label in mutants.texts()
        for mutant in mutants.inked(label)
    )
    mutants.tally(capsys, "glyphs", found)


def test_a_label_drawn_otherwise_is_a_fault_of_its_figure():
    for one in mutants.drawn():
        label, put = next(iter(mutants.labels(one.scene)))
        mutant = put(next(iter(mutants.inked(label))))
        assert any(repr(label.text) in fault for fault in page_faults(mutant)), one.name


def retitled(scene):
    """Every letter of the title's lines another, in the words as well as in what they claim to be."""
    for index, text in enumerate(scene.texts):
        label = text.label
        own = [one.kind for one in label.claims] == ["own"] and label.text in scene.title
        for at, char in enumerate(label.text) if own and label.runs[0].font == "bold" else ():
            if char.isalnum():
                said = label.text[:at] + mutants.other(char) + label.text[at + 1 :]
                claims, runs = (replace(label.claims[0], text=said),), (replace(label.runs[0], text=said),)
                new = replace(label, text=said, claims=claims, runs=runs)
                yield mutants.swapped(scene, "texts", index, replace(text, label=new))


def test_every_letter_of_a_title_told_otherwise_is_found(capsys):
    """Of a figure, and of the first of the frames that it is built up in."""
    found = []
    for one in mutants.drawn():
        by = figures.kind(one.scene.kind).frames[:1]
        for part in (one.scene, *(frame for way in by for frame in frames(one.scene, way)[:1])):
            assert page_faults(part) == [], one.name
            found += [(part.kind, any(title_faults(new)), one.name) for new in retitled(part)]
    mutants.tally(capsys, "titles", found)
