"""What a typed program may do with lstmviz: mypy reads this, strictly, and nothing runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lstmviz


def figures(source: str | Path) -> list[Path]:
    """Draw one figure in several ways."""
    spec = lstmviz.load(source)
    fig: lstmviz.Figure = lstmviz.draw(spec, "grid", width="column", theme="dark")
    svg: str = fig.svg
    data: bytes = fig.png(dpi=300) + fig.pdf
    words: str = fig.alt + fig.dot + svg
    scene: dict[str, Any] = fig.scene.to_dict()
    left, _, right, _ = fig.scene.nodes[0].box
    width: float = right - left
    assert words and data and scene["kind"] and width > 0
    saved: list[Path] = fig.save("grid.svg", Path("grid.pdf"))
    return saved + lstmviz.render(source, output="img", formats=["svg", "pdf"])


def shapes(source: dict[str, Any]) -> tuple[int, ...]:
    """What a real run showed."""
    trace = lstmviz.shapes(source)
    names: list[str] = [f"{stage.name} {stage.type}" for stage in trace.stages]
    sizes: list[tuple[int, ...]] = [s for stage in trace.stages for s in stage.inputs + stage.outputs]
    assert len(names) <= len(sizes)
    weights: tuple[int, ...] = trace.parameters["weight_ih_l0"]
    return trace.tensors["h_n"] + weights


def checked(source: str) -> list[str]:
    """What is wrong with a spec, or with its figures."""
    try:
        proofs = lstmviz.check(source)
    except lstmviz.SpecError as error:
        places = [f"{p.span.line}:{p.span.column}" for p in error.problems if p.span is not None]
        return [
            f"{problem.code}: {problem.message} {problem.hint or ''}" for problem in error.problems
        ] + places
    except lstmviz.LstmvizError as error:
        return [str(error)]
    return [f"{proof.figure}: {proof.arrows}" for proof in proofs]
