"""What a mutated scene of a cell must fail: each generator gives (what was changed, the scene)."""

from dataclasses import replace
from itertools import combinations

from lstmviz.proof.cells.equations import EQUATION, TOKEN


def without_arrow(scene):
    for i in range(len(scene.edges)):
        yield f"no {scene.edges[i].id}", replace(scene, edges=scene.edges[:i] + scene.edges[i + 1 :])


def redirected(scene):
    """Each end of each arrow moved to each other node."""
    for i, edge in enumerate(scene.edges):
        for node in scene.nodes:
            for end in ("source", "target"):
                if node.id != getattr(edge, end):
                    moved = replace(edge, **{end: node.id})
                    yield (
                        f"{edge.id} {end} {node.id}",
                        replace(scene, edges=(*scene.edges[:i], moved, *scene.edges[i + 1 :])),
                    )


def crossed(scene):
    """The tips of each two arrows exchanged: every node keeps its number of arrows."""
    there = sorted((e.source, e.target) for e in scene.edges)
    for (i, one), (j, two) in combinations(enumerate(scene.edges), 2):
        edges = list(scene.edges)
        edges[i], edges[j] = replace(one, target=two.target), replace(two, target=one.target)
        if sorted((e.source, e.target) for e in edges) != there:
            yield f"{one.id}, {two.id}", replace(scene, edges=tuple(edges))


def added(scene):
    """Each false arrow between the nodes there are."""
    there = {(e.source, e.target) for e in scene.edges}
    for one in scene.nodes:
        for two in scene.nodes:
            if one.id != two.id and (one.id, two.id) not in there:
                edge = replace(scene.edges[0], id="false", source=one.id, target=two.id)
                yield f"{one.id} to {two.id}", replace(scene, edges=(*scene.edges, edge))


def relabelled(scene):
    """Labels swapped: of each two nodes, and of each two texts that name a gate or give a shape."""
    for (i, one), (j, two) in combinations(enumerate(scene.nodes), 2):
        if one.label and two.label and one.label.text != two.label.text:
            nodes = list(scene.nodes)
            nodes[i], nodes[j] = replace(one, label=two.label), replace(two, label=one.label)
            yield f"labels of {one.id}, {two.id}", replace(scene, nodes=tuple(nodes))
    named = [(i, t) for i, t in enumerate(scene.texts) if t.id]
    for (i, one), (j, two) in combinations(named, 2):
        if one.label.text != two.label.text:
            texts = list(scene.texts)
            texts[i], texts[j] = replace(one, label=two.label), replace(two, label=one.label)
            yield f"texts of {one.id}, {two.id}", replace(scene, texts=tuple(texts))


def operated(scene):
    """Each operation made another: by its label, by its id, and by both."""
    signs = {"plus": "+", "times": "⊙", "one_minus": "1-", "tanh": "tanh", "relu": "ReLU", "gate": "σ"}
    for i, node in enumerate(scene.nodes):
        head, _, tail = node.id.partition(".")
        if head not in signs:
            continue
        for op, sign in signs.items():
            if node.label.text != sign:
                label = replace(node.label, text=sign, means="")
                yield f"{node.id} says {sign}", swapped(scene, i, replace(node, label=label))
                name = f"{op}.{tail}"
                yield (
                    f"{node.id} is {name}",
                    renamed(swapped(scene, i, replace(node, label=label)), node.id, name),
                )


def swapped(scene, i, node):
    return replace(scene, nodes=(*scene.nodes[:i], node, *scene.nodes[i + 1 :]))


def renamed(scene, old, new):
    nodes = tuple(replace(n, id=new) if n.id == old else n for n in scene.nodes)
    edges = tuple(
        replace(e, source=new if e.source == old else e.source, target=new if e.target == old else e.target)
        for e in scene.edges
    )
    frames = tuple(replace(f, members=tuple(new if m == old else m for m in f.members)) for f in scene.frames)
    return replace(scene, nodes=nodes, edges=edges, frames=frames)


def resized(scene):
    """Each shape with another number, each weight's node with another tensor."""
    for i, node in enumerate(scene.nodes):
        if node.tensor and node.tensor != "input":
            shape = (node.shape[0] + 1, *node.shape[1:])
            yield f"{node.id} {shape}", swapped(scene, i, replace(node, shape=shape))
            other = node.tensor.replace("_ih", "_").replace("_hh", "_ih").replace("__", "_hh_")
            if other != node.tensor:
                yield f"{node.id} {other}", swapped(scene, i, replace(node, tensor=other))
    for i, text in enumerate(scene.texts):
        if text.id and "shape." in text.id:
            label = replace(text.label, text=text.label.text.replace("5", "6", 1))
            if label != text.label:
                texts = (*scene.texts[:i], replace(text, label=label), *scene.texts[i + 1 :])
                yield f"{text.id} {label.text}", replace(scene, texts=texts)


def removed(scene):
    for i, node in enumerate(scene.nodes):
        yield f"no {node.id}", replace(scene, nodes=scene.nodes[:i] + scene.nodes[i + 1 :])


OTHER = {
    "+": "−",
    "−": "+",
    "⊙": "+",
    "1": "h_t-1",
    "(": None,
    ")": None,
    "σ": "tanh",
    "tanh": "σ",
    "ReLU": "tanh",
}
"""What a token of an equation becomes; a symbol becomes each other one."""


def miswritten(scene):
    """Each symbol and sign of each printed equation made another."""
    known = {w for t in scene.texts for w in TOKEN.findall(t.label.text) if EQUATION.match(t.label.text)}
    symbols = {w for w in known if "_" in w}
    for i, text in enumerate(scene.texts):
        if not EQUATION.match(text.label.text):
            continue
        for at in TOKEN.finditer(text.label.text):
            word = at[0]
            for other in sorted(symbols - {word}) if word in symbols else [OTHER[word]]:
                if other is None:
                    continue
                said = text.label.text[: at.start()] + other + text.label.text[at.end() :]
                label = replace(text.label, text=said)
                yield (
                    said,
                    replace(
                        scene, texts=(*scene.texts[:i], replace(text, label=label), *scene.texts[i + 1 :])
                    ),
                )


MUTATIONS = (without_arrow, redirected, crossed, added, relabelled, operated, resized, removed, miswritten)
