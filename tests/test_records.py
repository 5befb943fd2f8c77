"""Records: what a frozen dataclass can, at the speed of one that is not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lstmviz.records import record


@dataclass(frozen=True, slots=True)
class Frozen:
    name: str
    by: float = 0.0


@record(frozen=True, slots=True)
class Record:
    name: str
    by: float = 0.0


def test_a_record_is_equal_and_hashed_as_a_frozen_dataclass_is():
    one = Record("h", 0.5)
    assert one == Record("h", 0.5) != Record("h")
    assert len({one, Record("h", 0.5), Record("h"), replace(one, by=0.0)}) == 2
    assert hash(one) == hash(Frozen("h", 0.5))
    assert repr(one) == repr(Frozen("h", 0.5)).replace("Frozen", "Record")


def test_a_record_has_slots_and_no_more_fields():
    assert not hasattr(Record("h"), "__dict__")
    assert Record.__slots__ == Frozen.__slots__


def test_no_field_is_set_through_object():
    """What makes a frozen dataclass slow."""
    names = {name for method in (Record.__init__, Frozen.__init__) for name in method.__code__.co_names}
    assert "__setattr__" in names or "__dataclass_builtins_object__" in names
    assert not {"__setattr__", "__dataclass_builtins_object__"} & {*Record.__init__.__code__.co_names}
