"""The words of figures in the reader's language.

Every sentence is a message with an id (`messages/`), in all languages side by side. Texts of the
user's own are put in, or set, as they are, and never looked up.
"""

from __future__ import annotations

from lstmviz.translation.reader import LANGUAGES, Language, speaking, spelling

__all__ = ["LANGUAGES", "Language", "speaking", "spelling"]
