"""The same bytes in any order, folder, language and time zone, with a system's fonts and without."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys

import pytest

from lstmviz.backends.choices import BACKENDS
from tests.conftest import ROOT

SPECS = ("bilstm", "weather", "cell")
NAMESPACE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
BARE = [*NAMESPACE, "sh", "-c", 'mount -t tmpfs none /usr/share/fonts && exec "$@"', "sh"]
"""A system without fonts of its own."""


def may_mount():
    """Whether this user may hide the fonts from a process."""
    tried = (
        subprocess.run([*BARE, "true"], capture_output=True, check=False) if shutil.which("unshare") else None
    )
    return tried is not None and tried.returncode == 0


def drawn(folder, backend, specs=SPECS, before=(), **surroundings):
    """The hash of every file that a process of its own draws."""
    folder.mkdir()
    env = {**os.environ, "PYTHONPATH": str(ROOT), **surroundings}
    done = subprocess.run(
        [*before, sys.executable, "-m", "lstmviz", "render", *(str(ROOT / f"specs/{s}.yaml") for s in specs),
         "-f", "svg,pdf,png", "--dpi", "72", "-o", "out", "--backend", backend],
        cwd=folder, env={k: v for k, v in env.items() if v is not None},
        capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (folder / "out").iterdir()}


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_same_everywhere(tmp_path, backend):
    specs = SPECS if backend == "graphviz" else SPECS[1:]  # Matplotlib takes its time
    usual = drawn(tmp_path / "usual", backend, specs, PYTHONHASHSEED="1", LC_ALL="C", LANG=None)
    assert len(usual) >= 3 * len(specs)
    # what is cached comes before a backend is asked: a cache of its own is tried once
    own = {"LSTMVIZ_CACHE_DIR": str(tmp_path / "a cache of its own, Ürümqi")} if specs is SPECS else {}
    other = drawn(
        tmp_path / "another folder, 成都", backend, specs[::-1],
        BARE if may_mount() else (),
        PYTHONHASHSEED="2", LC_ALL="C.UTF-8", LANG="tr_TR.UTF-8", TZ="Asia/Urumqi", HOME="/nonexistent",
        COLUMNS="40", NO_COLOR="1", PYTHONWARNINGS="default", **own,
    )  # fmt: skip
    assert other == usual
