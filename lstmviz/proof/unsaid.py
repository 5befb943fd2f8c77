"""What the run did and a figure neither draws nor says: it would let one think that there is nothing more.

The other proofs hold what a figure says against the run; here the run is gone through, and the figure asked.
A sentence counts where it is printed, in the drawing or its caption; what is only read aloud does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from lstmviz.network.own_layers import every_loop
from lstmviz.network.own_loops import from_the_end, rounds_of
from lstmviz.network.own_recurrences import drawn_among, is_beside
from lstmviz.network.reach import reached
from lstmviz.network.second_input import maker_before, missing_maker, order_before, read_backwards
from lstmviz.network.second_input import taken_in_turn as in_turn
from lstmviz.network.stage_types import PACKS, TURNS
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace, split_name
from lstmviz.proof import sentences
from lstmviz.proof.geometry import stacked
from lstmviz.proof.kinds import shown
from lstmviz.scene import ids
from lstmviz.scene.claims import Claim
from lstmviz.scene.plots import Heat
from lstmviz.scene.scene import Scene
from lstmviz.translation.messages import Note

WHICH = frozenset({"cell.which", "cell.which-way", "layer.depth-in", "layer.depth-of"})
BETWEEN = frozenset({"grid.layer-between", "grid.layers-between"})  # layers that a strip stands for
LETTERS = "grid.letters-of"
SAMPLE = frozenset({"grid.sample", "layer.longest", "layer.longest-of-two", "chain.leaves-ragged"})
OWN = frozenset("₁₂₃₄₅₆₇₈₉′")
"""What a letter ends with that is not that of all layers."""


def unsaid(scene: Scene, trace: Trace) -> Iterator[str]:
    """Say what is missing."""
    page = _Page(scene, trace)
    for look in (_notes, _recurrences, _depths, *LOOKS.get(scene.kind, ())):
        for what in look(page):
            yield f"{what}: that is neither drawn nor said"


class _Page:
    """What a scene prints, and which recurrences it draws."""

    def __init__(self, scene: Scene, trace: Trace) -> None:
        self.scene, self.trace = scene, trace
        self.said = [(name, dict(given)) for name, given in sentences.shown(scene)]
        self.names = {name for name, _ in self.said}
        drawn_ids = [*(node.id for node in scene.nodes), *(frame.id for frame in scene.frames)]
        self.places = {part for id_ in drawn_ids for part in ids.within(id_)}
        self.places |= {str(dict(plot.about).get("layer")) for plot in scene.plots}
        self.drawn, self.every = drawn_among(trace, self.places, alone=bool(scene.nodes))
        self.layers = [layer for layer in trace.recurrent if layer.name in self.drawn]
        self.own = every_loop(trace)
        self.stages = {loop.name: {*loop.stages} for loop in (*trace.loops, *trace.halves)}
        self.stages |= {own.name: self.stages[own.origin] for own in self.own}

    def told(self, name: str, /, **facts: Any) -> bool:
        """Whether a message is printed whose facts are these."""
        return any(one == name and facts.items() <= given.items() for one, given in self.said)

    def depths(self, layer: Recurrent) -> set[int]:
        """Return which layers of a module are drawn."""
        prefixes = {ids.inside(layer.name), ""}
        cells = [one for one in ids.read_all(self.scene.nodes) if one.is_cell and one.prefix in prefixes]
        return {one.layer or 0 for one in cells}

    def givers(self, name: str) -> set[str]:
        """Return the stages, layers and loops whose nodes have arrows into those of a stage."""
        ways = [(self._whose(edge.source), self._whose(edge.target)) for edge in self.scene.edges]
        return {one for given, taken in ways if name in taken for one in given} - {name}

    def _whose(self, node: str) -> set[str]:
        whose = {*(ids.within(node) or self.drawn), ids.read(node).base.removesuffix("-stage")}
        return whose | self.inside(whose)

    def inside(self, loops: Collection[str]) -> set[str]:
        """Return the stages of the loops that have these names."""
        return set().union(*(self.stages.get(name, ()) for name in loops))

    def reached(self, name: str) -> set[str]:
        """Return a stage, and all that comes of it."""
        return {*reached([name], lambda one: [stage.name for stage in self.trace.readers({one})])}


def _notes(page: _Page) -> Iterator[str]:
    """What the run showed of a user's module beside its tensors."""
    drawn = {*page.drawn, *ids.stages(node.id for node in page.scene.nodes)}
    for note in (one for one in page.trace.notes if isinstance(one, Note)):
        if page.told(note.id, **dict(note.given)) is is_beside(note, drawn, page.inside(page.places)):
            yield f"{note!r}, of what is not drawn" if page.told(note.id) else str(note)


