"""The rubric's mechanical part: what may touch what in a scene."""

from collections import Counter
from itertools import pairwise

import numpy as np

from lstmviz.scene.geometry import bounds, distance, inflate, towards
from lstmviz.scene.items import Tint
from lstmviz.scene.labels import run_box
from lstmviz.scene.plots import Curve

TOUCH = 0.35
"""Boxes come from advance widths and nominal heights; ink stays inside by more than this (pt)."""


def labels_of(scene):
    """Every label: of the texts, and in the nodes."""
    return [t.label for t in scene.texts] + [n.label for n in scene.nodes if n.label]


def runs(scene):
    """Every run of text."""
    return [r for label in labels_of(scene) for r in label.runs]


def boxes(scene):
    """Every label with the boxes of its runs."""
    for label in labels_of(scene):
        yield label, [run_box(r) for r in label.runs]


def hit(a, b, slack=TOUCH):
    return a[0] < b[2] - slack and b[0] < a[2] - slack and a[1] < b[3] - slack and b[1] < a[3] - slack


def meeting(ones, others, most=1 << 20):
    """The indices of boxes that touch, in the order of `ones`: a few of the many pairs of a scene."""
    if not ones or not others:
        return
    b, many = np.asarray(others, float), max(1, most // len(others))
    for begin in range(0, len(ones), many):
        a = np.asarray(ones[begin : begin + many], float)[:, None]
        touch = (a[..., :2] <= b[:, 2:]).all(-1) & (b[:, :2] <= a[..., 2:]).all(-1)
        yield from ((begin + int(i), int(j)) for i, j in np.argwhere(touch))


def overlaps(scene):
    """Labels that share ink; boxes may touch by 1 pt where words have 7 pt, and so on."""
    words = [run.size for run in runs(scene) if run.font in {"sans", "mono"} and run.text not in "→←"]
    slack = max(1.0, min(words, default=7) / 7)
    labels = [(n, label.text, box) for n, (label, found) in enumerate(boxes(scene)) for box in found]
    each = [box for _, _, box in labels]
    found = {}
    for i, j in meeting(each, each):
        (one, text, a), (two, other, b) = labels[i], labels[j]
        if one < two and hit(a, b, slack):
            found[one, two] = (text, other)
    return [*found.values()]


def outside(scene, margin=7.5):
    page = (margin, margin, scene.width - margin, scene.height - margin)
    items = [(n.id, inflate(n.box, n.line / 2)) for n in scene.nodes]
    items += [(f.id, inflate(f.box, f.line / 2)) for f in scene.frames]
    items += [(label.text, box) for label, runs in boxes(scene) for box in runs]
    items += [
        (
            e.id,
            (
                min(x for x, _ in e.route),
                min(y for _, y in e.route),
                max(x for x, _ in e.route),
                max(y for _, y in e.route),
            ),
        )
        for e in scene.edges
    ]
    items += [(f"{p.role} form", bounds(p.points)) for p in scene.polygons]
    return [i for i, b in items if b[0] < page[0] or b[1] < page[1] or b[2] > page[2] or b[3] > page[3]]


INDENT = 2.0
"""A line counts as so much wider than it is drawn, pt."""


def indented(scene, margin=8.0, *, bare=False):
    """By how much all under the heading begins right of the title; a bare drawing is off the middle."""
    boxes = [item.box for item in (*scene.nodes, *scene.frames, *scene.plots)]
    top = 0.0 if bare else min(box[1] for box in boxes)  # a bare drawing has no heading
    boxes += [bounds(form.points) for form in scene.polygons]
    boxes += [bounds(edge.route) for edge in scene.edges]
    boxes += [run_box(run) for text in scene.texts for run in text.label.runs if run.y > top]
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    off = abs(left + right - scene.width) / 2 if bare else left - margin
    return [off] if off > INDENT else []


def escaped(scene):
    """Curves that leave their frame above or below by more than half of a usual line."""
    frames = [bounds(form.points) for form in scene.polygons if form.closed and form.fill is None]
    found = []
    for curve in (plot for plot in scene.plots if isinstance(plot, Curve)):
        x0, _, x1, _ = curve.box
        around = [b for b in frames if abs(b[0] - x0) < 0.1 and abs(b[2] - x1) < 0.1]
        out = curve.line * 0.5 - 0.75
        ys = [y for piece in curve.points() for _, y in piece]
        if around and ys and not any(b[1] <= min(ys) - out and max(ys) + out <= b[3] for b in around):
            found.append(curve.id)
    return found


def small(scene, words):
    """Words under `words` pt, and math (its scripts and accents are smaller) under 5 pt."""

    def least(run):
        return 5 if run.font in {"roman", "italic"} or run.text in {"→", "←"} else words

    return [(r.text, r.size) for r in runs(scene) if r.size < least(r)]


def lined(scene):
    """Labels with an axis, a leader or a brace through them (cells and hatches may lie under text)."""
    free = [p for p in scene.polygons if p.role in {"axis", "note"} and not p.closed]
    free = [p for p in free if p.stroke != Tint("hatch")]
    lines = [(form.role, a, b) for form in free for a, b in pairwise(form.points)]
    labels = [(label.text, inflate(_tight(box), 0.2)) for label, found in boxes(scene) for box in found]
    return _crossed(lines, labels)


def _crossed(lines, named):
    """Each line ``(what, from, to)`` with the name of a box that it goes through."""
    near = meeting([bounds(ends) for _, *ends in lines], [box for _, box in named])
    return [(lines[i][0], named[j][0]) for i, j in near if crosses(*lines[i][1:], named[j][1])]


def loose_tips(scene, slack=0.6):
    """Edges whose ends are not on the border of the node they name."""
    nodes = {n.id: n for n in scene.nodes}
    found = []
    for e in scene.edges:
        for end, point in ((e.source, e.route[0]), (e.target, e.route[-1])):
            if not _on_border(nodes[end], point, slack):
                found.append((e.id, end))
    return found


def _on_border(node, point, slack):
    """Whether a point is on what is drawn of a node: its circle, or its box."""
    (x0, y0, x1, y1), (x, y) = node.box, point
    if node.outline == "circle":
        return abs(distance(point, ((x0 + x1) / 2, (y0 + y1) / 2)) - (x1 - x0) / 2) <= slack
    inside = x0 - slack <= x <= x1 + slack and y0 - slack <= y <= y1 + slack
    return inside and min(abs(x - x0), abs(x - x1), abs(y - y0), abs(y - y1)) <= slack


def struck(scene):
    """Labels with a line through them, and nodes with a foreign line through them."""
    lines = []
    for e in scene.edges:
        at = 0.0
        for a, b in pairwise(e.route):
            length = distance(a, b)
            for lo, hi in _open(at, at + length, e.cuts):
                lines.append((e, towards(a, b, lo - at), towards(a, b, hi - at)))
            at += length
    labels = [(label.text, inflate(_tight(r), 0.3)) for label, runs in boxes(scene) for r in runs]
    nodes = [(n.id, inflate(n.box, -0.1)) for n in scene.nodes]
    found = [(e.id, text) for e, text in _crossed(lines, labels)]
    return found + [(e.id, name) for e, name in _crossed(lines, nodes) if name not in (e.source, e.target)]


def crosses(a, b, box):
    """Whether a straight line, at any angle, has a stretch inside a box."""
    low, high = 0.0, 1.0
    for axis in (0, 1):
        d, near, far = b[axis] - a[axis], box[axis] - a[axis], box[axis + 2] - a[axis]
        if abs(d) < 1e-9:
            if near >= 0 or far <= 0:
                return False
            continue
        enter, leave = sorted((near / d, far / d))
        low, high = max(low, enter), min(high, leave)
    return high > low


def _tight(box):
    """A run's box without the room for descenders that its letters may not use."""
    height = box[3] - box[1]
    return (box[0], box[1] + 0.04 * height, box[2], box[3] - 0.24 * height)


def _open(lo, hi, cuts):
    at = lo
    for a, b in sorted(cuts):
        if b > lo and a < hi:
            if a > at:
                yield (at, min(a, hi))
            at = max(at, b)
    if at < hi:
        yield (at, hi)


def faults(scene, *, words=6):
    """Everything that is wrong with a scene, by rule; `words` is the least size of words, pt."""
    ids = [i.id for i in (*scene.nodes, *scene.edges, *scene.frames)]
    rules = {
        "overlap": overlaps(scene),
        "outside": outside(scene),
        "small": small(scene, words),
        "tips": loose_tips(scene),
        "struck": struck(scene),
        "lined": lined(scene),
        "escaped": escaped(scene),
        "twice": sorted(i for i, n in Counter(ids).items() if n > 1),
    }
    return {rule: found for rule, found in rules.items() if found}
