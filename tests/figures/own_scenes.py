"""Modules of a test's own by name: run once, followed once, drawn as often as asked."""

import dataclasses
import functools

import torch

from lstmviz.figure_requests import plan_kind
from lstmviz.network.user.stage_dependences import follow
from lstmviz.pipeline import compose, described


class Scenes:
    """What `make` gives by name, a module and its inputs, as it ran and as it is drawn."""

    def __init__(self, make):
        self._make = make

    @functools.cache  # noqa: B019 (one for each test file)
    def made(self, name):
        torch.manual_seed(0)
        return self._make(name)

    @functools.cache  # noqa: B019
    def seen(self, name):
        return described(*self.made(name))

    @functools.cache  # noqa: B019
    def followed(self, name):
        return follow(*self.made(name), self.seen(name).trace)

    def scene_of(self, name, kind="grid", **options):
        return compose(self.seen(name), plan_kind(kind, options)).scene


def ends(scene):
    """The ends of all arrows."""
    return {(edge.source, edge.target) for edge in scene.edges}


def without_or_turned(scene):
    """Yield a scene without each of its arrows, and with it from head to tail; with the arrow's id."""
    edges = list(scene.edges)
    for place, edge in enumerate(edges):
        rest = edges[:place] + edges[place + 1 :]
        turned = dataclasses.replace(edge, source=edge.target, target=edge.source)
        for others in (rest, [*rest, turned]):
            yield dataclasses.replace(scene, edges=tuple(others)), edge.id
