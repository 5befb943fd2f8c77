"""The labels of a figure of states held against what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lstmviz.network.structure import Recurrent
from lstmviz.proof import claims
from lstmviz.proof.claims import State
from lstmviz.proof.reading import LETTER, is_rolled
from lstmviz.scene import ids
from lstmviz.scene.geometry import middle
from lstmviz.scene.ids import WAYS
from lstmviz.scene.items import Box, Edge, Label, Node, Text
from lstmviz.scene.near import Places, box_of, legs, to_box, to_route
from lstmviz.scene.scene import Scene

REACH = 16.0
"""The name of a state stands at most so far from its line or box, pt."""
TAG, NAMES = 3.0, 7.0
"""An index in type of so much touches its state's box; in larger type it stands as much farther, pt."""
TITLE = 40.0
"""So far from its frame stands a tensor's name: two indices and ``not used`` may come between."""
ASIDE, HIGH = 10.0, 12.0
"""So far from its axis stands ``time`` or ``depth``; farther where the words are higher than so much."""
ROW = 24.0
"""So far above or below a layer's cells stands its name."""

_STEPPED = frozenset({ids.INPUT, ids.OUTPUT, *ids.RESULTS_AT})


@dataclass(frozen=True, slots=True)
class LayerScene:
    """A recurrent layer's part of a scene; `length` is the drawn sample's."""

    scene: Scene
    layer: Recurrent
    prefix: str
    length: int

    @property
    def rolled(self) -> bool:
        """Whether its cells are drawn once for all steps."""
        return is_rolled(self.scene, self.prefix)

    def own(self, name: str) -> str | None:
        """Return an id without the prefix; None if it is another part's."""
        return ids.below(self.prefix, name)


def label_faults(parts: Sequence[LayerScene]) -> list[str]:
    """Say which labels are not true of what they stand at.

    A text between several parts of a scene must be true of one of them.
    """
    readers = [_Labels(part) for part in parts]
    faults = [fault for reader in readers for fault in reader.nodes_faults()]
    for text in parts[0].scene.texts:
        said = [reader.text_fault(text) for reader in readers]
        if None not in said:
            faults += [fault for fault in said if fault][:1]
    return faults


def _own(label: Label) -> bool:
    return {one.kind for one in label.claims} == {"own"}


