"""What drawing needs, and whether it is there: found out by drawing."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lstmviz import pipeline, store
from lstmviz.backends import fonts
from lstmviz.backends.choices import BACKENDS, Backend
from lstmviz.errors import LstmvizError, MissingDependencyError
from lstmviz.figure import Figure
from lstmviz.spec.model import Spec
from lstmviz.version import __version__

SPEC = {"input": {"batch_size": 2, "timesteps": 3, "features": 2}, "layers": [{"lstm": 3}]}
PACKAGES = ("torch", "matplotlib", "pygraphviz", "graphviz", "numpy", "pydantic", "fonttools", "watchfiles")
AGAIN = "install lstmviz again: pip install --force-reinstall lstmviz"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `remedy` is what to do if it is not well.

    `vital` is what no figure can be drawn without.
    """

    what: str
    says: str
    remedy: str = ""
    vital: bool = False


def findings() -> Iterator[Finding]:
    """Look at everything; what is slow comes last."""
    yield Finding("lstmviz", f"{__version__} in {Path(__file__).parents[1]}")
    yield Finding(
        "Python", f"{platform.python_version()} on {platform.platform(terse=True)}, {sys.executable}"
    )
    for package in PACKAGES:
        yield Finding(package, _version(package))
    yield _fonts()
    yield _system_fonts()
    yield _cache()
    spec = pipeline.load(SPEC)
    model = _model(spec)
    yield model
    if model.remedy:
        return  # there is nothing to paint
    drawn = [_drawing(spec, backend) for backend in (None, *BACKENDS)]
    yield from drawn
    if all(finding.remedy for finding in drawn):
        yield Finding("painting", "impossible in any way", drawn[-1].remedy, vital=True)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _fonts() -> Finding:
    try:
        missing = [name for font, name in fonts.NAMES.items() if not fonts.font_file(font).is_file()]
    except MissingDependencyError as error:
        return Finding("fonts", "not there", error.remedy, vital=True)
    if missing:
        return Finding(
            "fonts",
            f"{', '.join(missing)} missing in {fonts.font_folder()}",
            "pip install --force-reinstall matplotlib",
        )
    return Finding("fonts", f"{', '.join(fonts.NAMES.values())}, all of Matplotlib's")


def _system_fonts() -> Finding:
    folders = [f for name in fonts.SYSTEM if (f := Path(name).expanduser()).is_dir()]
    count = sum(p.suffix.lower() in {".ttf", ".otf", ".ttc"} for f in folders for p in f.rglob("*"))
    where = f" in {', '.join(map(str, folders))}" if folders else ""
    return Finding("others", f"{count} fonts{where}, for characters that those lack")


def _cache() -> Finding:
    folder = store.cache_folder()
    if folder:
        return Finding("cache", str(folder))
    return Finding(
        "cache", "none can be written: every model is run anew", "set LSTMVIZ_CACHE_DIR to a folder"
    )


def _model(spec: Spec) -> Finding:
    try:
        pipeline.trace(spec, use_cache=False)
    except MissingDependencyError as error:
        known = f"{error.what} is not installed; without it only models are drawn that ran here before"
        return Finding("model", known, error.remedy, vital=True)
    except LstmvizError as error:
        return Finding("model", str(error), AGAIN, vital=True)
    return Finding("model", "an LSTM runs")


def _drawing(spec: Spec, backend: Backend | None) -> Finding:
    """Paint a small figure in every format that a backend paints; SVG needs none."""
    name = f"--backend {backend}" if backend else "no backend"
    done: list[str] = []
    try:
        scene = pipeline.draw(spec, "rolled").scene
        for fmt in ("svg", "pdf", "png") if backend else ("svg",):
            Figure(scene, backend=backend).paint(fmt)
            done.append(fmt)
    except Exception as error:  # noqa: BLE001  (whatever it is, this is the place to say so)
        reason = str(error) if isinstance(error, LstmvizError) else f"{type(error).__name__}: {error}"
        return Finding(name, f"cannot draw: {reason}", _remedy(error))
    return Finding(name, f"draws {', '.join(done)}")


def _remedy(error: Exception) -> str:
    return error.remedy if isinstance(error, MissingDependencyError) else AGAIN
