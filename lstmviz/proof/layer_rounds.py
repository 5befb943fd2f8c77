"""A layer of torch's drawn round by round: its steps one by one are the layer, and read what is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.structure import Recurrent
from lstmviz.proof.probe import probe


def layer_faults(own: OwnLoop, layer: Recurrent) -> Iterator[str]:
    """Say how torch's layer does otherwise than a loop whose every round has one x_t and the states before.

    It is run on all steps at once, and step by step, each with the states that the step before gave.
    """
    whole = probe(layer)
    gives, ends = whole.run()
    states, given = whole.begun, []
    for step in whole.inputs:
        read = [one.detach().requires_grad_() for one in (step[None], *states)]
        with torch.enable_grad():
            output, states = replace(whole, inputs=read[0], begun=tuple(read[1:])).run()
        given.append(output)
        for made in (output, *states):
            with torch.enable_grad():
                moves = torch.autograd.grad(made.sum(), read, retain_graph=True, allow_unused=True)
            if any(one is None or not one.any() for one in moves):
                yield f"not all that a round of {own.name} makes is made from x_t and every state before"
                return
    if not all(map(torch.allclose, (torch.cat(given), *states), (gives, *ends))):
        yield f"{layer.name} step by step, with the states handed on, gives something else"
