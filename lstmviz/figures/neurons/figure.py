"""Networks unit by unit: the classic feed-forward (BP) network, once or once per step.

Ids. Units count from 1, as the labels do, layers from 0, steps from 1.

A model without a recurrent layer has ``x.u1`` for the values of the input and
``<layer>.u1`` for the units of a linear layer, with one edge per weight.

A recurrent layer has, at every drawn step, ``x.t1.u1`` for what it reads, beside
it ``h.l0.fwd.t0.u1.out`` for a unit of the step before as it is read (at the first
step ``h_0.l0.fwd.u1``), above them ``h.l0.fwd.t1.u1`` for a unit of layer 0, and
``<layer>.t1.u1`` for the units of a head. A unit of an LSTM is the frame
``unit.l0.fwd.t1.u1``; its members are the unit's node, its own c
(``c.l0.fwd.t1.u1``) and its foot, where what it reads arrives. The frame
``units.l0.fwd.t1``, of the last layer ``output.t1``, holds a layer's units.
Edges: role ``param`` upward, role ``hidden`` from every unit of the step before,
one for each weight. A layer's states go on as a whole: h from ``h.l0.fwd.t1.out``
to ``h.l0.fwd.t2.in``, where its units stand again to be read, c from
``c.l0.fwd.t1.out`` to ``c.l0.fwd.t2.in``, each to itself; ``c_0.l0.fwd`` begins,
``h_n.l0.fwd`` and ``c_n.l0.fwd`` end.
"""

from __future__ import annotations

from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.neurons import bare
from lstmviz.figures.neurons import feed_forward as neurons_still
from lstmviz.figures.neurons import unrolled as neurons_time
from lstmviz.figures.neurons.options import NeuronsOptions
from lstmviz.figures.neurons.plan import refuse_chain
from lstmviz.figures.pages import Page


def refuse(subject: Subject) -> str | None:
    """Why a model has no figure unit by unit, or None."""
    layers = subject.trace.recurrent
    if not layers:
        return refuse_chain(subject)
    reasons = [neurons_time.refuse_layer(layer) for layer in layers]
    return reasons[0] if all(reasons) else None


def compose(subject: Subject, options: NeuronsOptions, page: Page) -> Draft:
    """One network, or one per step."""
    if subject.trace.recurrent:
        return neurons_time.compose(subject, options, page)
    return neurons_still.compose(subject, options, page)


NEURONS = Kind(
    "neurons",
    "the feed-forward (BP) network unit by unit; for a recurrent model one per time step, side by side",
    NeuronsOptions,
    compose,
    refuse,
    bare=bare.compose,
    unable=bare.unable,
    frames=("time", "layers"),
    view="neurons.view",
)
