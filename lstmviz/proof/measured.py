"""Measured values held against another measurement, cell by cell: derivatives against differences.

What a map's bar says of its shades is read from the drawing itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from lstmviz.errors import ModelError
from lstmviz.network.values.data import Activity, StateGradients, ValueSource
from lstmviz.proof.facts.fact import MessageFacts
from lstmviz.proof.measured_said import (
    OF_ACTIVITY,
    OF_INFLUENCE,
    Drawn,
    origin_faults,
    printed_or_read,
    said_faults,
)
from lstmviz.proof.real_model import Case
from lstmviz.proof.verdict import Tally
from lstmviz.scene import ids
from lstmviz.scene.claims import Claim
from lstmviz.scene.geometry import bounds, middle
from lstmviz.scene.items import Point, Text
from lstmviz.scene.near import box_of
from lstmviz.scene.plots import Curve, Heat, Plot
from lstmviz.scene.scene import Scene

RELATIVE, LEAST = 2e-3, 1e-8
"""A value may be so far from the other measurement: a share of itself, and a share of the map's largest."""
NEAR = 1e-3
"""A gate may be so far from what the states need: quotients of rounded values."""
FLOOR = 1e-14
"""A curve's value below this is lost in products of quotients of differences: it may be anything so small."""
ASIDE = 4.0
"""A number stands at most so far from its place on a scale, pt."""


BENT = "the run stands on a bend, such as a ReLU of exactly 0: there is no derivative"


def judge_influence(case: Case) -> None:
    """Hold the map and the curves of `influence` against quotients of differences."""
    tally, scene, measures = case.tally, case.scene, case.measured()
    drawn = Drawn(scene)
    tally.refute(bar_faults(scene, drawn))
    if measures is None:
        tally.doubt("the map", "the model is not at hand")
        return
    for plot in scene.plots:
        try:
            if isinstance(plot, Curve):
                _judge_curve(tally, plot, measures)
            elif not ids.is_bar(plot.id):
                facts: MessageFacts = dict(plot.about)
                found = measures.differences(str(facts["of"]), int(facts["sample"]), facts["norm"])
                sizes = (found.rows, found.columns)
                tally.refute(heat_faults(plot, found.values, sizes, found.lost, found.bent))
                if found.bent:
                    tally.doubt(f"{len(found.bent)} cells of {plot.id}", BENT)
                tally.refute(_wall_faults(plot, measures))
                if not found.apart <= NEAR:
                    tally.refute([f"{plot.id} is of another sample, or of other first states"])
                tally.refute(origin_faults(scene, found.origin))
            tally.claims += 1
            tally.values += len(plot.values) * (not ids.is_bar(plot.id))
        except ModelError as error:
            tally.doubt(plot.id, str(error))
    tally.refute(_drawn_walls(scene, drawn))
    tally.refute(_layers_said(scene, drawn, measures))
    tally.refute(_curves_without_words(scene, drawn))
    tally.refute(said_faults(scene, drawn, OF_INFLUENCE))


def _layers_said(scene: Scene, drawn: Drawn, measures: ValueSource) -> Iterator[str]:
    """Say if some of several layers have no curves, and no sentence says which have, or of how many."""
    curves = [dict(curve.about) for curve in drawn.curves]
    said = [dict(given)["count"] for name, given in printed_or_read(scene) if name == "influence.some-layers"]
    for layer, sample in dict.fromkeys((str(one["layer"]), int(one.get("sample", 0))) for one in curves):
        try:
            count = len({one.depth for one in measures.carried_differences(layer, sample)})
        except ModelError:  # said of each curve
            continue
        shown = len({one["depth"] for one in curves})
        if {*said} - {count} or (1 < shown < count and not said):
            yield f"{layer} has {count} layers, and the curves of {shown} are drawn"


def _curves_without_words(scene: Scene, drawn: Drawn) -> Iterator[str]:
    """Say of which curve it does not stand there what it is: of which state, and from which end."""
    said = {(name, dict(given).get("state")) for name, given in printed_or_read(scene)}
    for one in drawn.curves:
        name, state = f"influence.carried{'-rev' * one.mirrored}", dict(one.about)["state"]
        if (name, state) not in said:
            yield f"what the curve {one.id} is stands nowhere"


def _wall_faults(heat: Heat, measures: ValueSource) -> Iterator[str]:
    """Say which wall is none, as a gradient passes there or nothing could; and which one is missing."""
    facts: MessageFacts = dict(heat.about)
    walls = {int(step) for step in str(facts.get("walls", "")).split()}
    cut = {step for step in measures.cut(str(facts["of"]), int(facts["sample"])) if _passed(heat, step)}
    for step in sorted(walls - cut):
        yield f"there is no wall after step {step}"
    for step in sorted(cut - walls) if heat.rows == heat.columns else ():
        yield f"the wall after step {step} is missing"


