"""A user's module in a process of its own: found, made, run and described.

The parent sends a request as JSON and names the file for the answer. What the
user's code prints goes to stderr; what libraries write there themselves does not.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import inspect
import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from lstmviz.errors import ChoiceError, LstmvizError, MissingDependencyError, ModelError
from lstmviz.network.foreign.opened import Opened
from lstmviz.network.foreign.opening import open_file, open_model
from lstmviz.network.record import to_record
from lstmviz.network.user.as_plan import plan_from
from lstmviz.network.user.as_spec import spec_text
from lstmviz.network.user.describe import describe
from lstmviz.network.user.input_spelling import SpelledInput
from lstmviz.network.user.input_values import inputs_of
from lstmviz.network.user.rewording import reworded
from lstmviz.network.user.running import line_of
from lstmviz.network.user.spec_input import BeyondSpecError
from lstmviz.network.user.spelling import Target
from lstmviz.network.user.values import arguments
from lstmviz.network.user.weights import load_weights
from lstmviz.suggestions import instead

AS_LOOPS = frozenset({"foreign.keras-loop", "foreign.onnx-loop"})
"""Notes on layers of another library that no layer of a spec is like."""
NEAR = 8
"""So many names that are there are said, when one is not."""


def main(
    request: str, prove: Callable[[Opened], Any] | None = None, measure: Callable[..., Any] | None = None
) -> None:
    """Answer a request: what was seen and what `measure` gives of it, or what `prove` gives.

    What goes wrong is part of the answer.
    """
    asked = json.loads(request)
    sys.dont_write_bytecode = True  # nothing is left beside the user's code
    debug = os.environ.get("LSTMVIZ_DEBUG") == "1"
    with _quiet(loud=debug):
        _limit(asked["memory"])
        try:
            answer = _answer(asked, prove, measure)
        except LstmvizError as error:
            answer = _said(error)
        except MemoryError as error:
            answer = _said(_memory(asked, error))
        except SystemExit as error:
            answer = _said(ModelError(f"the code of {asked['place']} ended Python: exit({error.code})"))
        except Exception as error:  # noqa: BLE001  (a defect of ours; still no traceback)
            answer = _said(ModelError(f"internal error: {type(error).__name__}: {error}"))
        if debug and "error" in answer:
            traceback.print_exc()
    Path(asked["answer"]).write_text(json.dumps(answer), "utf-8")


def _said(error: LstmvizError) -> dict[str, Any]:
    hint = getattr(error, "hint", None)
    message = f"{error} ({hint})" if hint else str(error)
    what, remedy = getattr(error, "what", ""), getattr(error, "remedy", "")
    return {"error": type(error).__name__, "message": message, "what": what, "remedy": remedy}


def _answer(
    asked: dict[str, Any], prove: Callable[[Opened], Any] | None, measure: Callable[..., Any] | None
) -> dict[str, Any]:
    sys.path.insert(0, os.getcwd())  # noqa: PTH109  (after lstmviz's own imports: no file here takes their place)
    os.environ.setdefault("KERAS_BACKEND", "torch")  # for a model of Keras's: it is run beside torch's
    where = Target(asked["place"], asked["name"])
    opened = _model_file(asked, where) if where.is_model else _module(asked, where)
    try:
        if prove:
            return {"proofs": prove(opened)}
        trace = opened.told(describe(opened.module, opened.inputs))
    except ModelError as error:
        if _out_of_memory(error.__cause__):
            raise _memory(asked, error) from error
        raise
    answer: dict[str, Any] = {"title": opened.title, "trace": to_record(trace)}
    try:
        plan = plan_from(reworded(trace))[0]
        answer["spec"] = spec_text(plan, opened.title, f"{where.place}:{where.name}".removesuffix(":"))
    except BeyondSpecError as error:
        loops = [note for note in opened.notes if getattr(note, "id", "") in AS_LOOPS]
        answer["why"] = [*loops, *error.reasons]
    if measure:
        answer["values"] = measure(opened, trace, asked)
    return answer


def _module(asked: dict[str, Any], where: Target) -> Opened:
    """Return the module that the user's code makes, and its inputs."""
    places, names = ast.literal_eval(asked["arguments"])
    module = module_of(found(where), where, places, names)
    if asked["weights"]:
        load_weights(module, Path(asked["weights"]))
    if asked["call"]:
        module = calling(module, asked["call"])
    return open_model(module, _inputs(asked, module))


def _model_file(asked: dict[str, Any], where: Target) -> Opened:
    """Return what is in a file that holds a model; ChoiceError for options that are of code."""
    of_code = [f"--{name}" for name in ("weights", "call") if asked[name]]
    if of_code or asked["arguments"] != "([], {})":
        raise ChoiceError(f"{where.place} is a model: it takes no {' and no '.join(of_code) or '--args'}")
    path = Path(where.place)
    if asked["make_inputs"]:
        return open_model(path, _inputs(asked, None))
    return open_file(path, [SpelledInput(**one) for one in asked["inputs"]])


