"""Where the columns of a branching graph stand: Graphviz's dot places what has no natural grid.

dot gets the ranks, and gives back how far right everything is. Its own lines
and heights are left: lines here run straight, in lanes and channels.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from lstmviz.errors import MissingDependencyError
from lstmviz.layout.ranks import Lane, Piece, Ranked

Items = Sequence[Piece | Lane]

INCH = 72.0
MARGIN = 8.0
"""The free space inside a group's border, pt."""
STRAIGHT, BRANCH = "8", "2"
"""How much it matters that a lane is straight, and that a line into a piece is."""
REMEDY = "pip install pygraphviz, or install Graphviz itself (https://graphviz.org/download)"
GRAPH = {"rankdir": "BT", "newrank": "true", "ranksep": "0.2", "remincross": "true", "splines": "false"}
NODE = {"shape": "box", "fixedsize": "true", "label": "", "height": "0.2"}
"""Without a label no font is looked for: fonts are for whoever paints to choose."""


def columns(ranked: Ranked, gap: float) -> dict[str, float]:
    """The middle x of every piece and lane, pt, from 0; `gap` is the least room between two.

    On half points, so that what dot means to stand above each other does.
    Raises MissingDependencyError where there is no Graphviz.
    """
    from graphviz import Digraph  # noqa: PLC0415

    items: Items = [*ranked.pieces.values(), *ranked.lanes.values()]
    names = {item.id: f"n{number}" for number, item in enumerate(items)}
    graph = Digraph(graph_attr=GRAPH | {"nodesep": f"{gap / INCH:.4f}"}, node_attr=NODE)
    for item in items:
        graph.node(names[item.id], width=f"{item.room / INCH:.4f}")
    _groups(graph, items, names, 0)
    for rank in range(ranked.top + 1):
        lanes = [lane for lane in ranked.lanes.values() if lane.rank == rank]
        with graph.subgraph(graph_attr={"rank": "same"}) as row:
            for name in [item.id for item in ranked.on(rank)] + [lane.id for lane in lanes]:
                row.node(names[name])
    _links(graph, ranked, names)
    found = {}
    for line in _plain(graph).splitlines():
        word, *rest = line.split()
        if word == "node":
            found[rest[0]] = round(2 * float(rest[1]) * INCH) / 2
    return {item.id: found[names[item.id]] for item in items}


def _groups(graph: Any, items: Items, names: dict[str, str], depth: int) -> None:
    """Clusters within clusters, numbered by what they begin with."""
    for group in dict.fromkeys(item.inside[depth] for item in items if len(item.inside) > depth):
        own = [item for item in items if item.inside[depth : depth + 1] == (group,)]
        box = {"margin": f"{MARGIN:g}", "label": ""}
        with graph.subgraph(name=f"cluster_{names[own[0].id]}_{depth}", graph_attr=box) as inner:
            for item in own:
                if len(item.inside) == depth + 1:
                    inner.node(names[item.id])
            _groups(inner, own, names, depth + 1)


def _links(graph: Any, ranked: Ranked, names: dict[str, str]) -> None:
    """What is to stand above each other; a lane that leads back stands beside what it belongs to."""

    def along(way: list[str], weight: str) -> None:
        for a, b in pairwise(way):
            graph.edge(names[a], names[b], weight=weight)

    for net in ranked.ahead:
        low = ranked.rank[net.source]
        way = [net.source, *(ranked.lanes[net.id, r].id for r in range(low + 1, ranked.reach(net)))]
        along(way, STRAIGHT)
        for target in net.targets:
            along([way[ranked.rank[target] - 1 - low], target], BRANCH)
    for net in ranked.back:
        (target,) = net.targets
        low, high = ranked.rank[target], ranked.rank[net.source]
        way = [ranked.lanes[net.id, r].id for r in range(low, high + 1)]
        along(way, STRAIGHT)
        along([target, way[0]], BRANCH)
        if high > low:
            along([net.source, way[-1]], BRANCH)


def _plain(graph: Any) -> str:
    """What dot makes of a graph, in its plain format: by pygraphviz, else by a system's Graphviz."""
    try:
        from pygraphviz import AGraph  # noqa: PLC0415
    except ImportError:
        return _by_program(graph)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data: bytes = AGraph(string=graph.source).draw(format="plain", prog="dot")
    return data.decode()


def _by_program(graph: Any) -> str:
    import graphviz  # noqa: PLC0415

    try:
        return str(graph.pipe(format="plain", engine="dot", quiet=True, encoding="utf-8"))
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError) as error:
        raise MissingDependencyError("Graphviz", REMEDY) from error
