"""One arrow left out, added or led elsewhere, so that its line still touches both boxes: it is found."""

from __future__ import annotations

import random

from tests.network import mutants

MOST = 10 if mutants.ALL else 1


def test_right_figures_have_no_faults():
    for one in mutants.drawn():
        assert one.faults(one.scene) == (), one.name


def test_every_arrow_rewired_is_found(capsys):
    rng = random.Random(0)
    found = [
        (one.scene.kind, one.refuted(mutant), (one.name, what, which))
        for one in mutants.drawn()
        if one.scene.edges
        for what, which, mutant in mutants.rewired(one.scene, rng, MOST)
    ]
    mutants.tally(capsys, "arrows rewired", found)
