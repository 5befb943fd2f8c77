"""Specs drawn at random over torch's whole recurrent API: no figure says what is not so.

`LSTMVIZ_EXAMPLES` says how many (50; `make prove` asks for 5000).
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan
from lstmviz.network.plan import plan_of
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import Asked
from tests.models import specs

EXAMPLES = int(os.environ.get("LSTMVIZ_EXAMPLES", "50"))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(specs(), st.data())
def test_what_is_drawn_is_so(given_spec, data):
    spec = lstmviz.load(given_spec)
    subject = pipeline.trace(spec)
    layers = subject.trace.recurrent
    chosen = data.draw(st.sampled_from(layers))
    kind = data.draw(st.sampled_from(["rolled", "unrolled", "unfold", "grid"]))
    options = {"width": data.draw(st.sampled_from(["auto", "text"])), "of": chosen.name}
    if kind == "grid" and data.draw(st.booleans()):
        chosen = layers[0]
        del options["of"]
    if kind == "grid" and chosen.lengths:
        options["sample"] = data.draw(st.integers(0, len(chosen.lengths) - 1))
    if kind != "grid":
        options["layer"] = data.draw(st.integers(0, chosen.num_layers - 1))
    scene = pipeline.compose(subject, plan(spec, kind, options)).scene
    asked = Asked(options.get("of"), options.get("layer", 0))
    found = prove(scene, subject.trace, plan_of(spec), asked)
    assert found.faults == ()
    assert found.arrows > 0