def _passed(heat: Heat, step: int) -> bool:
    """Whether what is up to a step moves anything after it."""
    return any(v for at, v in enumerate(heat.values) if at // heat.columns >= step > at % heat.columns)


def _drawn_walls(scene: Scene, drawn: Drawn) -> Iterator[str]:
    """Say where the walls in the map or under it are not those that the map is said to have."""
    heat = next(iter(drawn.maps.values()))
    said = [int(step) for step in str(dict(heat.about).get("walls", "")).split()]
    places = [(heat.box, heat.columns, [(float(step), float(step)) for step in said])]
    panels = {one.box: len(one.values) - 1 for one in drawn.curves if not one.mirrored}
    for box, count in panels.items():  # of a layer with other steps than the data they are none
        places += [(box, count, [(float(step), 0.0) for step in said if count == heat.columns])]
    for (x0, y0, x1, y1), steps, true in places:
        across, down = (x1 - x0) / steps, (y1 - y0) / steps
        lines = [bounds(one.points) for one in scene.polygons if one.role == "op"]
        here = [box for box in lines if x0 <= box[2] <= x1 and y0 <= (box[1] + box[3]) / 2 <= y1]
        if not _near(sorted(((box[2] - x0) / across, (box[1] - y0) / down) for box in here), true):
            yield f"walls are drawn elsewhere than after these steps: {said}"


def _near(places: Sequence[Point], true: Sequence[Point]) -> bool:
    """Whether places are where they must be, to a tenth of a step."""
    return len(places) == len(true) and all(
        max(abs(x - a), abs(y - b)) < 0.1 for (x, y), (a, b) in zip(places, true, strict=True)
    )


def judge_activity(case: Case) -> None:
    """Hold every map of `activity` against the gates that the module's own states need."""
    tally, scene, measures = case.tally, case.scene, case.measured()
    drawn = Drawn(scene)
    tally.refute(bar_faults(scene, drawn))
    if measures is None:
        tally.doubt("the maps", "the model is not at hand")
        return
    for plot in scene.plots:
        if ids.is_bar(plot.id):
            continue
        facts: MessageFacts = dict(plot.about)
        try:
            found = measures.activity_again(
                facts["layer"], facts["depth"], facts["direction"], facts["sample"]
            )
        except ModelError as error:
            tally.doubt(plot.id, str(error))
            continue
        tally.claims += 1
        tally.values += len(plot.values)
        tally.refute(origin_faults(scene, found.origin))
        tally.refute(
            heat_faults(plot, _units(found, facts), (len(facts["units"].split()), found.steps), NEAR)
        )
        tally.refute(_off_scale(plot) if isinstance(plot, Curve) else ())
    tally.refute(said_faults(scene, drawn, OF_ACTIVITY))


def _units(found: Activity, facts: MessageFacts) -> list[float | None]:
    """Return the values of the units that a map shows, in its order."""
    by_letter = dict(zip((name for name, _ in found.units), found.values, strict=True)) | {"x": found.inputs}
    values, steps = by_letter[facts["letter"]], found.steps
    return [v for unit in map(int, facts["units"].split()) for v in values[unit * steps : (unit + 1) * steps]]


def _off_scale(curve: Curve) -> Iterator[str]:
    """Say which values of a curve of the input are beyond its scale, and so drawn elsewhere."""
    for at, value in enumerate(curve.values, 1):
        if value is not None and not curve.low <= value <= curve.high:
            yield f"{curve.id} at step {at} is {value}, and its scale ends before"


def heat_faults(
    plot: Plot,
    true: Sequence[float | None],
    sizes: tuple[int, int],
    near: float = 0.0,
    bent: Collection[int] = (),
) -> Iterator[str]:
    """Say which cells of a map are not what was measured otherwise; nothing of those that stand on a bend."""
    rows, columns = (1, len(plot.values)) if isinstance(plot, Curve) else (plot.rows, plot.columns)
    if (rows, columns) != sizes:
        yield f"{plot.id} has {rows} × {columns} cells, not {sizes[0]} × {sizes[1]}"
        return
    least = max(near, LEAST * max((abs(value) for value in true if value), default=1.0))
    for at, (one, other) in enumerate(zip(plot.values, true, strict=True)):
        if at in bent or one == other:
            continue
        place = f"{plot.id}[{at // columns + 1}, {at % columns + 1}]"
        if (one is None) != (other is None):
            yield f"{place} is drawn where nothing is, or left out"
        elif one == 0 and other and abs(other) > least:
            yield f"{place} is drawn as exactly zero, and is {other:.3e}"
        elif one is not None and other is not None and abs(one - other) > RELATIVE * abs(other) + least:
            yield f"{place} is {other:.3e}, and drawn as {one:.3e}"


def _judge_curve(tally: Tally, curve: Curve, measures: ValueSource) -> None:
    """Hold a curve against what changed states become, step by step."""
    facts: MessageFacts = dict(curve.about)
    found = measures.carried_differences(str(facts["layer"]), int(facts.get("sample", 0)))
    true = next((one for one in found if _same(one, facts)), None)
    if true is None:
        tally.refute([f"{curve.id} is of a layer that there is not"])
    elif len(true.values) != len(curve.values):
        tally.refute([f"{curve.id} has {len(curve.values)} values, and there are {len(true.values)}"])
    else:
        tally.refute(_apart(curve, true))
        if true.bent:
            tally.doubt(f"{curve.id} before t = {true.bent}", BENT)


def _apart(curve: Curve, true: StateGradients) -> Iterator[str]:
    for step, (one, other) in enumerate(zip(curve.values, true.values, strict=True)):
        if step < true.bent:  # what leads back through a bend
            continue
        if one is None or other is None or abs(one - other) > RELATIVE * abs(other) + FLOOR:
            yield f"{curve.id} at t = {step} is {other:.3e}, and drawn as {one}"


def _same(one: StateGradients, facts: MessageFacts) -> bool:
    return (one.depth, one.direction, one.state) == (facts["depth"], facts["direction"], facts["state"])


def bar_faults(scene: Scene, drawn: Drawn) -> Iterator[str]:
    """Say which bar is not that of its map, and which number does not stand at its value."""
    plots = drawn.plots
    for name, heat in drawn.maps.items():
        bar = plots.get(str(dict(heat.about).get("bar", f"{name}.bar")))
        if not isinstance(bar, Heat) or (bar.scale, bar.low, bar.high) != (heat.scale, heat.low, heat.high):
            yield f"{name} has no bar of its shades"
        elif not _in_order(bar):
            yield f"the shades of {bar.id} are not in their order"
    for text in scene.texts:
        for one in text.label.claims:
            if one.kind == "mark" and (why := _misplaced(text, one, plots)):
                yield why
            if one.kind == "tick" and not (
                _counts_all(one, drawn) if one.fact("letter") else _at_its_cell(text, one, plots)
            ):
                yield f"{one.text!r} does not stand at its step or unit"


def _in_order(bar: Heat) -> bool:
    values = [value for value in bar.values if value is not None]
    ordered = sorted(values, reverse=bar.rows > 1)
    return values == ordered and len(values) == len(bar.values)


def _at_its_cell(text: Text, tick: Claim, plots: Mapping[str, Plot]) -> bool:
    """Whether the number of a step stands under its cell, or point, and that of a unit beside its row."""
    number = int(tick.fact("number"))
    here = [plot for plot in plots.values() if plot.box == text.at]
    if not here:
        return False
    (x0, y0, x1, y1), (x, y) = here[0].box, middle(box_of(text.label))
    if isinstance(here[0], Curve) and here[0].centred:
        if x < x0:  # which feature it is
            return dict(here[0].about).get("units") == str(number - 1) and y0 <= y <= y1
        return y > y1 and abs(x - x0 - (number - 0.5) * (x1 - x0) / len(here[0].values)) <= ASIDE
    if isinstance(here[0], Curve):
        number -= here[0].mirrored  # it ends at step 1
        return y > y1 and abs(x - x0 - number * (x1 - x0) / max(1, len(here[0].values) - 1)) <= ASIDE
    if x > x0:
        return y > y1 and abs(x - x0 - (number - 0.5) * (x1 - x0) / here[0].columns) <= ASIDE
    return y0 - 1 <= y <= y1 + 1 and abs(y - y0 - (number - 0.5) * (y1 - y0) / here[0].rows) <= ASIDE


def _counts_all(tick: Claim, drawn: Drawn) -> bool:
    """Whether each curve is over a state before the first step and so many steps: ``T = 14``."""
    return all(len(curve.values) - 1 == tick.fact("number") for curve in drawn.curves)


def _misplaced(text: Text, one: Claim, plots: Mapping[str, Plot]) -> str | None:
    """Return why a number on a scale stands at a wrong place, or None."""
    scale = next((plot for plot in plots.values() if plot.box == text.at), None)
    if scale is None:
        return f"{one.text!r} stands at no scale"
    x0, y0, x1, y1 = scale.box
    share = (one.fact("value") - scale.low) / (scale.high - scale.low)
    lying = isinstance(scale, Heat) and scale.rows == 1
    x, y = middle(box_of(text.label))
    off = x - (x0 + share * (x1 - x0)) if lying else y - (y1 - share * (y1 - y0))
    return f"{one.text!r} does not stand at its place" if abs(off) > ASIDE else None
