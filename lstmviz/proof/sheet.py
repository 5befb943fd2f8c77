"""A sheet held against its panels: their items under their letters, what they say, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lstmviz.proof.prove import page_faults
from lstmviz.scene.claims import Claim
from lstmviz.scene.scene import Scene


def merged(scene: Scene, panels: Mapping[str, Scene], titles: Iterable[str] = ()) -> list[str]:
    """Say where a sheet differs from its panels: it draws their items under their letters, and no others.

    The user's words on it are its title, its panels' `titles`, and what stands in these.
    """
    faults = []
    for items in ("nodes", "edges", "frames"):
        here = {item.id for item in getattr(scene, items)}
        there = {f"{letter}/{item.id}" for letter, one in panels.items() for item in getattr(one, items)}
        faults += [f"{name} is drawn on the sheet alone" for name in sorted(here - there)]
        faults += [f"{name} is missing on the sheet" for name in sorted(there - here)]
    proven = {_asserts(claim) for one in panels.values() for text in one.texts for claim in text.label.claims}
    known = [scene.title, *titles]
    faults += [
        f"{claim.text!r} is said on the sheet alone"
        for text in scene.texts
        for claim in text.label.claims
        if _asserts(claim) not in proven
        and not (claim.kind == "own" and any(claim.text in one for one in known))
    ]
    ends = {edge.id: (edge.source, edge.target, edge.role) for edge in scene.edges}
    for letter, one in panels.items():
        for edge in one.edges:
            wanted = (f"{letter}/{edge.source}", f"{letter}/{edge.target}", edge.role)
            if ends.get(f"{letter}/{edge.id}", wanted) != wanted:
                faults.append(f"{letter}/{edge.id} joins other things on the sheet than in its panel")
    return faults + page_faults(scene)


def _asserts(claim: Claim) -> tuple[str, str]:
    """Return what is said, whatever the lines that it is broken into."""
    return claim.kind, str([fact for fact in claim.facts if fact[0] != "span"])
