"""What a scene claims in which whole layers of units hand on their states, in bundles of arrows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from lstmviz.network.structure import Recurrent
from lstmviz.proof.units.read import Drawn, Reader
from lstmviz.scene import ids
from lstmviz.scene.items import Edge, Frame
from lstmviz.scene.scene import Scene


def read(scene: Scene, rows: Iterable[str], layer: Recurrent | None) -> Drawn:
    """Read a scene of units; what can mean nothing becomes a fault."""
    whole = any(one.form == "h.l.way.t.out" for one in ids.read_all(scene.nodes))
    return (Bundled if whole else Reader)(scene, tuple(rows), layer).read()


class Bundled(Reader):
    """Reads a figure in which whole layers hand on h, from all units to all, and c, from each to itself."""

    def __init__(self, scene: Scene, rows: tuple[str, ...], layer: Recurrent | None) -> None:
        super().__init__(scene, rows, layer)
        self.lstm = False  # its units have no ports of their own

    def needs(self, unit: str) -> None:
        """A unit has no ports of its own."""
        if unit not in self.nodes:
            self.done.faults.append(f"there is no {unit}")

    def claims(self, edge: Edge) -> list[tuple[str, str]] | None:
        """Read a bundle as all that it stands for."""
        if edge.role == "param":
            return super().claims(edge)
        a, b = (ids.read(end.removeprefix(self.cut)) for end in (edge.source, edge.target))
        letter = "c" if edge.role == "cell" else "h"
        leaves = a.form in {f"{letter}.l.way.t.out", f"{letter}_0.l.way"}
        enters = b.form in {f"{letter}.l.way.t.in", f"{letter}_n.l.way"}
        if not leaves or not enters or edge.double is not (letter == "c"):
            return None
        if a.layer != b.layer or a.layer is None or not self.done.units:
            return None
        if b.step is None:
            return self._ended(letter, a.layer, a.step or 0)
        return self._handed(letter, a.layer, (a.step or 0, b.step))

    def _ended(self, letter: str, depth: int, step: int) -> list[tuple[str, str]]:
        """The last state is that of the last step drawn."""
        self.done.ended[letter, depth] = step
        self.done.bundles += 1
        return []

    def _handed(self, letter: str, depth: int, steps: tuple[int, int]) -> list[tuple[str, str]] | None:
        """What reaches a step is what the one before it gave; where steps are left out, the last of those."""
        before, after = steps
        if before != self.done.step_before(after):
            return None
        units = self.done.units
        sources, targets = (
            [ids.at(one, depth, step=step, unit=unit) for unit in units]
            for one, step in ((letter, after - 1), ("h", after))
        )
        pairs = zip(sources, targets, strict=True) if letter == "c" else product(sources, targets)
        return list(pairs)

    def frame(self, frame: Frame) -> None:
        """A layer's frame holds its units."""
        one = ids.read(frame.id.removeprefix(self.cut))
        if one.form != "units.l.way.t":
            return super().frame(frame)
        members = {member.removeprefix(self.cut) for member in frame.members}
        if members != {ids.at("h", one.layer, one.way, one.step, unit=u) for u in self.done.units}:
            self.wrong(frame)
        return None

    def all_framed(self) -> None:
        """No layer without its frame; the last step's h is h_n."""
        drawn, done = {f.id.removeprefix(self.cut) for f in self.frames}, self.done
        done.framed = any(ids.read(name).form == ids.OUTPUT for name in drawn)
        for depth in done.depths:
            for letter in self.layer.state_letters if self.layer is not None else "h":
                self.without(letter, depth)
            top = done.framed and depth == done.depths[-1]
            wanted = [
                ids.at("output", step=t) if top else ids.at("units", depth, "fwd", t) for t in done.steps
            ]
            done.faults += [f"there is no frame {name}" for name in wanted if name not in drawn]