def _recurrences(page: _Page) -> Iterator[str]:
    """The recurrent layers and loops beside those that are drawn."""
    if not shown(page.scene.kind).of_some or not page.drawn:
        return
    told = _others(page)
    yield from (f"{name} is recurrent, too" for name in page.every if name not in {*page.drawn, *told})


def _turned(page: _Page) -> Iterator[str]:
    """Which of the recurrences told beside the drawing go backwards: two make one layer of both ways."""
    beside = [_bare(given["name"]) for name, given in page.said if name in {"grid.other", "loop.other"}]
    for name in beside:
        called = getattr(rounds_of(page.trace, name), "layer", "") or name
        if (of := from_the_end(page.trace, name)) and not page.told("grid.from-end", layer=called, tensor=of):
            yield f"{name} goes through {of} from its last step to its first"


def _own_letters(page: _Page) -> Iterator[str]:
    """Whose letters are those that not all layers have, where several are drawn: H₁ is not H."""
    layers = [layer for layer in page.layers if page.depths(layer)]  # not as part of a loop
    made = {layer.name: _lettered(one for one in layer.tensors if one.name != "input") for layer in layers}
    for layer in layers if len(layers) > 1 else ():
        others = set().union(*(letters for name, letters in made.items() if name != layer.name))
        own = made[layer.name] | (_lettered([layer.tensor("input")]) - others)
        told = [given for name, given in page.said if (name, given.get("layer")) == (LETTERS, layer.name)]
        for letter in sorted(own.difference(*(given["symbols"] for given in told))):
            yield f"{letter} is a letter of {layer.name}"


def _lettered(tensors: Iterable[Tensor]) -> set[str]:
    """Return the letters that are not the same in all layers."""
    letters = {symbol.lstrip("0123456789") for tensor in tensors for symbol in tensor.symbols}
    return {letter for letter in letters if letter[-1:] in OWN}


def _others(page: _Page) -> set[str]:
    """Return the recurrences that are named, and not drawn."""
    chains = [given["chain"][1] for name, given in page.said if name == "layer.drawn-of"]
    told = {one for chain in chains for one in chain.replace(" → ", ", ").split(", ")}
    named = {"grid.other": "layer", "loop.other": "loop", "neurons.stopped": "name"}
    return told | {_bare(given[named[name]]) for name, given in page.said if name in named}


def _bare(value: Any) -> str:
    return str(value[1] if isinstance(value, tuple) else value)


def _depths(page: _Page) -> Iterator[str]:
    """Which of the layers of a module is drawn, where it is one."""
    for layer in page.layers if shown(page.scene.kind).of_some else ():
        drawn = {0} if page.scene.kind == "cell" else page.depths(layer)
        told = [one for name, one in page.said if name in BETWEEN and one["layer"] == layer.name]
        between = sum(1 + (one["last"] - one["n"] if "last" in one else 0) for one in told)
        if drawn and len(drawn) + between != layer.num_layers and not page.names & WHICH:
            yield f"{layer.name} has {layer.num_layers} layers"


