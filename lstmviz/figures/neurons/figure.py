"""Networks unit by unit: the classic feed-forward (BP) network, once or once per step.

Ids. Units count from 1, as the labels do, layers from 0, steps from 1.

A model without a recurrent layer has ``x.u1`` for the values of the input and
``<layer>.u1`` for the units of a linear layer, with one edge per weight.

A recurrent layer has, at every drawn step, ``x.t1.u1`` for what it reads,
``h.l0.fwd.t1.u1`` for a unit of layer 0, and ``<layer>.t1.u1`` for the units
of a head. A unit of an LSTM is the frame ``unit.l0.fwd.t1.u1``; its members
are the unit's node, its own c (``c.l0.fwd.t1.u1``) and the place where its h
leaves upward, ``h.l0.fwd.t1.u1.up``. Ports have the unit's id and a suffix:
``.up``, ``.out`` (its h on the way to the next step) and ``.in`` (where h of the
step before reaches it); what leaves from or arrives at a port does so for its
unit. The frame ``lane.l0.fwd.t1`` joins a layer's units at a step with their
ports, and at the last step with ``h_n.l0.fwd.u1`` …. The initial and final
states have a node for each unit: ``h_0.l0.fwd.u1``, ``c_n.l1.fwd.u4``.
Edges: role ``param`` upward, ``hidden`` from every ``.out`` to every ``.in`` of the
next step, ``cell`` from each unit's c to the same unit's. An edge of c that
passes over left-out steps is one unit's rail through all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import Kind
from lstmviz.figures.neurons import bare
from lstmviz.figures.neurons import feed_forward as neurons_still
from lstmviz.figures.neurons import unrolled as neurons_time
from lstmviz.figures.neurons.options import NeuronsOptions
from lstmviz.figures.neurons.plan import refuse_chain

if TYPE_CHECKING:
    from lstmviz.figures.base import Draft, Subject
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
)
