"""Where the lines of states are cut, as the user's code detaches these: held against trace and run."""

from __future__ import annotations

from lstmviz.network.own_layers import every_loop
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.structure import Trace
from lstmviz.network.user.stage_dependences import Followed
from lstmviz.proof import sentences
from lstmviz.proof.verdict import Tally
from lstmviz.scene import ids
from lstmviz.scene.scene import Scene

SAID = frozenset({"loop.cut", "loop.cut-here", "loop.detached", "user.cut", "user.detached"})
"""Sentences about where no derivative goes back."""


def judge(tally: Tally, scene: Scene, trace: Trace, followed: Followed | None) -> None:
    """Each state that is detached before a step that is drawn has its mark there; and it is, in a run."""
    said = [(name, dict(given)) for name, given in sentences.asserted(scene)]
    if followed is not None and SAID & {name for name, _ in said}:
        tally.refute(followed.uncut)
    if not any(layer.cuts for layer in trace.recurrent) and not trace.loops:
        return
    alone = next((one.name for one in (*trace.recurrent, *own_recurrences(trace))), "")
    marks = {(g["loop"], g["names"], g["step"]) for name, g in said if name == "loop.cut-here"}
    cells = [one for one in ids.read_all(scene.nodes) if one.is_cell and one.step]
    drawn = {(one.prefix.rstrip("/") or alone, one.step or 0) for one in cells}
    for layer in (*every_loop(trace), *trace.recurrent):
        for state in layer.carried:
            steps = {*state.cut} or {*range(2, layer.timesteps + 1)} if state.cut or state.detached else set()
            for step in sorted(s for s in steps if {(layer.name, s - 1), (layer.name, s)} <= drawn):
                if (layer.name, state.base, step) not in marks and scene.kind in {"grid", "unrolled"}:
                    what = (
                        f"{state.base} is detached as step {step} of {layer.name} begins: its line is not cut"
                    )
                    tally.doubt(what, "so a reader may think that derivatives go back there")
