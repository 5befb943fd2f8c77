"""Draw the picture of architecture.md from the imports of the package: python docs/architecture.py"""

from __future__ import annotations

import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

from lstmviz.backends import paint
from lstmviz.layout.branches import arranged, place
from lstmviz.layout.ranks import Net, Piece
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.labels import code

PICTURE = Path(__file__).parent / "architecture.svg"
DOORS = {"__main__", "markdown", "sphinx", "version"}
"""What only opens a door, or is read by everybody: left out."""
MARGIN, HIGH, GAP = 10.0, 20.0, 16.0
NETS = {"torch": {"network", "proof"}, "click": {"cli"}}


def rooms() -> dict[str, set[str]]:
    """Every room of the package with the rooms that it imports, types included."""
    graph = grimp.build_graph("lstmviz", exclude_type_checking_imports=False, cache_dir=None)
    found: dict[str, set[str]] = {}
    for module in graph.modules:
        name = room(module)
        imported = {room(other) for other in graph.find_modules_directly_imported_by(module)}
        found.setdefault(name, set()).update(imported)
    left = DOORS | {""}
    return {name: others - left - {name} for name, others in sorted(found.items()) if name not in left}


def room(module: str) -> str:
    """The folder or file under ``lstmviz`` in which a module is."""
    return module.split(".")[1] if "." in module else ""


def direct(imports: dict[str, set[str]]) -> dict[str, set[str]]:
    """Only the imports that no other import implies."""
    reached: dict[str, set[str]] = {}
    for name in TopologicalSorter(imports).static_order():
        reached[name] = set(imports[name]).union(*(reached[other] for other in imports[name]))
    return {
        name: {one for one in others if not any(one in reached[other] for other in others - {one})}
        for name, others in imports.items()
    }


def picture() -> bytes:
    """The rooms, each above all that it imports."""
    imports = direct(rooms())
    order = list(TopologicalSorter({name: sorted(imports[name]) for name in sorted(imports)}).static_order())
    pieces = [Piece(name, code(name, 8).width + 14, HIGH) for name in order]
    users = {name: tuple(other for other in order if name in imports[other]) for name in order}
    nets = [Net(name, name, targets) for name, targets in users.items() if targets]
    placed = place(arranged(pieces, nets, names={}, pull=True), names={}, gap=GAP)
    canvas = Canvas()
    for name, box in placed.boxes.items():
        role = "param" if name in NETS["torch"] else "input" if name in NETS["click"] else "op"
        canvas.node(name, role, box, code(name, 8), outline="round")
    for (name, user), route in placed.routes.items():
        canvas.edge(f"{name}-{user}", (name, user), "hidden", route, line=1.0, radius=3.0)
    x0, y0, x1, y1 = canvas.extent()
    canvas.move(MARGIN - x0, MARGIN - y0)
    said = "; ".join(
        f"{name} imports {', '.join(sorted(others))}" for name, others in imports.items() if others
    )
    size = (x1 - x0 + 2 * MARGIN, y1 - y0 + 2 * MARGIN)
    return paint(canvas.scene("architecture", "The rooms of lstmviz", said, *size), "auto", text="plain")


def main() -> None:
    """Write the picture."""
    PICTURE.write_bytes(picture())
    print(PICTURE, file=sys.stderr)


if __name__ == "__main__":
    main()
