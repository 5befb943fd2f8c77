"""Which way an axis runs in the blocks of a pipeline, as its key says, is counted in the blocks."""

import pytest

from lstmviz.figure_requests import plan_kind
from lstmviz.figures.pipeline import labels
from lstmviz.network.plan import plan_of
from lstmviz.pipeline import compose, load, trace
from lstmviz.proof.prove import prove

TRUE = {"N": "down", "T": "right"}
FALSE = {
    "turned": {"N": "right", "T": "down"},
    "samples away": {"N": "away", "T": "right"},
    "steps away": {"N": "down", "T": "away"},
    "features down": {**TRUE, "F": "down"},
    "units right": {**TRUE, "H": "right"},
}
SPECS = ("bilstm", "forecast", "patient", "seq2seq", "shares", "weather")
"""Of `forecast` the samples are left out but for some."""


def found(name):
    spec = load(f"specs/{name}.yaml")
    subject = trace(spec)
    scene = compose(subject, plan_kind("pipeline", {})).scene
    ways = [dict(c.facts) for t in scene.texts for c in t.label.claims if c.kind == "way"]
    return ways, prove(scene, subject.trace, plan_of(spec)).faults


@pytest.mark.parametrize("name", SPECS)
def test_every_letter_of_a_block_says_which_way_it_runs(name):
    ways, faults = found(name)
    assert {"N": "down", "T": "right", "F": "away"}.items() <= {w["symbol"]: w["way"] for w in ways}.items()
    assert faults == ()


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("wrong", sorted(FALSE))
def test_another_way_is_refuted(name, wrong, monkeypatch):
    monkeypatch.setattr(labels, "WAYS", FALSE[wrong])
    ways, faults = found(name)
    told = {one["symbol"]: one["way"] for one in ways}
    false = [letter for letter, way in told.items() if way != TRUE.get(letter.rstrip("′"), "away")]
    if not false:  # it has no such letter
        return
    assert any("it does not run so in" in fault for fault in faults), false