def _read_anew(page: _Page) -> Iterator[str]:
    """What a layer reads at each step that is no step of the data: a second input, or what is made of it."""
    for layer in page.layers:
        if 0 not in page.depths(layer):
            continue
        if layer.giver:
            seconds = [given for name, given in page.said if re.match(r"second\.(?!starts)", name)]
            if not any(given["decoder"] == layer.name for given in seconds):
                yield f"{layer.name} reads a second input"
        elif in_turn(page.trace, layer):
            if not page.told("layer.in-turn", layer=layer.name):
                yield f"{layer.name} reads now one tensor, now another"
        else:
            yield from _made_anew(page, layer)
        yield from _rounds(page, layer)


def _made_anew(page: _Page, layer: Recurrent) -> Iterator[str]:
    """In which order a layer reads the steps of the data, or what makes what it reads."""
    if order_before(page.trace, layer)[1]:
        told = page.told("layer.order", layer=layer.name)
        yield from [] if told else [f"{layer.name} reads steps in another order"]
    elif (maker := maker_before(page.trace, layer)) is not None and not _told_below(page, layer, maker):
        yield f"{maker.name} makes what {layer.name} reads"
    elif read_backwards(page.trace, layer) and not page.told("grid.from-end", layer=layer.name):
        yield f"{layer.name} reads its last step first"


def _rounds(page: _Page, layer: Recurrent) -> Iterator[str]:
    """In how many rounds a layer is called, and has something that makes what it reads, if not in all."""
    loop = page.trace.loop(layer.name)
    rounds = dict(loop.partial).get(layer.name, ()) if loop else ()
    if loop and rounds and not page.told("stage.some-rounds", stage=layer.name):
        yield f"{layer.name} is called in {len(rounds)} of {loop.rounds} rounds"
    some = missing_maker(page.trace, layer)
    if some and not page.told("stage.some-rounds", stage=some):
        yield f"{layer.name} reads what {some} makes in some rounds alone"


def _told_below(page: _Page, layer: Recurrent, maker: Stage) -> bool:
    """Whether what makes x is named, or stands under it, from the data to x_t; a turn keeps every step."""
    ways = [text.label for text in page.scene.texts if any(_is_x(one, layer) for one in text.label.claims)]
    under = any("→" in label.text for label in ways)  # the way's last line, however many it has
    return under or maker.type in TURNS or page.told("layer.made-before", stage=maker.name)


def _is_x(one: Claim, layer: Recurrent) -> bool:
    return one.kind == "state" and (one.fact("letter"), one.fact("step"), one.fact("layer")) == (
        "x", "t", layer.name)  # fmt: skip


def _readers(page: _Page) -> Iterator[str]:
    """What reads a tensor that is drawn, and leads to nothing that is."""
    loops = [own for own in page.own if own.name in {*page.drawn, *page.places}]  # whatever layers they call
    inside = page.inside({*page.drawn, *(own.name for own in loops)})
    whole = {one.name for one in page.layers if one.num_layers - 1 in page.depths(one)}
    outer = [one for one in ids.read_all(page.scene.nodes) if not one.inner]
    names = {one.base.removesuffix("-stage") for one in outer}
    rows = {stage.name for stage in page.trace.stages if stage.name in names}
    inside |= {split_name(one.whole.name)[0] for own in loops for one in own.given if one.whole}
    told = {given["stage"] for name, given in page.said if name == "grid.reads"}
    for stage in [one for one in page.trace.stages if one.name in rows - told - {*page.every}]:
        givers = page.givers(stage.name)
        for source in stage.sources:
            giver = split_name(source)[0]
            if not {giver, *page.trace.behind([source])} & givers:
                yield f"{stage.name} reads {source}"
    rows |= inside
    after = {given["layer"] for name, given in page.said if name == "grid.after"}
    others = _others(page)
    others |= page.inside(others) if loops else set()  # a loop beside loops is told by its name alone
    for stage in page.trace.readers(whole | rows):
        known = stage.name in {*page.every, *page.drawn, *rows, *others} or stage.type in PACKS
        read = {split_name(one)[0] for one in stage.sources} & (whole | rows)
        led = page.reached(stage.name)
        onward = others if len(stage.sources) == 1 else set()  # all that goes on to a layer that is named
        if not (known or led & (rows | {*page.drawn} | told | onward) or read <= after):
            yield f"{stage.name} reads {', '.join(sorted(read))}"