def _inputs(asked: dict[str, Any], module: nn.Module | None) -> Any:
    """Return what forward takes: as the command line says it, or as the user's own code makes it."""
    if module is not None and not asked["make_inputs"]:
        given = [SpelledInput(**one) for one in asked["inputs"]]
        return inputs_of(given, module) if given else None
    where = Target(*asked["make_inputs"])
    value = found(where)
    if callable(value) and not isinstance(value, torch.Tensor | nn.Module):
        _fits(value, where, [], {})
        with _users(where.name, "was called"):
            value = value()
    return arguments(value)


def calling(module: nn.Module, name: str) -> nn.Module:
    """Return the module with another of its methods in the place of forward; ModelError if it has none."""
    method = getattr(module, name, None)
    if not inspect.ismethod(method):
        own = [n for n, value in vars(type(module)).items() if inspect.isfunction(value) and n[0] != "_"]
        others = instead(name, own, f"there is: {', '.join(own[:NEAR])}")
        raise ModelError(f"{type(module).__name__} has no method {name!r} ({others})")
    module.forward = method  # a copy of the module gets the method bound to the copy
    return module


def _out_of_memory(cause: BaseException | None) -> bool:
    return isinstance(cause, MemoryError) or "allocate memory" in str(cause)


def _memory(asked: dict[str, Any], error: BaseException) -> ModelError:
    made = ModelError(f"{asked['name']} needs more than {asked['memory']:g} GB of memory (--memory)")
    made.__cause__ = error
    return made


def _limit(gigabytes: float) -> None:
    """Give this process so much memory beyond what torch took already, where the system can."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415  (there is none on Windows)

        status = Path("/proc/self/status").read_text("utf-8")
        kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData"))
        most = kilobytes * 1024 + int(gigabytes * 2**30)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


@contextlib.contextmanager
def _quiet(*, loud: bool) -> Iterator[None]:
    """Keep libraries' own lines from the terminal; the user's prints go to stderr."""
    terminal = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1,) if loud else (1, 2):
        os.dup2(nowhere, stream)
    with (
        contextlib.redirect_stdout(terminal),
        contextlib.redirect_stderr(terminal),
        warnings.catch_warnings(),
    ):
        if not loud:
            warnings.simplefilter("ignore")
        yield
        terminal.flush()


def found(where: Target) -> Any:
    """Import what the user named; ModelError if it is not there, or cannot be imported."""
    with _users(where.place, "was imported"):
        module = _from_file(Path(where.place)) if where.is_file else _imported(where.place)
    value: Any = module
    for part in where.name.split("."):
        if not hasattr(value, part):
            raise ModelError(f"{where.place} has no {part!r} ({_instead(value, part)})")
        value = getattr(value, part)
    return value


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            hint = "a file works, too: path/to/model.py:Name"
            raise ModelError(f"there is no Python module {error.name!r} here ({hint})") from error
        raise


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ModelError(f"there is no file {path}")
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ModelError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses and pickle look a class's module up
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _users(place: str, when: str) -> Iterator[None]:
    """Turn what the user's code raises into a ModelError with its last line there."""
    try:
        yield
    except LstmvizError:
        raise
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"{error.name}, which {place} imports,", f"pip install {error.name}"
        ) from error
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        if isinstance(error, SyntaxError):
            message, at = f"SyntaxError: {error.msg}", f"{error.filename}:{error.lineno}"
        else:
            at = line_of(error)
        raise ModelError(f"{place} broke when it {when}: {message}" + (f" ({at})" if at else "")) from error


def _instead(value: Any, name: str) -> str:
    models = [n for n, v in vars(value).items() if (inspect.isclass(v) and issubclass(v, nn.Module))
              or isinstance(v, nn.Module)]  # fmt: skip
    others = f"there is: {', '.join(models[:NEAR])}" if models else "and no nn.Module at all"
    return instead(name, [*models, *vars(value)], others)


def module_of(value: Any, where: Target, args: list[Any], kwargs: dict[str, Any]) -> nn.Module:
    """Return the module itself: it is one, or a class or factory makes it."""
    if isinstance(value, nn.Module):
        if args or kwargs:
            raise ChoiceError(f"{where.name} is a module already: it takes no --args")
        return value
    if not callable(value):
        raise ModelError(
            f"{where.name} is a {type(value).__name__}, not a module, a class or a function that makes one"
        )
    _fits(value, where, args, kwargs)
    with _users(where.name, "was made"):
        made = value(*args, **kwargs)
    if not isinstance(made, nn.Module):
        raise ModelError(f"{where.name}() gives a {type(made).__name__}, not an nn.Module")
    return made


def _fits(make: Callable[..., Any], where: Target, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Complain of arguments that are missing, or that there are not."""
    try:
        signature = inspect.signature(make)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        named = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
        needed = [n for n, p in signature.parameters.items() if p.default is p.empty and p.kind in named]
        wanted = ",".join(f"{name}=…" for name in needed)
        hint = f"give --args {wanted}" if wanted else f"it is {where.name}{signature}"
        raise ChoiceError(f"{where.name}: {error} ({hint})") from error
