"""PNG: the resolution and the hash of a figure, put into its chunks."""

from __future__ import annotations

import math
import struct
import zlib

from lstmviz.backends import engines
from lstmviz.backends.order import Order
from lstmviz.errors import FigureError
from lstmviz.scene.scene import Scene

SIDE, AREA = 32767, 64_000_000
"""The most pixels of a side, beyond which Graphviz shrinks a picture, and of a picture: a quarter of a GB."""


def write(order: Order) -> bytes:
    """Return a figure as PNG, with its true resolution and its hash."""
    fit(order.scene, order.dpi)
    data = engines.painted(order, "png", order.drawing, transparent=order.transparent)
    return signed(data, order.dpi, order.digest)


def fit(scene: Scene, dpi: float) -> None:
    """FigureError for a picture of too many pixels, with a resolution that would do."""
    width, height = (math.ceil(side * dpi / 72) for side in (scene.width, scene.height))
    if max(width, height) <= SIDE and width * height <= AREA:
        return
    most = 72 * min(SIDE / max(scene.width, scene.height), math.sqrt(AREA / (scene.width * scene.height)))
    reason = f"a PNG of {width} × {height} pixels is too large"
    # A pixel less, since every side is rounded up.
    raise FigureError(scene.kind, f"{reason}: choose svg or pdf, or --dpi {math.floor(most * 0.999)} or less")


def signed(data: bytes, dpi: float, digest: str) -> bytes:
    """The picture with its true dpi and its hash, and no other words."""
    kept = [c for c in _chunks(data) if c[4:8] not in {b"pHYs", b"tEXt", b"zTXt", b"iTXt", b"tIME", b"bKGD"}]
    per_metre = round(dpi / 0.0254)
    resolution = _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    words = _chunk(b"tEXt", b"lstmviz\0sha256:" + digest.encode())
    return data[:8] + kept[0] + resolution + words + b"".join(kept[1:])


def _chunks(data: bytes) -> list[bytes]:
    found = []
    at = 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        found.append(data[at:end])
        at = end
    return found


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
