"""Kind `pipeline`: the whole model stage by stage, with the shape after each.

Ids: `input`; for each stage `stage.<name>` and the tensor after it
`tensor.<name>`; what a stage reads beside the main line `input.<name>.h_0`,
`input.<name>.target`; the states that an encoder hands to a decoder
`tensor.<name>.h_n`. Edges run from tensor to stage and from stage to tensor.
At depth 2 the layers of a recurrent stage are `stage.<name>.l0` ….
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.pipeline import bare
from lstmviz.figures.pipeline.branches import branching
from lstmviz.figures.pipeline.branches import compose as compose_branches
from lstmviz.figures.pipeline.column import draw_column
from lstmviz.figures.pipeline.columns import TALL, WORDS_BELOW, columns_within, plain
from lstmviz.figures.pipeline.description import describe
from lstmviz.figures.pipeline.labels import draw_notes
from lstmviz.figures.pipeline.options import PipelineOptions
from lstmviz.figures.pipeline.parts import PipelineLook, PipelinePlan, Tag
from lstmviz.figures.pipeline.piles import piles_of
from lstmviz.figures.pipeline.plan import items_of
from lstmviz.figures.pipeline.rows import draw_rows
from lstmviz.figures.pipeline.steps import steps_of

FEW = {True: 5, False: 8}
"""Up to so many stages have the tensors between them drawn as blocks, upward and to the right."""

MANY = 9
"""From more stages than this on, a column is set tightly."""

LEAST, MOST = 215.0, 260.0
"""The width of a column, pt: enough for what stands beside the flow, and near enough to it."""


def refuse(subject: Subject) -> str | None:
    """Why a model has no pipeline, or None."""
    if not subject.trace.stages:
        return "this model has no stage"
    return None


def compose(subject: Subject, options: PipelineOptions, page: Page) -> Draft:
    """Place the stages upward on a narrow page, else from left to right; what branches, always upward."""
    if branching(subject):
        return compose_branches(subject, options, page)
    steps = steps_of(subject.trace, options.depth or 1)
    upward = page.narrow
    pictures = len(piles_of(steps, options)) <= FEW[upward] and not (upward and page.inner < LEAST)
    look = PipelineLook(upward=upward, pictures=pictures, dense=upward and len(steps) > MANY)
    lengths = next((r.lengths for r in subject.trace.recurrent if r.lengths), ())
    made = partial(items_of, subject.trace.input, steps, options, count=options.parameters, lengths=lengths)
    items = made(look)
    if not all(item.picture for item in items if isinstance(item.body, Tag)):  # some as blocks, some not
        look = replace(look, pictures=False)
        items = made(look)
    width = min(max(page.inner, LEAST), MOST) if upward else page.inner
    plan = PipelinePlan(options, width, items, look)
    low = draw_column(plan) if upward else draw_rows(plan)
    _, top, _, foot = plan.canvas.extent()
    most = TALL if options.detail == "full" or page.most is None else min(TALL, page.most - WORDS_BELOW)
    if foot - top > most and plain(steps):
        several = columns_within(subject.trace.input, steps, options, page.inner, most)
        if several is not None:
            plan, low = several, 0.0
    draw_notes(plan, steps, subject.trace, low)
    return Draft(plan.canvas, describe(subject, steps))


PIPELINE = Kind(
    "pipeline",
    "the whole model, stage by stage, with the shape after each",
    PipelineOptions,
    compose,
    refuse,
    bare=bare.compose,
    unable=bare.unable,
    view="pipeline.view",
)