def _sample(page: _Page) -> Iterator[str]:
    """Of samples that end apart: which is drawn."""
    apart = any(layer.lengths and min(layer.lengths) < layer.timesteps for layer in page.layers)
    ways = page.scene.kind != "rolled" and any(layer.bidirectional for layer in page.layers)
    if apart and not page.names & (SAMPLE - {"chain.leaves-ragged"} if ways else SAMPLE):  # one says half
        yield "one sample of several is drawn"


def _one_image(page: _Page) -> Iterator[str]:
    """That one image of a batch is drawn, where there is one."""
    if "N" in page.trace.input.symbols and not page.names & {
        "volumes.one-image",
        "volumes.one-image-at-most",
        "volumes.frame",
        "volumes.frame-read",
    }:
        yield "one image of a batch is drawn"


def _sheets(page: _Page) -> Iterator[str]:
    """How many of the maps stand behind each other, where not all do."""
    told = {int(given["n"]) for name, given in page.said if name.endswith("at-most")}
    every = set()
    for node in page.scene.nodes:
        count = stacked(node.box, page.scene.polygons)
        sizes = (node.shape or ())[:-2]  # of no rows and columns
        if count != 1 and count not in sizes and not (count in told and max(sizes, default=0) > count):
            yield f"{count} of the maps of {node.tensor} are drawn"
        every.add(count)
    yield from (f"of more maps {n} are drawn" for n in sorted(told - every))


def _units(page: _Page) -> Iterator[str]:
    """That a map shows some of the units, and that the drawn sample has fewer steps than its batch."""
    maps = [plot for plot in page.scene.plots if isinstance(plot, Heat) and plot.id == "h"]
    own = [(heat, one) for heat in maps for one in page.layers if one.name == dict(heat.about).get("layer")]
    for heat, layer in own:
        if heat.rows < layer.tensor("h_n").sizes[-1] and "activity.some" not in page.names:
            yield f"{heat.rows} of the units are drawn"
        length = [given for name, given in page.said if name == "activity.shorter"]
        true = {"length": heat.columns, "steps": layer.timesteps}
        if length != [true] * (heat.columns < layer.timesteps):
            yield f"{heat.columns} of {layer.timesteps} steps are drawn"


def _cells(page: _Page) -> Iterator[str]:
    """That some of the samples or steps of a batch are drawn."""
    nodes = [one for one in ids.read_all(page.scene.nodes) if ids.kind(str(one)) == "input"]
    for layer in [one for one in page.layers if one.packing][:1]:
        some = (len({one.sample for one in nodes}) < len(layer.lengths or ()),
                len({one.step for one in nodes}) < layer.timesteps)  # fmt: skip
        which = {(True, False): "samples", (False, True): "steps", (True, True): "both"}.get(some)
        if which and f"batch.some-{which}" not in page.names:
            yield f"some of the {which.replace('both', 'samples and steps')} are drawn"


def _order(page: _Page) -> Iterator[str]:
    """In which order a packed batch stands, and that what comes of it does not."""
    packed = any(ids.kind(node.id) == "data" for node in page.scene.nodes)
    for layer in [one for one in page.layers if one.packing and packed][:1]:
        if not page.names & {"batch.order", "batch.in-order"}:
            yield f"the samples of {layer.name} are packed in an order"
        elif "batch.order" in page.names and "batch.back" not in page.names:
            yield f"output and h_n of {layer.name} come back in another order than they are packed"


LOOKS: dict[str, tuple[Callable[[_Page], Iterator[str]], ...]] = {
    "grid": (_read_anew, _readers, _sample, _turned, _own_letters),
    "unrolled": (_read_anew, _readers, _sample, _turned, _own_letters),
    "rolled": (_read_anew, _sample),
    "unfold": (_read_anew, _sample),
    "volumes": (_one_image, _sheets),
    "activity": (_units,),
    "batch": (_cells, _order),
}
"""What else is asked, by the kind."""
