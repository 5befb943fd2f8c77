"""Letters of what stands on a recurrent layer: its steps are the layer's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lstmviz.network.structure import Recurrent, Stage, Trace, full_name
from lstmviz.spec.layer_types import EACH_STEP


def letters_after(
    trace: Trace,
    layer: Recurrent,
    stage: Stage,
    spelt: Mapping[str, tuple[str, ...]],
    source: Callable[[Stage, int], str | None],
) -> dict[str, tuple[str, ...]]:
    """Spell what is made of a layer's output, as far as every step is worked on by itself.

    `spelt` is what is said of each tensor, by its full name; `source` names what a stage reads.
    """
    own = {full_name(stage, tensor) for tensor in stage.outputs[:1]}
    found = {name: spelt[name] for name in own}
    for one in trace.stages:
        read = found.get(source(one, 0) or "")
        made = full_name(one, one.outputs[0]) if one.outputs else ""
        if read is None or one.type not in EACH_STEP or len(spelt[made]) != len(read):
            continue
        pairs = zip(spelt[made][:-1], read[:-1], strict=True)
        steps = (new if old == str(layer.timesteps) else old for old, new in pairs)
        found[made] = (*steps, spelt[made][-1])
    return found
