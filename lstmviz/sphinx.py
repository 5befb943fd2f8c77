"""The name under which Sphinx finds its extension: ``lstmviz.sphinx``."""

from __future__ import annotations

from lstmviz.documents.sphinx_directive import setup

__all__ = ["setup"]
