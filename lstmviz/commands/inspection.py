"""A user's module inspected from outside: its code runs in a process of its own, with limits."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmviz.errors import ChoiceError, LstmvizError, MissingDependencyError, ModelError
from lstmviz.figures.base import Subject
from lstmviz.network.record import from_record
from lstmviz.network.user.input_spelling import given
from lstmviz.network.user.spelling import arguments, target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.network.structure import Trace

BOOT = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from lstmviz.network.user.guest import main; main(sys.stdin.read())"
)
"""The program of the process. Python's safe path keeps files of the working directory from taking the place
of lstmviz's own imports."""

SECONDS, GIGABYTES = 60.0, 4.0
ERRORS: dict[str, type[LstmvizError]] = {"ChoiceError": ChoiceError, "ModelError": ModelError}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a user's module may take: seconds altogether, and GB beyond what torch itself takes."""

    seconds: float = SECONDS
    gigabytes: float = GIGABYTES


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was seen of a module: also the text of a `spec` of the same model, else `why` there is none."""

    name: str
    title: str
    trace: Trace
    spec: str | None
    why: tuple[str, ...]

    @property
    def subject(self) -> Subject:
        """What figures are about."""
        return Subject(self.trace, None, self.title)


def inspect(
    place: str,
    inputs: Sequence[str],
    *,
    dtypes: Sequence[str] = (),
    args: Sequence[str] = (),
    make_inputs: str = "",
    call: str = "",
    weights: str = "",
    limits: Limits = Limits(),
) -> Inspected:
    """Run the module that ``pkg.module:Attr`` or ``path/model.py:Attr`` names, or the model in a file.

    This imports the code that is named. `inputs` are sizes, ``4,5,8``, or values, or
    `make_inputs` names a function (or value) like the module that gives them. `call` is a
    method to run instead of forward, `weights` a file with a state dict. Raises
    ChoiceError, ModelError, and MissingDependencyError for what that code imports and is not there.
    """
    where = target(place)
    maker = target(make_inputs) if make_inputs else None
    name = Path(place).stem if where.is_model else where.name
    request = {
        "place": where.place,
        "name": where.name,
        "arguments": _literal(arguments(tuple(args))),
        "inputs": [asdict(one) for one in given(inputs, dtypes)],
        "make_inputs": [maker.place, maker.name] if maker else None,
        "call": call,
        "weights": weights,
        "memory": limits.gigabytes,
    }
    with tempfile.TemporaryDirectory(prefix="lstmviz-") as folder:
        answer = _asked(request | {"answer": str(Path(folder) / "answer.json")}, name, limits)
    return Inspected(
        name.rpartition(".")[2],
        answer["title"],
        from_record(answer["trace"]),
        answer.get("spec"),
        tuple(answer.get("why", ())),
    )


def _literal(arguments: tuple[list[Any], dict[str, Any]]) -> str:
    """Return the arguments as a Python literal (JSON has no tuples); ChoiceError for what is none."""
    text = repr(arguments)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError) as error:
        raise ChoiceError(f"--args holds what is no plain value: {text}") from error
    return text


def _asked(request: dict[str, Any], name: str, limits: Limits) -> dict[str, Any]:
    """Start the process, wait as long as it may take, and read its answer."""
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-P", "-c", BOOT, root]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
    try:
        process.communicate(json.dumps(request).encode(), timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        raise ModelError(f"{name} did not end within {limits.seconds:g} s (--timeout)") from None
    finally:
        _end(process)
    answer = Path(request["answer"])
    if not answer.is_file():
        raise ModelError(_died(name, process.returncode))
    said: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    if said.get("error") == "MissingDependencyError":
        raise MissingDependencyError(said["what"], said["remedy"])
    if "error" in said:
        raise ERRORS.get(said["error"], ModelError)(said["message"])
    return said


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _died(name: str, code: int) -> str:
    if code >= 0:
        return f"the process of {name} ended without an answer (exit code {code})"
    with contextlib.suppress(ValueError):
        return f"the process of {name} was stopped by {signal.Signals(-code).name}"
    return f"the process of {name} was stopped by signal {-code}"
