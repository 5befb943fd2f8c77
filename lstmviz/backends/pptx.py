"""``-f pptx``: the figure as one slide of native shapes and text, for editing.

Unlike a picture on a slide, boxes, lines and labels are PowerPoint's own, named
by the scene's ids. python-pptx keeps the package; the shapes are in `pptxml`.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

from lstmviz.backends.drawing import legal
from lstmviz.backends.order import Order
from lstmviz.backends.pptxml import Slide, emu
from lstmviz.errors import FigureError, MissingDependencyError

LEAST, MOST = 72.0, 4032.0
"""How long a slide's side may be, pt: PowerPoint opens no other."""
EPOCH = (1980, 1, 1, 0, 0, 0)
BLANK = 6
"""The empty layout of python-pptx's own template."""


def write(order: Order) -> bytes:
    """The figure as a presentation of one slide, signed with its hash."""
    try:
        import pptx  # noqa: PLC0415  (an extra, and 0.3 s)
        from pptx.dml.color import RGBColor  # noqa: PLC0415
        from pptx.oxml import parse_xml  # noqa: PLC0415
        from pptx.util import Emu  # noqa: PLC0415
    except ImportError as error:
        raise MissingDependencyError("python-pptx", "pip install 'lstmviz[pptx]'") from error
    scene = order.scene
    if max(scene.width, scene.height) > MOST:
        raise FigureError(scene.kind, "a slide is at most 142 cm wide and high: choose another format")
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = (Emu(emu(max(LEAST, side))) for side in (scene.width, scene.height))
    layout = deck.slide_layouts[BLANK]
    slide = deck.slides.add_slide(layout)
    for other in [one for one in deck.slide_layouts if one is not layout]:
        deck.slide_layouts.remove(other)
    if not order.transparent:
        fill = slide.background.fill
        fill.solid()
        colour = bytes.fromhex(order.drawing.ground[1:])
        fill.fore_color.rgb = RGBColor(*colour)  # type: ignore[no-untyped-call]
    tree = slide.shapes._spTree  # noqa: SLF001  (what python-pptx has no method for is put here)
    for xml in filter(None, Slide(order).shapes()):  # what paints nothing has no shape
        tree.append(parse_xml(xml))
    _name(deck, order)
    buffer = io.BytesIO()
    deck.save(buffer)
    return _still(buffer.getvalue())


def _name(deck: Any, order: Order) -> None:
    """The file's properties: title, description, hash; no clock and no user."""
    about, once = deck.core_properties, dt.datetime(*EPOCH, tzinfo=dt.UTC)
    about.title = legal(order.scene.title or order.scene.kind)[:255]
    about.comments = legal(order.scene.description)[:255]
    about.keywords = f"(lstmviz sha256:{order.digest})"
    about.author = about.last_modified_by = "lstmviz"
    about.created = about.modified = once
    about.revision = 1


def _still(data: bytes) -> bytes:
    """The package without a clock; its properties uncompressed, so that the hash is found."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(buffer, "w") as after:
        for name in before.namelist():
            info = zipfile.ZipInfo(name, EPOCH)
            kept = name == "docProps/core.xml"
            info.compress_type = zipfile.ZIP_STORED if kept else zipfile.ZIP_DEFLATED
            info.create_system = 0
            after.writestr(info, before.read(name))
    return buffer.getvalue()
