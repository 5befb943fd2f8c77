"""Figures in documents: fences in Markdown, a directive in Sphinx, a cell of a notebook."""
