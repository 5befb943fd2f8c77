"""Files whole or not at all, and what killed writers leave."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from lstmviz import store

STUCK = """
import sys, time
from pathlib import Path
from lstmviz import store
handle, beside = store._begun(Path(sys.argv[1]))
print(beside, flush=True)
time.sleep(600)
"""


@pytest.fixture
def writer(tmp_path):
    """Another process with an unfinished file in this folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_file_of_a_writer_at_work_stays_and_that_of_a_killed_one_goes(tmp_path, writer):
    store.sweep(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    writer.kill()
    writer.wait()
    store.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_unfinished_files_are_swept_away(tmp_path):
    (tmp_path / ".lstmviz-notes").write_text("mine")
    (tmp_path / ".lstmviz-0123456789ab").mkdir()
    (tmp_path / ".lstmviz-0123456789ac").symlink_to(tmp_path / ".lstmviz-notes")
    os.mkfifo(tmp_path / ".lstmviz-0123456789ad")
    store.sweep(tmp_path)
    assert len(list(tmp_path.iterdir())) == 4
    assert (tmp_path / ".lstmviz-notes").read_text() == "mine"
    store.sweep(tmp_path / "nowhere")


def test_a_file_swept_away_before_it_was_locked_is_begun_again(tmp_path, monkeypatch):
    real, swept = store._locked, []

    def late(handle):
        if not swept:
            store.sweep(tmp_path)
            swept.append(handle)
        return real(handle)

    monkeypatch.setattr(store, "_locked", late)
    store.put(tmp_path / "a", b"whole")
    assert swept
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"whole"


def test_writers_and_sweepers_at_once(tmp_path):
    faults = []

    def work(turn):
        try:
            for i in range(60):
                store.put(tmp_path / f"{turn % 3}", f"{turn} {i}".encode() * 99)
                store.sweep(tmp_path)
        except OSError as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0", "1", "2"]
    for path in tmp_path.iterdir():
        text = path.read_text()
        assert text == text[: len(text) // 99] * 99


def test_what_is_remembered_is_made_once_and_again_when_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(tmp_path))
    made = []

    def make():
        made.append(1)
        return b"data"

    for _ in range(2):
        assert store.remembered("place", "bin", "a key", make) == b"data"
    assert len(made) == 1
    (file,) = (tmp_path / "place").iterdir()
    for damage in (b"", b"\0" * 40, file.read_bytes()[:-1], file.read_bytes() + b"x"):
        file.write_bytes(damage)
        assert store.remembered("place", "bin", "a key", make) == b"data"
    assert len(made) == 5
    assert store.remembered("place", "bin", "another key", make) == b"data"
    assert len(made) == 6


def test_what_is_remembered_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(store, "MOST", 3)
    for i in range(6):
        store.remembered("place", "bin", str(i), lambda: b"data")
    assert len(list((tmp_path / "place").iterdir())) == 3


def test_without_a_cache_it_is_made_each_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert store.remembered("place", "bin", "a key", lambda: b"data") == b"data"


@pytest.mark.parametrize("package", ["torch", "click", "lstmviz"])
def test_versions(package):
    from importlib import metadata

    assert store.version(package) == metadata.version(package)


def test_no_package_has_no_version():
    assert store.version("no-such-package") == "unknown"


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def endless(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def huge(path):
    os.truncate(path, 2 * store.LARGEST)


def folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("instead", [pipe, endless, huge, folder])
def test_what_is_no_entry_is_not_waited_for(tmp_path, monkeypatch, instead):
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(tmp_path))
    store.remembered("place", "bin", "a key", lambda: b"data")
    (entry,) = (tmp_path / "place").iterdir()
    instead(entry)
    assert store.remembered("place", "bin", "a key", lambda: b"data") == b"data"
    assert entry.is_dir() if instead is folder else store.verified(store.kept(entry, 99)) == b"data"
