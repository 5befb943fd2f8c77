"""What a scene claims in which whole layers of units hand on their states, in bundles of arrows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lstmviz.proof.units.read import Drawn, Reader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lstmviz.network.structure import Recurrent
    from lstmviz.scene.items import Edge, Frame
    from lstmviz.scene.scene import Scene

_WHOLE = re.compile(r"h\.l\d+\.fwd\.t\d+\.out$")
"""Where the h of a whole layer leaves it: arrows there are bundles, of all units."""
_BUNDLE = re.compile(
    r"(?P<base>[hc])(?:_(?P<end>[0n])\.l(?P<of>\d+)\.fwd|\.l(?P<depth>\d+)\.fwd\.t(?P<step>\d+)\.(?P<way>in|out))"
)


def read(scene: Scene, rows: Iterable[str], layer: Recurrent | None) -> Drawn:
    """Read a scene of units; what can mean nothing becomes a fault."""
    whole = any(_WHOLE.search(node.id) for node in scene.nodes)
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
        ends = [_BUNDLE.fullmatch(end.removeprefix(self.cut)) for end in (edge.source, edge.target)]
        a, b = ends
        letter = "c" if edge.role == "cell" else "h"
        if not a or not b or {a["base"], b["base"]} != {letter} or edge.double is not (letter == "c"):
            return None
        if a["end"] == "n" or a["way"] == "in" or b["end"] == "0" or b["way"] == "out":
            return None
        depth, other = (int(m["depth"] or m["of"]) for m in (a, b))
        step = int(a["step"] or 0)
        if depth != other or not self.done.units:
            return None
        if b["end"]:
            return self._ended(letter, depth, step)
        return self._handed(letter, depth, (step, int(b["step"])))

    def _ended(self, letter: str, depth: int, step: int) -> list[tuple[str, str]]:
        """The last state is that of the last step drawn."""
        if letter == "h":
            self.done.ended[depth] = step
            self.done.bundles += 1
            return []
        return [(f"c.l{depth}.t{step}.u{u}", f"c_n.l{depth}.u{u}") for u in self.done.units]

    def _handed(self, letter: str, depth: int, steps: tuple[int, int]) -> list[tuple[str, str]] | None:
        """What reaches a step is what the one before it gave; where steps are left out, the last of those."""
        before, after = steps
        if before != self.done.step_before(after):
            return None
        units = self.done.units
        if letter == "c":
            return [(f"c.l{depth}.t{before}.u{u}", f"h.l{depth}.t{after}.u{u}") for u in units]
        return [(f"h.l{depth}.t{after - 1}.u{u}", f"h.l{depth}.t{after}.u{v}") for v in units for u in units]

    def frame(self, frame: Frame) -> None:
        """A layer's frame holds its units."""
        found = re.fullmatch(r"units\.(l\d+\.fwd\.t\d+)", frame.id.removeprefix(self.cut))
        if not found:
            return super().frame(frame)
        members = {member.removeprefix(self.cut) for member in frame.members}
        if members != {f"h.{found[1]}.u{u}" for u in self.done.units}:
            self.wrong(frame)
        return None

    def all_framed(self) -> None:
        """No layer without its frame; the last step's h is h_n."""
        ids, done = {f.id.removeprefix(self.cut) for f in self.frames}, self.done
        done.framed = any(name.startswith("output.") for name in ids)
        for depth in done.depths:
            if depth not in done.ended:
                done.faults.append(f"h_n of layer {depth} is drawn without the h that it is")
            top = done.framed and depth == done.depths[-1]
            wanted = [f"output.t{t}" if top else f"units.l{depth}.fwd.t{t}" for t in done.steps]
            done.faults += [f"there is no frame {name}" for name in wanted if name not in ids]
