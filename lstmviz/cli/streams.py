"""Standard streams that are closed, full or read by nobody: no traceback, and no file in their place."""

from __future__ import annotations

import contextlib
import errno
import os
import sys

from lstmviz.commands.console import CODES, say
from lstmviz.errors import OutputError

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_streams() -> None:
    """Put nothing in the place of streams that are closed (``>&-``).

    Else the next file that is opened takes their number, and what a library
    writes to standard error ends in a figure.
    """
    for number, (name, mode) in enumerate(STREAMS):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != number and not _is_open(number):
                os.dup2(handle, number)
                os.close(handle)
                handle = number
            setattr(sys, name, os.fdopen(handle, mode, encoding="utf-8", errors="backslashreplace"))
        elif mode == "w" and hasattr(stream := getattr(sys, name), "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows no Chinese


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def close_streams(code: int) -> int:
    """Send out what is left on stdout; the exit code, another one if that fails."""
    try:
        sys.stdout.flush()
    except OSError as error:
        code = unheard(error, code)
    return code


def unheard(error: OSError, code: int) -> int:
    """The exit code where stdout took no more; a reader that has read enough is no error."""
    drop_stdout()
    if error.errno == errno.EPIPE:
        return code
    say(f"lstmviz: standard output: {error.strerror}")
    return CODES[OutputError]


def drop_stdout() -> None:
    """Nobody reads stdout any more: keep the interpreter from saying so."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
