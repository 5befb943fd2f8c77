"""YAML text into nodes: strict, bounded, and every value with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic_core import core_schema

from lstmviz.errors import Problem, Span, SpecError
from lstmviz.spec.nodes import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_TEXT,
    Entry,
    Items,
    Node,
    Path,
    Scalar,
    Table,
    dotted,
    place,
)
from lstmviz.spec.reading import check_characters, friendly, source_lines
from lstmviz.spec.scalars import resolve

_TAG = "tag:yaml.org,2002:"
_COLLECTION_TAGS = {_TAG + "map": Table, _TAG + "seq": Items}
_SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    _TAG + "int": (int,),
    _TAG + "float": (int, float),
    _TAG + "bool": (bool,),
    _TAG + "null": (type(None),),
}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Event = Any  # PyYAML's events have no types of their own


@dataclass(frozen=True, slots=True)
class Source:
    """Where a spec came from: for turning a path into a place."""

    # A spec is the same spec wherever it was read: nothing here takes part in ==.
    file: str = field(compare=False)
    stem: str = field(compare=False)
    text: str = field(compare=False, repr=False)
    root: Node = field(compare=False, repr=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> core_schema.CoreSchema:
        """Let a model hold a Source as it is."""
        return core_schema.is_instance_schema(cls)

    def span(self, path: str) -> Span | None:
        """The place of a dotted path, or of the nearest part that exists."""
        steps = (int(s) if s.isdigit() else s for s in path.split(".") if s)
        return place(self.root, tuple(steps))


def parse(text: str, file: str, *, shown: str = "") -> tuple[Node, list[Problem]]:
    """Read YAML text; problems that do not hide others are returned.

    `shown` stands for the text where a place is quoted.
    Raises SpecError for a syntax error, for what is too big, and for what no
    text file holds.
    """
    lines = source_lines(shown or text)
    check_characters(text, file, lines)
    reader = _Reader(file, lines)
    try:
        root = reader.document(yaml.parse(text, Loader=_Loader))
    except yaml.YAMLError as error:
        raise SpecError([friendly(error, file, lines)], file) from error
    return root, reader.problems


@dataclass(slots=True)
class _Reader:
    """Builds nodes from parser events, as they come."""

    file: str
    lines: list[str]
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    count: int = 0

    def document(self, events: Iterator[_Event]) -> Node:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                break
        else:
            raise SpecError([Problem("syntax", "the spec is empty", self.span_at(0, 0, 0))], self.file)
        root = self.node(next(events), events, ())
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise self.stop(event, "syntax", "a spec is one document, but a second one starts here")
        return root

    def node(self, event: _Event, events: Iterator[_Event], path: Path) -> Node:
        self.bound(event, path)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if event.anchor:
            self.anchors[event.anchor] = None  # known, but not yet complete
        before = self.count
        if isinstance(event, yaml.ScalarEvent):
            node: Node = self.scalar(event, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, events, path)
        else:
            node = self.mapping(event, events, path)
        if event.anchor:
            self.anchors[event.anchor] = node
            self.sizes[id(node)] = self.count - before + 1
        return node

    def bound(self, event: _Event, path: Path, *, more: int = 1) -> None:
        self.count += more
        if len(path) > MAX_DEPTH:
            raise self.stop(event, "too-big", f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > MAX_TEXT:
            raise self.stop(event, "too-big", f"a text of more than {MAX_TEXT} characters")
        if self.count > MAX_NODES:
            raise self.stop(event, "too-big", f"the spec holds more than {MAX_NODES} values")

    def alias(self, event: _Event) -> Node:
        name = event.anchor
        if name not in self.anchors:
            raise self.stop(event, "syntax", f"no anchor '&{name}' before this alias", "put text in quotes")
        node = self.anchors[name]
        if node is None:
            raise self.stop(event, "syntax", f"'*{name}' is inside its own anchor")
        self.bound(event, (), more=self.sizes[id(node)] - 1)
        return node

    def sequence(self, event: _Event, events: Iterator[_Event], path: Path) -> Items:
        self.check_tag(event, Items, path)
        items: list[Node] = []
        while not isinstance(event_ := next(events), yaml.SequenceEndEvent):
            items.append(self.node(event_, events, (*path, len(items))))
        return Items(tuple(items), self.collection_span(event, event_))

    def mapping(self, event: _Event, events: Iterator[_Event], path: Path) -> Table:
        self.check_tag(event, Table, path)
        entries: dict[str, Entry] = {}
        merged: list[Table] = []
        while not isinstance(event_ := next(events), yaml.MappingEndEvent):
            key = self.key(event_, events, path)
            value = self.node(next(events), events, (*path, key.text))
            if key.text == "<<" and key.plain:
                merged += self.merge(value, key)
            elif key.text in entries:
                self.duplicate(key, entries[key.text].key, path)
            else:
                entries[key.text] = Entry(key.span, value, key.text)
        for table in merged:
            entries = {**table.entries, **entries}
        return Table(entries, self.collection_span(event, event_))

    def key(self, event: _Event, events: Iterator[_Event], path: Path) -> Scalar:
        node = self.node(event, events, (*path, "?"))
        if isinstance(node, Scalar):
            return node
        raise self.stop(event, "bad-type", "a key must be text", "quote the text if it begins with [ or {")

    def merge(self, value: Node, key: Scalar) -> list[Table]:
        tables = value.items if isinstance(value, Items) else (value,)
        good = [t for t in tables if isinstance(t, Table)]
        if len(good) < len(tables):
            self.problems.append(Problem("bad-type", "'<<' takes mappings", key.span))
        self.count += sum(len(t.entries) for t in good)
        return good

    def duplicate(self, key: Scalar, first: Span | None, path: Path) -> None:
        hint = f"first written in line {first.line}" if first else None
        message = f"'{key.text}' is written twice"
        self.problems.append(Problem("duplicate-key", message, key.span, dotted((*path, key.text)), hint))

    def scalar(self, event: _Event, path: Path) -> Scalar:
        text: str = event.value
        plain = event.implicit[0]
        span = self.span_of(event)
        if event.tag is None:
            return Scalar(resolve(text) if plain else text, text, plain, span)
        types = _SCALAR_TAGS.get(event.tag)
        value = resolve(text)
        if types and type(value) in types:
            return Scalar(value, text, plain=True, span=span)
        if event.tag in {"!", _TAG + "str"}:
            return Scalar(text, text, span=span)
        self.bad_tag(event, path)
        return Scalar(value, text, plain=True, span=span)

    def check_tag(self, event: _Event, kind: type[Node], path: Path) -> None:
        if event.tag not in {None, "!"} and _COLLECTION_TAGS.get(event.tag) is not kind:
            self.bad_tag(event, path)

    def bad_tag(self, event: _Event, path: Path) -> None:
        tag = event.tag.replace(_TAG, "!!", 1)
        message = f"the tag '{tag}' is not allowed: a spec is data only"
        self.problems.append(Problem("unknown-tag", message, self.tag_span(event), dotted(path)))

    def tag_span(self, event: _Event) -> Span:
        mark = event.start_mark
        found = re.search(r"!\S*", self.line(mark.line)[mark.column :])
        start, end = found.span() if found else (0, 1)
        return self.span_at(mark.line, mark.column + start, mark.column + end)

    def stop(self, event: _Event, code: str, message: str, hint: str | None = None) -> SpecError:
        problem = Problem(code, message, self.span_of(event), hint=hint)
        return SpecError([*self.problems, problem], self.file)

    def line(self, number: int) -> str:
        return self.lines[number] if number < len(self.lines) else ""

    def span_of(self, event: _Event) -> Span:
        start, end = event.start_mark, event.end_mark
        # Of what spans several lines, the first one is shown.
        column = end.column if end.line == start.line else len(self.line(start.line).rstrip())
        return self.span_at(start.line, start.column, column)

    def collection_span(self, start: _Event, end: _Event) -> Span:
        first, last = start.start_mark, end.end_mark
        if start.flow_style and first.line == last.line:
            return self.span_at(first.line, first.column, last.column)
        return self.span_at(first.line, first.column, len(self.line(first.line).rstrip()))

    def span_at(self, line: int, start: int, end: int) -> Span:
        if line >= len(self.lines):  # PyYAML ends a text without a last newline on a line of its own
            line, start = len(self.lines) - 1, len(self.lines[-1])
        return Span(self.file, line + 1, start + 1, max(end, start + 1) + 1, self.line(line))
