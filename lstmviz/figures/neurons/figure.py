"""Networks unit by unit: the classic feed-forward (BP) network, once or once per step.

Ids. Units count from 1, as the labels do, layers from 0, steps from 1.

A model without a recurrent layer has ``x.u1`` for the values of the input and
``<layer>.u1`` for the units of a linear layer, with one edge per weight.

A recurrent layer has, at every drawn step, ``x.t1.u1`` for what it reads,
``h.l0.fwd.t1.u1`` for a unit of layer 0, and ``<layer>.t1.u1`` for the units
of a head. A unit of an LSTM is the frame ``unit.l0.fwd.t1.u1``; its members
are the unit's node, its own c (``c.l0.fwd.t1.u1``) and its foot, where what it
reads arrives. Ports have the id of a unit, or of its c, and a suffix: ``.out``
(on the way to the next step) and ``.in`` (where the state of the step before
arrives); what leaves from or arrives at a port does so for its unit. The frame
``lane_h.l0.fwd.t1`` joins a layer's units at a step with their ports, and at
the last step with ``h_n.l0.fwd.u1`` …; ``lane_c`` does so with their c. The
initial and final states have a node for each unit: ``h_0.l0.fwd.u1``.
Edges: role ``param`` upward; between two steps ``hidden`` from every ``.out`` to
every ``.in``, and ``cell`` from each to its own. After steps that are left out,
what leaves is of the last of them, which is drawn as its ``.out`` alone.
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
    view="neurons.view",
)
