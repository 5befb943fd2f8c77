"""The name under which Markdown finds its extension: ``lstmviz.markdown``."""

from __future__ import annotations

from lstmviz.documents.python_markdown import fence, makeExtension, validate

__all__ = ["fence", "makeExtension", "validate"]