class _Labels:
    def __init__(self, part: LayerScene) -> None:
        self.part = part
        self.ways, self.layers = part.layer.directions, part.layer.num_layers
        self.nodes = [(node, name) for node in part.scene.nodes if (name := part.own(node.id)) is not None]
        self.depth = next((m.layer or 0 for _, n in self.nodes if (m := ids.read(n)).is_cell), 0)
        self.at = {name: states for _, name in self.nodes if (states := self._states(name))}
        lines = [(edge, states) for edge in part.scene.edges if (states := self._carried(edge))]
        self.lines = Places((legs(edge.route), (edge, states)) for edge, states in lines)
        cells = [(n, ids.read(name)) for n, name in self.nodes if ids.read(name).is_cell]
        self.cells = [(node, str(one.layer)) for node, one in cells]
        named = [(node, name) for node, name in self.nodes if name in self.at]
        self.named = Places(([node.box], (node, name)) for node, name in named)

    def nodes_faults(self) -> Iterator[str]:
        """Check the labels inside nodes."""
        for node, name in self.nodes:
            if node.label and ids.read(name).base == "x" and _own(node.label):
                continue  # the user's own word for the step: that it stands in their order is judged apart
            if node.label and not self._fits_node(name, node.label):
                yield f"the label {node.label.english!r} of {node.id} is false"

    # What items stand for

    def _states(self, name: str) -> tuple[State, ...]:
        """Return the states that a node stands for, in order; none for other nodes."""
        one = ids.read(name)
        if one.form in ids.FIRST | ids.LAST:
            return (State(one.base[0], self._end(one.base, one.way), one.way, str(one.layer)),)
        if self.part.rolled and one.form in ids.LOOPED_IN | ids.LOOPED_OUT:
            return self._looped(one.base, one.way)
        if one.form == ids.HANDED_UP:
            return self._of_layer(one.layer or 0, str(one.step))
        if one.form in _STEPPED:
            return self._stepped(one, str(one.step))
        return ()

    def _stepped(self, one: ids.Id, step: str) -> tuple[State, ...]:
        """Return what stands at one step."""
        what, place = one.counted
        if what == "output":
            return self._of_layer(self.layers - 1, step)
        return (State("x" if what == "x" else ids.RESULT_LETTERS[place], step),)

    def _said(self, label: Label) -> State | None:
        """Read the name of a state; a decoder's x′, h′ and c′ as x, h and c, which are its encoder's."""
        said = claims.state(label)
        if said is None or said.letter in ids.RESULT_LETTERS:
            return said
        right = said.letter[1:] == "′" * bool(self.part.layer.giver)
        return replace(said, letter=said.letter[0] if right else "another's")

    def _looped(self, what: str, way: str) -> tuple[State, ...]:
        """Return what stands below (x) and above (h) a rolled cell; both directions' h where none is said."""
        if what == "h":
            both = self._of_layer(self.depth, "t")
            return tuple(state for state in both if state.way == way) if way else both
        return (State("x", "t"),) if self.depth == 0 else self._of_layer(self.depth - 1, "t")

    def _end(self, tensor: str, way: str) -> str:
        if tensor.endswith("0"):
            return "0"
        if way == "rev":
            return "1"
        return self.part.layer.time if self.part.rolled else str(self.part.length)

    def _of_layer(self, layer: int, step: str) -> tuple[State, ...]:
        return tuple(State("h", step, way, str(layer)) for way in WAYS[: self.ways])

    def _carried(self, edge: Edge) -> tuple[State, ...]:
        """Return the states that stand on an arrow."""
        source, target = self.part.own(edge.source), self.part.own(edge.target)
        if source is None or target is None:
            return ()
        letter, one = LETTER.get(edge.role, ""), ids.read(source)
        if one.form == ids.CELL_AT:
            return (State(letter, str(one.step), one.way, str(one.layer)),)
        if self.part.rolled and one.form == ids.CELL:
            step = self._end("h_n", one.way) if ids.read(target).form in ids.LAST else "t"
            return (State(letter, step, one.way, str(one.layer)),)
        if one.is_delay:
            way = one.way or "fwd"
            return (State(letter, "t-1" if way == "fwd" else "t+1", way, str(self.depth)),)
        if one.form in ids.PASSED:
            return self._of_layer(one.layer or 0, str(one.step))
        return self.at.get(source, ())

    # What labels say

    def _fits_node(self, name: str, label: Label) -> bool:
        said, tag = self._said(label), claims.index(label)
        one = ids.read(name)
        ends = one.form not in ids.RESULTS_AT or self.part.layer.lengths  # a table may have more steps
        if one.form in _STEPPED and ends and (one.step or 0) > self.part.length:
            return label.english in {"PAD", "0"}
        if name in self.at:
            right = tag is not None and tag[0] == one.base and self._picked(*tag) in self.at[name]
            last = {"layers": 1} if one.base == "output" else {}
            named = None if claims.equated(label) else said
            return right or (named is not None and self._means(named, self.at[name], **last))
        if one.is_cell:
            return label.english == self.part.layer.type.upper()
        return said is None and tag is None

    def _means(self, said: State, states: tuple[State, ...], *, layers: int = 0) -> bool:
        """Whether a name means these states: one of them, or all with no direction said.

        Where only one of the layers can be meant, its number may be left out: `layers` is 1.
        """
        layers = layers or self.layers
        if any(said.fits(state, ways=self.ways, layers=layers) for state in states):
            return True
        same = all(said.fits(state, ways=1, layers=layers) for state in states)
        return not said.way and len(states) == self.ways and same

    def text_fault(self, text: Text) -> str | None:
        """Check a label that stands by itself; None if it is true here, or claims nothing."""
        words, box = text.label.english, box_of(text.label)
        if said := self._said(text.label):
            right = said.letter == LETTER.get(text.role, said.letter) and self._named_here(said, text, box)
        elif tag := claims.index(text.label):
            larger = max([1.0, *(run.size / NAMES for run in text.label.runs)])
            right = self._indexed_here(*tag, box, TAG * larger)
        elif match := re.fullmatch(r"layers? (\d+)(?:–(\d+))?", words):
            first, last = match[1], match[2] or match[1]
            one = first == last and first in self._layers_beside(box)
            right = one or (int(first), int(last)) == self._left_out(box)
        elif words in {"LSTM", "GRU", "RNN"} and text.role == "param":
            inside = any(to_box(box, node.box) == 0 for node, _ in self.cells)
            right = words == self.part.layer.type.upper() and inside
        elif words in {"time", "depth"}:
            right = self._along(words, box)
        else:
            right = self._beside_frame(text, box)
        return None if right else f"the label {words!r} is not true of what it stands at"

    def _named_here(self, said: State, text: Text, box: Box) -> bool:
        """Whether the nearest box or line of this kind is that state's; of ``= h``, a box of ``h_n``."""
        around, equal, role = self.named.around(box, REACH), claims.equated(text.label), text.role
        for node, name in around:
            if to_box(middle(box) * 2, node.box) == 0:
                return not equal and self._means(said, self._half(self.at[name], node, box))
        found = [
            (to_box(box, node.box), () if equal and ids.read(name).form not in ids.LAST else self.at[name])
            for node, name in around
        ]
        found += [
            (to_route(box, edge.route), () if equal else states)
            for edge, states in self.lines.around(box, REACH)
            if edge.role == role or role not in LETTER
        ]
        top = [(to_box(box, n.box), self.at[name]) for n, name in around if ids.read(name).base == "output"]
        near = _nearest(found, REACH)  # of what the module gives the layer need not be said
        return any(self._means(said, states) for states in near) or any(
            states in near and self._means(said, states, layers=1) for states in _nearest(top, REACH)
        )

    def _indexed_here(self, tensor: str, index: int, box: Box, reach: float) -> bool:
        """Whether the nearest state, at most so far away, is the one that the index picks."""
        wanted = self._picked(tensor, index)
        found = [
            (to_box(box, node.box), self._half(self.at[name], node, box))
            for node, name in self.named.around(box, reach)
            if name[0] not in "xy"
        ]
        return any(wanted in states for states in _nearest(found, reach))

    def _picked(self, tensor: str, index: int) -> State:
        """Return the state at an index: l0 forward, l0 reverse, l1 forward and so on."""
        layer, direction = divmod(index % (self.layers * self.ways), self.ways)
        way = WAYS[direction]
        return State(tensor[0], self._end(tensor, way), way, str(layer))

    def _half(self, states: tuple[State, ...], node: Node, box: Box) -> tuple[State, ...]:
        """Return the state in whose part of a node a label stands: forward first."""
        along = (middle(box)[0] - node.box[0]) / (node.box[2] - node.box[0])
        part = min(len(states) - 1, max(0, int(along * len(states))))
        return states[part : part + 1]

    def _layers_beside(self, box: Box) -> set[str]:
        level = middle(box)[1]
        found = [(max(0.0, n.box[1] - level, level - n.box[3]), layer) for n, layer in self.cells]
        least = min((distance for distance, _ in found), default=0.0)
        return {layer for distance, layer in found if distance <= min(least + 1, ROW)}

    def _left_out(self, box: Box) -> tuple[int, int]:
        """The first and the last layer left out between the cells right under a label and those over it."""
        level = middle(box)[1]
        below = max((int(layer) for node, layer in self.cells if node.box[1] > level), default=-1)
        above = min((int(layer) for node, layer in self.cells if node.box[3] < level), default=0)
        return below + 1, above - 1

    def _beside_frame(self, text: Text, box: Box) -> bool:
        """Whether a shape in the colour of a frame stands at the frame of its tensor."""
        shapes = (dict(one.facts) for one in text.label.claims if one.kind == "shape")
        named = [one["tensor"] for one in shapes if one["of"] == self.part.layer.name]
        frames = [(frame.tensor, frame.id, frame.box) for frame in self.part.scene.frames if frame.tensor]
        own = any(self.part.own(id_) is not None for _, id_, _ in frames)
        if len(named) != 1 or text.role not in {"input", "output"} or not own:
            return True
        frames += [("output", node.id, node.box) for node, name in self.nodes if self._is_last(node, name)]
        tensor, id_, place = min(frames, key=lambda frame: to_box(box, frame[2]))
        return tensor == named[0] and self.part.own(id_) is not None and to_box(box, place) <= TITLE

    def _is_last(self, node: Node, name: str) -> bool:
        """Whether a strip stands for layers up to the last one: what comes out of it is `output`."""
        said = re.match(r"layers? (?:\d+ to )?(\d+)", node.label.english) if node.label else None
        return ids.head(name) == "layer" and said is not None and int(said[1]) == self.layers - 1

    def _along(self, words: str, box: Box) -> bool:
        """Time runs from left to right, depth upward: so must the nearest axis."""
        axes = [p for p in self.part.scene.polygons if p.role == "axis" and p.head]
        if not axes:
            return True
        near = min(axes, key=lambda p: to_route(box, p.points)).points
        (x0, y0), *_, (x1, y1) = near
        if to_route(box, near) > ASIDE * max(1.0, (box[3] - box[1]) / HIGH):
            return False
        return x1 - x0 > abs(y1 - y0) if words == "time" else y0 - y1 > abs(x1 - x0)


def _nearest(found: list[tuple[float, tuple[State, ...]]], reach: float) -> list[tuple[State, ...]]:
    """Return what is nearest within reach; what is as near to half a point as well."""
    least = min((distance for distance, _ in found), default=reach)
    return [states for distance, states in found if distance <= min(least + 0.5, reach)]
