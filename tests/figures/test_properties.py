"""Every kind of figure of models at random: nothing overlaps, nothing leaves the page."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lstmviz
from lstmviz import checking, pipeline
from lstmviz.figure_requests import able, plan, plan_all
from lstmviz.figures import KINDS
from lstmviz.network.plan import plan_of
from tests.figures.lint import faults
from tests.models import images, specs

EXAMPLES = int(os.environ.get("LSTMVIZ_EXAMPLES", "100")) // 4


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(specs(), st.data())
def test_every_scene_is_clean(given_spec, data):
    spec = lstmviz.load(given_spec)
    subject = pipeline.trace(spec)
    kind = data.draw(st.sampled_from(able(subject)))
    width = data.draw(st.sampled_from(["auto", "column", "text", "130mm", "slide"]))
    try:
        scene = pipeline.compose(subject, plan(spec, kind, {"width": width})).scene
    except lstmviz.FigureError as error:
        assert "too narrow" in str(error)
        assert width in {"column", "130mm"}
        return
    assert faults(scene, words=6) == {}
    assert scene.title
    assert len(scene.description) > 30
    nodes = {node.id for node in scene.nodes}
    assert {end for edge in scene.edges for end in (edge.source, edge.target)} <= nodes


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    images(),
    st.sampled_from(["volumes", "pipeline"]),
    st.sampled_from(["auto", "column", "text", "130mm", "slide"]),
    st.sampled_from(["both", "symbols", "numbers", "off"]),
)
def test_every_network_for_images_is_clean_and_proven(given_spec, kind, width, shapes):
    spec = lstmviz.load(given_spec)
    subject = pipeline.trace(spec)
    assert kind in able(subject)
    chosen = plan(spec, kind, {"width": width, "shapes": shapes})
    scene = pipeline.compose(subject, chosen).scene
    assert faults(scene, words=7) == {}
    found = checking.proof(subject, chosen, plan_of(spec))
    assert found.faults == ()
    assert found.proven == found.arrows == len(scene.edges)


@settings(
    max_examples=EXAMPLES // 5,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(specs() | images())
def test_without_figures_every_kind_that_can_is_drawn_and_the_others_say_which_can(given_spec):
    spec = lstmviz.load(given_spec)
    subject = pipeline.trace(spec)
    can = able(subject)
    assert [chosen.kind.name for chosen in plan_all(spec, subject, (), (), {})] == can != []
    for name in KINDS:
        try:
            scene = pipeline.compose(subject, plan(spec, name, {})).scene
        except lstmviz.FigureError as error:
            assert name not in can
            assert error.can == tuple(can)
            assert error.__notes__ == [f"this model can be drawn as {', '.join(can)}"]
        else:
            assert name in can
            assert scene.kind == name


def test_the_line_to_the_next_column_goes_over_the_name_at_a_columns_end():
    spec = lstmviz.load(
        {
            "input": {"timesteps": 1, "vocabulary": 50, "batch_size": 1, "lengths": [1]},
            "layers": [
                {"embedding": 6},
                {"lstm": 1},
                {"lstm": {"hidden_size": 1, "num_layers": 2, "bias": False}},
                {"linear": 2},
            ],
        }
    )
    subject = pipeline.trace(spec)
    scene = pipeline.compose(subject, plan(spec, "pipeline", {"width": "column"})).scene
    assert max(node.box[2] for node in scene.nodes) > 120  # two columns
    assert faults(scene, words=6) == {}


def test_the_sizes_under_a_block_begin_below_a_high_stage_beside_it():
    once = {"conv2d": {"kernel_size": 1, "padding": 1, "stride": 4, "out_channels": 1, "dilation": 2}}
    first = [{"conv2d": {"kernel_size": 5, "out_channels": 1}}, {"max_pool2d": [2, 5]}]
    first += [{"conv2d": {"kernel_size": 1, "padding": 1, "out_channels": 1}}]
    layers = [{"max_pool2d": 1}, {"max_pool2d": {"kernel_size": [1, 2]}}, once, {"max_pool2d": 1}]
    spec = lstmviz.load(
        {
            "input": {"channels": 1, "height": 9, "width": 12},
            "layers": [*first, *layers, {"flatten": None}],
        }
    )
    assert faults(pipeline.compose(pipeline.trace(spec), plan(spec, "pipeline", {})).scene, words=7) == {}
