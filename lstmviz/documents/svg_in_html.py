"""A figure as part of an HTML page: its ids made unique, its dark paint under the page's switch."""

from __future__ import annotations

import re

READER = "@media(prefers-color-scheme:dark)"
"""With this a figure is dark where the reader's screen is."""
PAGE = ":is([data-md-color-scheme=slate],[data-theme=dark],[data-bs-theme=dark])"
"""With this it is dark where the page says so: Material, Furo, PyData, Bootstrap …"""
EITHER = "[data-theme=auto]"
"""A page that leaves it to the reader."""
ROOM = (
    ".lstmviz-narrow{display:none}"
    "@media(max-width:40em){.lstmviz-wide{display:none}.lstmviz-narrow{display:inline}}"
)
"""Which of two widths a page shows."""
_PREFIX = re.compile(r'aria-labelledby="(f[0-9a-f]{6})-')
_RULES = re.compile(re.escape(READER) + r"\{((?:[^{}]*\{[^{}]*\})*)\}")


def inline(svg: str, taken: set[str], *, follows: bool = False) -> str:
    """The SVG as it may stand in a page that has figures with the prefixes `taken`.

    One that `follows` is dark where the page is. It shrinks with the page.
    """
    svg = own_ids(svg, taken)
    if follows:
        svg = _RULES.sub(lambda dark: f"{PAGE}{{{dark[1]}}}{READER}{{{EITHER}{{{dark[1]}}}}}", svg)
    return svg.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def either(wide: str, narrow: str) -> str:
    """One figure in two widths, each where there is room for it."""
    wide = wide.replace("<svg ", '<svg class="lstmviz-wide" ', 1)
    narrow = narrow.replace("<svg ", '<svg class="lstmviz-narrow" ', 1)
    return f"{wide}{narrow.replace('<style>', f'<style>{ROOM}', 1)}"


def own_ids(svg: str, taken: set[str]) -> str:
    """Tell the ids, classes and fonts of a figure apart from those of the same figure above."""
    found = _PREFIX.search(svg)
    assert found, "a figure names its title"
    prefix = unique = found[1]
    count = 1
    while unique in taken:
        count += 1
        unique = f"{prefix}x{count}"
    taken.add(unique)
    # Neither "-" nor "." stands in the base64 of a font, so this is never a part of one.
    return svg if count == 1 else re.sub(rf"{prefix}(?=[-.])", unique, svg)
