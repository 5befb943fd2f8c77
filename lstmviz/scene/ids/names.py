"""Ids that hold a name: of a stage, a gate, a window; of an arrow by its ends, of a port by its item."""

from __future__ import annotations

import re


def named(kind: str, *names: object, prefix: str = "") -> str:
    """Return the id of what has a name, or a number, of its own: a stage, a gate, a window.

    >>> named("stage", "lstm"), named("rows", "ih", "n"), named("window", 3)
    ('stage.lstm', 'rows.ih.n', 'window.3')
    """
    return prefix + ".".join(map(str, (kind, *names)))


def parts(id_: str) -> list[str]:
    """Return the words of an id, without its prefix."""
    return short(id_).split(".")


def layers(first: int, last: int) -> str:
    """Return what the layers of a stage that are drawn as one node are called.

    >>> layers(0, 0), layers(1, 3)
    ('l0', 'l1-l3')
    """
    return f"l{first}" if first == last else f"l{first}-l{last}"


def layers_of(id_: str) -> tuple[str, int]:
    """Return the stage whose layers a node stands for, and the first of them; no stage, if it is another's.

    >>> layers_of("stage.lstm.l1-l3"), layers_of("stage.lstm")
    (('lstm', 1), ('', 0))
    """
    found = re.fullmatch(r"(.+)\.l(\d+)(?:-l\d+)?", rest(id_))
    return (found[1], int(found[2])) if found else ("", 0)


def is_loop(id_: str) -> bool:
    """Whether an id is of the frame around what a loop of the user's code runs."""
    return re.match(r"group\.loop(-\d+)?\.", id_) is not None


def kind(id_: str) -> str:
    """Return what sort of thing an id names: `gate` of ``lstm/gate.f``."""
    return head(short(id_))


def name(id_: str) -> str:
    """Return the name in an id: `f` of ``lstm/gate.f``."""
    return rest(short(id_))


def head(id_: str) -> str:
    """Return what sort of thing an id without prefix names: `tensor` of ``tensor.a/b.h_n``."""
    return id_.partition(".")[0]


def rest(id_: str) -> str:
    """Return the name in an id without prefix, which may have slashes: ``a/b.h_n`` of ``tensor.a/b.h_n``."""
    return id_.partition(".")[2]


def end(id_: str, word: str) -> str:
    """Return the id of a line at an item, or of a port of it: `in`, `out`, `up`, a direction …"""
    return f"{id_}.{word}"


def arrow(source: str, target: str, role: str = "") -> str:
    """Return the id of an arrow, which needs its role where there are several between its ends.

    >>> arrow("x.t1", "y"), arrow("x.t1", "y", "input")
    ('x.t1--y', 'x.t1--y.input')
    """
    return end(f"{source}--{target}", role) if role else f"{source}--{target}"


def flow(source: str, target: str) -> str:
    """Return the id of an arrow between whole tensors, and what makes and reads them."""
    return f"{source}-{target}"


def door(side: str, state: str) -> str:
    """Return the id of where h, or c, enters a module (``begin``) or leaves it (``end``)."""
    return side if state == "h" else f"{side}_{state}"


def bar(id_: str) -> str:
    """Return the id of the scale of a map."""
    return end(id_, "bar")


def is_bar(id_: str) -> bool:
    """Whether an id is of the scale of a map."""
    return id_.endswith(".bar")


def inside_of(id_: str, outer: str) -> bool:
    """Whether an id names a part of another: ``lstm.weight_ih_l0.W_if`` of ``lstm.weight_ih_l0``."""
    return id_.startswith(f"{outer}.")


def short(id_: str) -> str:
    """Return an id without its prefix."""
    return id_.rpartition("/")[2]
