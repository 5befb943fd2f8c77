"""Which of the user's functions were running when something was called, and where in their code."""

from __future__ import annotations

import dis
import functools
import os
import sys
from collections.abc import Iterator, Mapping
from types import CodeType, FrameType
from typing import Any, Literal

import torch
from torch import nn

from lstmviz.network.user.events import Call, Event, Source
from lstmviz.network.user.origins import Origins

TORCH = os.path.dirname(torch.__file__) + os.sep  # noqa: PTH120 (compared with frames' file names)
OWN = os.path.dirname(__file__) + os.sep  # noqa: PTH120
PLUMBING = frozenset(
    {"_call_impl", "_wrapped_call_impl", "__torch_function__", "_fn", "fn", "forward", "wrapped", "inner"}
)
AGAIN = (2, 3)
"""At which visits of a place names are looked up: in the first rounds of a loop that begin with a state."""
HOLD = (list, tuple, dict)
"""What can hold a tensor that has a name."""
FEW = 8
"""Tensors in longer lists are not looked up."""
USUAL = frozenset(vars(nn.Module()))
"""What every module holds."""
Home = Literal["user", "torch", "own"]


class Callers:
    """The user's functions that are running, and the tree of what they called so far."""

    def __init__(self) -> None:
        self.root: Call | None = None
        self.torch: FrameType | None = None
        """torch's own function that the user's code has called just now."""
        self._base: FrameType | None = None
        self._frames: list[FrameType] = []
        self._calls: list[Call] = []
        self._now: list[FrameType] = []
        self._visits: dict[tuple[Any, ...], int] = {}
        self._begun: dict[tuple[Any, ...], int] = {}
        """How often each place had been visited when the last new module began, but for once."""
        self._homes: dict[str, Home] = {}
        self._users: list[FrameType] = []

    def begin(self) -> None:
        """Take the function outside of this package that runs the model for the one where frames end."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
        while frame is not None and self._home(frame.f_code.co_filename) == "own":
            frame = frame.f_back
        self._base = frame

    def look(self) -> None:
        """Read the frames from the call that is made now out to the model's own forward."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
        self.torch, base, homes = None, self._base, self._homes
        now: list[FrameType] = []
        users: list[FrameType] = []
        while frame is not None and frame is not base:
            code = frame.f_code
            home = homes.get(code.co_filename) or self._home(code.co_filename)
            if home == "user":
                now.append(frame)
                users.append(frame)
            elif home == "torch":
                now.append(frame)
                if not users and not _plumbing(code.co_name):
                    self.torch = frame
            frame = frame.f_back
        now.reverse()
        users.reverse()
        self._now, self._users = now, users

    @property
    def where(self) -> str:
        """The line of the user's code that was running at the last look."""
        if not self._users:
            return ""
        return _line(self._users[-1].f_code.co_filename, self._users[-1].f_lineno)

    def _home(self, name: str) -> Home:
        own: Home = "own" if name.startswith(OWN) else "torch" if name.startswith(TORCH) else "user"
        return self._homes.setdefault(name, own)

    def add(self, event: Event, *, operator: bool = False) -> None:
        """Put a call in its place in the tree: under the functions that were running at the last look.

        An `operator` that no instruction of its own stands for is called by a builtin, ``sum(parts)``:
        what one such call does is kept together.
        """
        same = 0
        for old, new in zip(self._frames, self._now, strict=False):
            if old is not new:
                break
            same += 1
        self._calls = self._calls[: same + 1] or [Call(_nothing.__code__)]
        self.root = self._calls[0]
        places = [0, *(frame.f_lasti for frame in self._now)]
        for frame, at in zip(self._now[same:], places[same:], strict=False):
            call = Call(frame.f_code)
            self._calls[-1].children.append((at, call))
            self._calls.append(call)
        self._place(places[-1], event, builtin=operator and _is_call(self._now[-1]))
        self._frames = self._now  # as long as these are held, no other frame is one of them

    def _place(self, at: int, event: Event, *, builtin: bool) -> None:
        siblings = self._calls[-1].children
        if not builtin:
            siblings.append((at, event))
        elif siblings and siblings[-1][0] == at and isinstance(last := siblings[-1][1], Call):
            last.children.append((0, event))
        else:
            siblings.append((at, Call(_nothing.__code__, [(0, event)])))

    def again(self, call: tuple[Any, ...], module: str = "") -> bool:
        """Whether the same call is made here once more, so that names say what is handed on.

        Where a `module` is called for the first time, another layer may begin in the same code.
        """
        path = (call, *[(id(frame.f_code), frame.f_lasti) for frame in self._now])
        visits = self._visits.get(path, 0) + 1
        if module and visits == 1:
            self._begun = {path: count - 1 for path, count in self._visits.items()}
        self._visits[path] = visits
        return visits - self._begun.get(path, 0) in AGAIN

    def names(
        self, wanted: set[Source], origins: Origins
    ) -> Mapping[Source, tuple[tuple[CodeType, str], ...]]:
        """Return what each function that is running calls the tensors that come from these places."""
        found: dict[Source, list[tuple[CodeType, str]]] = {}
        for frame in self._users:
            said: dict[Source, str] = {}
            for name, tensor in _named(frame):
                for source in origins.of(tensor):
                    if source in wanted:
                        said.setdefault(source, name)
                if len(said) == len(wanted):
                    break
            for source, name in said.items():
                found.setdefault(source, []).append((frame.f_code, name))
        return {source: tuple(names) for source, names in found.items()}

    def forget(self) -> None:
        """Let go of the frames, and of all that they hold."""
        self._frames, self._now, self._users, self.torch, self._base = [], [], [], None, None


def _nothing() -> None: ...


@functools.lru_cache(maxsize=4096)
def _line(file: str, number: int) -> str:
    return f"{os.path.basename(file)}:{number}"  # noqa: PTH119


def _is_call(frame: FrameType) -> bool:
    """Whether a function is calling something just now, and not adding, indexing or comparing."""
    return "CALL" in _instructions(frame.f_code).get(frame.f_lasti, "")


@functools.lru_cache(maxsize=1024)
def _instructions(code: CodeType) -> Mapping[int, str]:
    return {one.offset: one.opname for one in dis.get_instructions(code)}


def _plumbing(name: str) -> bool:
    return name in PLUMBING or name.startswith("handle_torch")


def _named(frame: FrameType) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors that local variables hold, those on `self`, then those in short lists of both."""
    values = frame.f_locals
    name = next(iter(frame.f_code.co_varnames[: frame.f_code.co_argcount]), "")
    own = values.get(name)
    held = vars(own) if isinstance(own, nn.Module) else {}
    held = held | held.get("_buffers", {})
    few: list[tuple[str, Any]] = []
    every = [*values.items(), *((f"self.{n}", held[n]) for n in held if n not in USUAL)]
    for name, value in every:
        if isinstance(value, HOLD):
            few += [(name, value)] if 0 < len(value) <= FEW else []
        elif isinstance(value, torch.Tensor):
            yield name, value
    for name, value in few:
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        parts = [(place, part) for place, part in inside if isinstance(part, torch.Tensor)]
        yield from ((f"{name}[{place!r}]", part) for place, part in parts)
