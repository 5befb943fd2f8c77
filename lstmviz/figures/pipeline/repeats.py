"""Blocks that repeat, drawn once and counted: ``× 6``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.pipeline.flow import GroupName, PipelineNode
from lstmviz.network.structure import full_name
from lstmviz.scene import ids

LEAST = 3
"""So often a block has to come, one after the other, to be drawn once."""

Places = dict[str, tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Folded:
    """The parts with repeated blocks drawn once.

    `repeats` says for whom else a part stands, `groups` what is written at the
    group of a block, `renamed` which drawn tensor stands for one of the last block.
    """

    parts: list[PipelineNode]
    repeats: dict[str, tuple[str, ...]]
    groups: dict[str, GroupName]
    renamed: dict[str, str]


def folded(parts: Sequence[PipelineNode], results: set[str]) -> Folded:
    """The parts with repeated blocks drawn once.

    A block repeats if what follows does the same to the same sizes, reads the
    block before it as that one read the one before, and nothing else reads
    what stands in the middle.
    """
    out: list[PipelineNode] = list(parts)
    repeats: dict[str, tuple[str, ...]] = {}
    groups: dict[str, GroupName] = {}
    names: dict[str, str] = {}
    at = 0
    while at < len(out):
        run = _longest(out, at, results)
        if run is None:
            at += 1
            continue
        period, times = run
        block, rest = out[at : at + period], out[at + period : at + period * times]
        renamed = _renamed(out, at, period, times)
        names |= renamed
        name, ends = _group_of(block, rest)
        begins = (block[0].name, *(part.name for part in rest[::period]))
        groups[name] = GroupName(*ends, times=times, blocks=begins)
        for k, part in enumerate(block):
            repeats[part.name] = tuple(p.name for p in rest[k::period])
            inside = part.inside if name in part.inside else (*part.inside, name)
            block[k] = replace(part, inside=inside)
        after = [replace(p, reads=tuple(dict.fromkeys(renamed.get(r, r) for r in p.reads)))
                 for p in out[at + period * times :]]  # fmt: skip
        keeps = {renamed.get(r, r) for p in after for r in p.reads} | {renamed.get(r, r) for r in results}
        block = [replace(p, given=tuple(g for g in p.given if g[0] in keeps or _read(g[0], block)) or p.given)
                 for p in block]  # fmt: skip
        out = [*out[:at], *block, *after]
        at += period
    return Folded(out, repeats, groups, names)


def _read(name: str, block: Sequence[PipelineNode]) -> bool:
    return any(name in part.reads for part in block)


def _longest(parts: Sequence[PipelineNode], at: int, results: set[str]) -> tuple[int, int] | None:
    """The block that begins here and covers most: its length, and how often it comes."""
    best: tuple[int, int] | None = None
    for period in range(1, (len(parts) - at) // LEAST + 1):
        times = 1
        while _continues(parts, at, period, times):
            times += 1
        while times >= LEAST and not _closed(parts, at, period, times, results):
            times -= 1
        if times >= LEAST and (best is None or period * times > best[0] * best[1]):
            best = (period, times)
    return best


def _continues(parts: Sequence[PipelineNode], at: int, period: int, times: int) -> bool:
    """Whether the block after so many is like the one before it."""
    start = at + period * times
    if start + period > len(parts):
        return False
    old, new = parts[start - period : start], parts[start : start + period]
    if any(a.does != b.does for a, b in zip(old, new, strict=True)):
        return False
    if [p.inside[:-1] for p in old] != [p.inside[:-1] for p in new] and [p.inside for p in old] != [
        p.inside for p in new
    ]:
        return False
    before = _places(parts[start - 2 * period : start - period]) if times > 1 else None
    return _reads_alike(old, new, before)


def _reads_alike(old: Sequence[PipelineNode], new: Sequence[PipelineNode], before: Places | None) -> bool:
    """Whether a block reads the one before it as that one read what stood `before` it.

    The first block may read anything in the place of a block before it.
    """
    ways: dict[str, str] = {}
    mine, given = _places(old), _places(new)
    for a, b in zip(old, new, strict=True):
        if len(a.reads) != len(b.reads):
            return False
        for one, two in zip(a.reads, b.reads, strict=True):
            if one in mine or two in given:
                same = mine.get(one) == given.get(two)
            elif two in mine:
                first = ways.setdefault(two, one) == one
                same = first if before is None else before.get(one) == mine[two]
            else:
                same = one == two
            if not same:
                return False
    return bool(ways) and len(set(ways.values())) == len(ways)


def _places(block: Sequence[PipelineNode]) -> Places:
    """Every tensor of a block by its full name, with where in the block it is made."""
    return {
        full_name(stage, tensor): (k, j, tensor.name)
        for k, part in enumerate(block)
        for j, stage in enumerate(part.stages)
        for tensor in stage.outputs
    }


def _closed(parts: Sequence[PipelineNode], at: int, period: int, times: int, results: set[str]) -> bool:
    """Whether nothing outside reads the blocks, the last one aside, nor do they read what comes later."""
    end = at + period * times
    middle = {name for part in parts[at : end - period] for name, _ in part.given}
    later = {name for part in parts[end:] for name, _ in part.given}
    outside = {name for part in (*parts[:at], *parts[end:]) for name in part.reads} | results
    inner = {name for part in parts[at:end] for name in part.reads}
    whole = _whole_groups([*parts[:at], *parts[end:]], parts[at:end], parts[at : at + period])
    return not middle & outside and not later & inner and whole


def _whole_groups(
    outside: Sequence[PipelineNode], inside: Sequence[PipelineNode], block: Sequence[PipelineNode]
) -> bool:
    """Whether no group reaches over the border of a block without holding all blocks."""
    for group in {g for part in block for g in part.inside}:
        everywhere = all(group in part.inside for part in inside)
        if not everywhere and any(group in part.inside for part in outside):
            return False
        if not everywhere and any(group in part.inside for part in inside if part not in block):
            return False
    return True


def _renamed(parts: Sequence[PipelineNode], at: int, period: int, times: int) -> dict[str, str]:
    """The tensors of the last block under the names of the first."""
    first, last = parts[at : at + period], parts[at + period * (times - 1) : at + period * times]
    names = {place: name for name, place in _places(first).items()}
    return {name: names[place] for name, place in _places(last).items()}


def _group_of(block: Sequence[PipelineNode], rest: Sequence[PipelineNode]) -> tuple[str, tuple[str, str]]:
    """The group of a block: the module that it is, or a new one; and its name, from which to which."""
    common = [g for g in block[0].inside if all(g in part.inside for part in block)]
    own = [g for g in common if not any(g in part.inside for part in rest)]
    last = rest[-len(block) :]
    if own:
        return own[0], _spanned(own[0], next(g for g in last[0].inside if g not in block[0].inside))
    first = next((part for part in block if part.stage is None or "." in part.name), block[0])
    return ids.named("repeat", block[0].name), _spanned(first.name, last[block.index(first)].name)


def _spanned(first: str, last: str) -> tuple[str, str]:
    """From one name to another: ``layers.0 … 5``, ``body.0.norm … body.5.norm``."""
    head, _, end = last.rpartition(".")
    return first, end if first.rpartition(".")[0] == head else last
