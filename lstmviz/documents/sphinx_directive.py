"""Figures in Sphinx: the directive ``lstmviz``; HTML gets SVG, LaTeX gets PDF."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger
from sphinx.util.typing import ExtensionMetadata

from lstmviz.documents import document_cache, document_figures
from lstmviz.documents.document_figures import Shown
from lstmviz.spec.scalars import resolve
from lstmviz.version import __version__

FORMATS = {"application/pdf": "pdf", "image/svg+xml": "svg", "image/png": "png"}
"""What builders can show as a file, the best first."""
BEFORE_IMAGES_ARE_COLLECTED = 5
_log = getLogger(__name__)


class lstmviz_figure(nodes.General, nodes.Element):  # noqa: N801  (nodes are lower case)
    """A figure that is drawn when it is known for what: one of a request's."""


class _AnyOption(dict[str, "Callable[[str | None], str | None]"]):
    """Figures check their options themselves, and know what was meant."""

    def __missing__(self, key: str) -> Callable[[str | None], str | None]:
        return directives.unchanged


class Directive(SphinxDirective):
    """``.. lstmviz:: spec.yaml``, or a spec as its content.

    `kind` or `figure` choose one of the figures; `caption`, `name`, `align` and
    `class` are those of a document's figure, all others are options of lstmviz.
    """

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = _AnyOption(
        {
            "align": lambda text: directives.choice(text, ("left", "center", "right")),
            "class": directives.class_option,
        }
    )

    def run(self) -> list[nodes.Node]:
        """The figures, or a warning with its place."""
        if bool(self.arguments) == bool(self.content):
            raise self.error("lstmviz takes the name of a spec, or a spec as its content: one of the two")
        own = {key: self.options.pop(key) for key in ("caption", "name", "align", "class")
               if key in self.options}  # fmt: skip
        wanted = self._wanted()
        try:
            shown = document_figures.drawn(wanted)
        except document_figures.RequestError as error:
            message = error.message.replace(f"{self.env.srcdir}/", "")  # a page names no folder of its maker
            place = error.line if error.line and error.file == wanted.file else self.lineno
            source = wanted.file if error.line else self.get_source_info()[0]
            _log.warning("%s", message, location=f"{source}:{place}", type="lstmviz")
            return [nodes.literal_block(message, message, classes=["lstmviz-error"])]
        found = [
            lstmviz_figure("", request=wanted, index=i, alt=one.figure.alt) for i, one in enumerate(shown)
        ]
        return [*found[:-1], self._framed(found[-1], own)]

    def _wanted(self) -> document_figures.Request:
        options = {k: True if v is None or v == "" else resolve(v) for k, v in self.options.items()}
        if self.arguments:
            relative, path = self.env.relfn2path(self.arguments[0].strip())
            self.env.note_dependency(relative)
            return document_figures.request(path, None, (), options)
        source, line = self.state_machine.get_source_and_line(self.content_offset + 1)
        text = "\n".join(self.content)
        above = (line or self.content_offset + 1) - 1
        return document_figures.request(
            source or self.env.docname, text, (), options, line=above, column=self._indent()
        )

    def _indent(self) -> int:
        """How far the content is indented, which docutils has taken away."""
        lines = self.block_text.splitlines()
        first = self.content[0]
        written = next((line for line in reversed(lines) if line.strip() == first.strip()), first)
        return len(written) - len(first)

    def _framed(self, drawn: nodes.Node, own: dict[str, Any]) -> nodes.Node:
        """The figure with what the document says about it."""
        classes = ["lstmviz", *own.get("class", [])]
        frame = nodes.figure("", drawn, classes=classes)
        if "align" in own:
            frame["align"] = own["align"]
        if "caption" in own:
            words, messages = self.parse_inline(own["caption"], lineno=self.lineno)
            frame += [nodes.caption(own["caption"], "", *words), *messages]
        self.options |= {"name": own["name"]} if "name" in own else {}
        self.add_name(frame)
        return frame


class Draw(SphinxPostTransform):
    """Draws figures in the format that the builder shows best."""

    default_priority = BEFORE_IMAGES_ARE_COLLECTED

    def run(self, **_: Any) -> None:
        """Put HTML or an image in the place of every figure of a document."""
        taken: set[str] = set()
        drawn_once = cache(document_figures.drawn)
        for node in list(self.document.findall(lstmviz_figure)):
            shown = drawn_once(node["request"])[node["index"]]
            page = self.app.builder.format == "html" and self.app.builder.name != "epub"
            drawn = nodes.raw("", shown.svg(taken), format="html") if page else self._image(node, shown)
            node.replace_self(drawn)

    def _image(self, node: lstmviz_figure, shown: Shown) -> nodes.Node:
        """The figure as a file: PDF for LaTeX, else SVG, else PNG."""
        able = self.app.builder.supported_image_types
        mime = next((mime for mime in FORMATS if mime in able), None)
        alt = node["alt"]
        if mime is None:
            return nodes.paragraph("", f"[{alt}]")
        path = Path(self.app.doctreedir) / "lstmviz" / f"{document_cache.key(shown.figure)}.{FORMATS[mime]}"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(document_cache.paint(shown.figure, FORMATS[mime]))
        self.env.images.add_file(self.env.docname, str(path))
        return nodes.image("", uri=str(path), candidates={mime: str(path)}, alt=alt)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Teach Sphinx the directive."""
    app.add_node(lstmviz_figure)
    app.add_directive("lstmviz", Directive)
    app.add_post_transform(Draw)
    return {"version": __version__, "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
