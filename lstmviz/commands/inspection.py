"""A user's module inspected from outside: its code runs in a process of its own, with limits."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lstmviz.errors import TORCH, ChoiceError, LstmvizError, MissingDependencyError, ModelError
from lstmviz.figures.base import Subject
from lstmviz.network.record import from_record
from lstmviz.network.structure import Trace
from lstmviz.network.user.input_spelling import given
from lstmviz.network.user.spelling import arguments, target
from lstmviz.network.values import known
from lstmviz.network.values.known import Known
from lstmviz.proof.verdict import Unproven
from lstmviz.view import Proof

BOOT = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from lstmviz.network.user.module_process import main; main(sys.stdin.read())"
)
"""The program of the process. Python's safe path keeps files of the working directory from taking the place
of lstmviz's own imports."""
PROVING = (
    "import sys; sys.path.append(sys.argv[1]); from lstmviz.checking import records; "
    "from lstmviz.network.user.module_process import main; main(sys.stdin.read(), records)"
)
"""The same, for proofs of what it runs."""

MEASURING = (
    "import sys; sys.path.append(sys.argv[1]); from lstmviz.checking import values; "
    "from lstmviz.network.user.module_process import main; main(sys.stdin.read(), measure=values)"
)
"""The same, with the values that figures of it draw."""

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
    values: Known | None = None
    """What was measured of it, if figures were to draw that."""

    @property
    def subject(self) -> Subject:
        """What figures are about."""
        values = self.values
        return Subject(self.trace, None, self.title, None if values is None else lambda: values)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be run: the module that ``pkg.module:Attr`` or ``model.py:Attr`` names, or a model's file.

    `inputs` are sizes, ``4,5,8``, or values, or `make_inputs` names a function (or value) like the
    module that gives them. `call` is a method to run instead of forward, `weights` a file with a
    state dict.
    """

    place: str
    inputs: Sequence[str] = ()
    dtypes: Sequence[str] = ()
    args: Sequence[str] = ()
    make_inputs: str = ""
    call: str = ""
    weights: str = ""
    limits: Limits = Limits()
    figures: Sequence[tuple[str, dict[str, Any]]] = ()
    """The figures that draw values of the run, each a kind with its options."""

    @property
    def name(self) -> str:
        """What figures' files are named after."""
        where = target(self.place)
        return Path(self.place).stem if where.is_model else where.name.rpartition(".")[2]

    def request(self) -> dict[str, Any]:
        """The same as JSON; ChoiceError for what cannot be read."""
        where = target(self.place)
        maker = target(self.make_inputs) if self.make_inputs else None
        return {
            "place": where.place,
            "name": where.name,
            "arguments": _literal(arguments(tuple(self.args))),
            "inputs": [asdict(one) for one in given(self.inputs, self.dtypes)],
            "make_inputs": [maker.place, maker.name] if maker else None,
            "call": self.call,
            "weights": self.weights,
            "memory": self.limits.gigabytes,
            "figures": list(self.figures),
        }


def inspect(place: str, inputs: Sequence[str], **more: Any) -> Inspected:
    """Run a module and return what was seen; `more` is what `Asked` takes."""
    return inspected(Asked(place, inputs, **more))


def inspected(asked: Asked) -> Inspected:
    """Run a module, and return what was seen.

    This imports the code that is named. Raises ChoiceError, ModelError, and
    MissingDependencyError for what that code imports and is not there.
    """
    answer = _answer(asked, MEASURING if asked.figures else BOOT)
    trace, why = from_record(answer["trace"]), tuple(answer.get("why", ()))
    values = known.from_record(answer["values"]) if asked.figures else None
    return Inspected(asked.name, answer["title"], trace, answer.get("spec"), why, values)


def proofs(asked: Asked) -> list[Proof]:
    """Run a module, and prove every kind of figure that can show it; raises what `inspected` does."""
    said = _answer(asked, PROVING)["proofs"]
    for one in said:
        one["faults"] = tuple(one["faults"])
        one["unproven"] = tuple(Unproven(**left) for left in one["unproven"])
    return [Proof(**one) for one in said]


def _literal(arguments: tuple[list[Any], dict[str, Any]]) -> str:
    """Return the arguments as a Python literal (JSON has no tuples); ChoiceError for what is none."""
    text = repr(arguments)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError) as error:
        raise ChoiceError(f"--args holds what is no plain value: {text}") from error
    return text


def _answer(asked: Asked, program: str) -> dict[str, Any]:
    """Start the process, wait as long as it may take, and read its answer."""
    if importlib.util.find_spec("torch") is None:
        raise MissingDependencyError("torch", TORCH)
    with tempfile.TemporaryDirectory(prefix="lstmviz-") as folder:
        request = asked.request() | {"answer": str(Path(folder) / "answer.json")}
        return _run(request, asked, [sys.executable, "-P", "-c", program, str(Path(__file__).parents[2])])


def _run(request: dict[str, Any], asked: Asked, command: list[str]) -> dict[str, Any]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
    try:
        process.communicate(json.dumps(request).encode(), timeout=asked.limits.seconds)
    except subprocess.TimeoutExpired:
        raise ModelError(f"{asked.name} did not end within {asked.limits.seconds:g} s (--timeout)") from None
    finally:
        _end(process)
    answer = Path(request["answer"])
    if not answer.is_file():
        raise ModelError(_died(asked.name, process.returncode))
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
