"""Which steps a result depends on: as arrows lead there, and as changed values show it, without lstmviz."""

import copy
import re

import torch


def paths(scene):
    """From which steps of x an arrow leads, over others, to each step of what is given: as drawn."""
    into = {}
    for edge in scene.edges:
        into.setdefault(edge.target, set()).add(edge.source)
    found = {}
    for node in into:
        if re.search(r"(^|/)output\.", node):
            reached, open_ = set(), [node]
            while open_:
                for source in into.get(open_.pop(), ()):
                    if source not in reached:
                        reached.add(source)
                        open_.append(source)
            found[int(node.rpartition(".t")[2])] = {
                int(one.rpartition(".t")[2]) for one in reached if re.search(r"(^|/)x\.t", one)
            }
    return found


def depends(module, inputs, steps):
    """By changed values, in float64: of each step of the result the steps of the input that it depends on."""
    module = copy.deepcopy(module).double().eval()
    inputs = [one.double() if one.is_floating_point() else one for one in inputs]
    true = {step: set() for step in range(1, steps + 1)}
    with torch.no_grad():
        torch.manual_seed(1)
        before = module(*inputs)
        for step in range(steps):
            for scale in (2.0, -3.0):
                changed = inputs[0].clone()
                changed[step] = changed[step] * scale + 0.3
                torch.manual_seed(1)
                moved = module(changed, *inputs[1:]) != before
                for given in true:
                    true[given] |= {step + 1} if moved[given - 1].any() else set()
    return true
