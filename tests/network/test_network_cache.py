"""The cache: the same trace without torch, never a wrong one, never an error."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lstmviz import store
from lstmviz.errors import MissingDependencyError, ModelError
from lstmviz.network import cache, trace
from lstmviz.network.plan import plan_of
from lstmviz.network.record import from_record, to_record
from lstmviz.spec import load

LSTM = ("lstm", {"hidden_size": 4})


@pytest.fixture
def runs(monkeypatch):
    """How often the model really ran."""
    count = []
    real = trace.trace_plan
    monkeypatch.setattr(trace, "trace_plan", lambda plan: (count.append(1), real(plan))[1])
    return count


def entries(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_second_trace_does_not_run(spec, sequence, runs, cache_folder):
    made = spec(sequence, LSTM, ("view", {"sizes": (-1, 4)}))
    first = cache.traced(made)
    assert cache.traced(made) == first
    assert len(runs) == 1
    assert len(entries(cache_folder)) == 1


def test_a_second_trace_needs_no_torch(spec, sequence, monkeypatch):
    made = spec(sequence, LSTM)
    first = cache.traced(made)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert cache.traced(made) == first
    with pytest.raises(MissingDependencyError) as caught:
        cache.traced(made, use_cache=False)
    assert caught.value.what == "torch"
    assert isinstance(caught.value.__cause__, ImportError)


def test_without_cache_the_model_runs_and_is_kept(spec, sequence, runs):
    made = spec(sequence, LSTM)
    for _ in range(2):
        cache.traced(made, use_cache=False)
    assert len(runs) == 2
    cache.traced(made)
    assert len(runs) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 5},
        {"timesteps": 4},
        {"features": 2},
        {"batch_first": True},
        {"states": "given"},
        {"lengths": (5, 1, 1, 1, 1, 1)},
        {"hidden_size": 3},
        {"num_layers": 2},
        {"dropout": 0.5},
        {"name": "encoder"},
        {"type": "gru"},
    ],
    ids=str,
)
def test_every_part_of_the_model_counts(spec, sequence, runs, change):
    cache.traced(spec(sequence, LSTM))
    kind, name = change.pop("type", "lstm"), change.pop("name", "lstm")
    inputs = {
        key: value for key, value in change.items() if key in {*sequence, "batch_first", "states", "lengths"}
    }
    options = {key: value for key, value in change.items() if key not in inputs}
    cache.traced(spec({**sequence, **inputs}, (kind, {"hidden_size": 4, **options}, name)))
    assert len(runs) == 2


def test_what_is_only_written_beside_the_axes_does_not_count(spec, sequence, runs):
    cache.traced(spec(sequence, LSTM))
    made = spec({**sequence, "feature_names": ("a", "b", "c"), "axes": {"time": {"name": "days"}}}, LSTM)
    made.title, made.figures = "Weather", ("grid",)
    cache.traced(made)
    assert len(runs) == 1


@pytest.mark.parametrize("what", ["torch", "lstmviz"])
def test_versions_count(spec, sequence, runs, monkeypatch, what):
    made = spec(sequence, LSTM)
    cache.traced(made)
    real = cache.version
    monkeypatch.setattr(cache, "version", lambda package: "9.9" if package == what else real(package))
    cache.traced(made)
    assert len(runs) == 2


def test_without_torch_the_traces_of_any_count(spec, sequence, runs, monkeypatch):
    made = spec(sequence, LSTM)
    first = cache.traced(made)
    real = cache.version
    monkeypatch.setattr(cache, "version", lambda package: "unknown" if package == "torch" else real(package))
    monkeypatch.setitem(sys.modules, "torch", None)
    assert cache.traced(made) == first
    with pytest.raises(MissingDependencyError, match="uv pip install --torch-backend cpu torch"):
        cache.traced(spec({**sequence, "timesteps": 9}, LSTM))


def test_so_does_the_code(spec, sequence, runs, monkeypatch):
    cache.traced(spec(sequence, LSTM))
    monkeypatch.setattr(cache, "code", lambda *_: "changed")
    cache.traced(spec(sequence, LSTM))
    assert len(runs) == 2


def halved(text):
    return text[: len(text) // 2]


def lying(text):
    return text.replace('"sizes": [5, 6, 4]', '"sizes": [5, 6, 5]')


def foreign(text):
    return json.dumps({**json.loads(text), "trace": {"stages": 3}})


@pytest.mark.parametrize(
    "damage", [halved, lying, foreign, lambda _: "", lambda _: "[]", lambda _: "[" * 9999]
)
def test_a_damaged_entry_is_ignored_and_replaced(spec, sequence, runs, cache_folder, damage):
    made = spec(sequence, LSTM)
    first = cache.traced(made)
    (entry,) = cache_folder.iterdir()
    text = entry.read_text()
    assert damage(text) != text
    entry.write_text(damage(text))
    assert cache.traced(made) == first
    assert len(runs) == 2
    assert entry.read_text() == text


def test_a_binary_entry_is_ignored(spec, sequence, runs, cache_folder):
    made = spec(sequence, LSTM)
    cache.traced(made)
    next(cache_folder.iterdir()).write_bytes(b"\xff\xfe\x00" * 99)
    cache.traced(made)
    assert len(runs) == 2


BENT = {
    "layers": ("recurrent", 0, "num_layers", 10**9),
    "directions": ("recurrent", 0, "bidirectional", True),
    "cell": ("recurrent", 0, "type", "gru"),
    "steps": ("recurrent", 0, "timesteps", 10**9),
    "samples": ("recurrent", 0, "batch_size", []),
    "name": ("recurrent", 0, "name", "other"),
    "input": ("input", "sizes", 0, 10**9),
    "no stages": ("stages", []),
    "nothing taken": ("stages", 0, "inputs", []),
    "no room": ("stages", 0, "outputs", 0, "sizes", 0, -1),
    "decoder": ("recurrent", 1, "timesteps", 10**9),
}


@pytest.mark.parametrize("name", BENT)
def test_an_entry_about_another_model_is_ignored(spec, sequence, runs, cache_folder, name):
    """Even one whose digest is right."""
    decoder = ("decoder", {"cell": "lstm", "hidden_size": 4, "steps": 3, "features": 2, "num_layers": 1})
    made = spec(sequence, LSTM, decoder)
    first = cache.traced(made)
    (entry,) = cache_folder.iterdir()
    record = json.loads(entry.read_text())["trace"]
    *path, key, value = BENT[name]
    inner = record
    for step in path:
        inner = inner[step]
    inner[key] = value
    entry.write_text(json.dumps({"digest": cache._digest(record), "trace": record}))
    assert cache.traced(made) == first
    assert len(runs) == 2
    assert cache.traced(made) == first
    assert len(runs) == 2


@pytest.mark.parametrize("source", ["/dev/zero", None])
def test_an_entry_that_is_no_file_is_not_read(spec, sequence, runs, cache_folder, source):
    made = spec(sequence, LSTM)
    first = cache.traced(made)
    (entry,) = cache_folder.iterdir()
    entry.unlink()
    if source:
        entry.symlink_to(source)
    else:
        os.mkfifo(entry)
    assert cache.traced(made) == first
    assert cache.traced(made) == first
    assert len(runs) == 2
    assert stat.S_ISREG(entry.lstat().st_mode)


def test_errors_are_not_kept(spec, sequence, cache_folder):
    with pytest.raises(ModelError):
        cache.traced(spec(sequence, LSTM, ("view", {"sizes": (-1, 17)})))
    assert not cache_folder.exists()


def test_a_folder_that_cannot_be(spec, sequence, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("LSTMVIZ_CACHE_DIR", str(blocked / "cache"))
    assert cache.traced(spec(sequence, LSTM)).recurrent


def test_without_a_home(spec, sequence, monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("LSTMVIZ_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache.traced(spec(sequence, LSTM)).recurrent


def test_a_full_disk_leaves_nothing(spec, sequence, monkeypatch, cache_folder):
    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert cache.traced(spec(sequence, LSTM)).recurrent
    assert entries(cache_folder) == []


def test_the_oldest_go_first_and_foreign_files_stay(spec, sequence, monkeypatch, cache_folder):
    monkeypatch.setattr(cache, "ENTRIES", 2)
    cache_folder.mkdir()
    (cache_folder / "trace-notes.txt").write_text("mine")
    for age, steps in enumerate((2, 3)):
        cache.traced(spec({**sequence, "timesteps": steps}, LSTM))
        path = cache._path(plan_of(spec({**sequence, "timesteps": steps}, LSTM)))
        os.utime(path, (1000 + age, 1000 + age))
    cache.traced(spec({**sequence, "timesteps": 2}, LSTM))  # used again: no longer the oldest
    cache.traced(spec({**sequence, "timesteps": 4}, LSTM))
    kept = [
        steps for steps in (2, 3, 4) if cache.look_up(plan_of(spec({**sequence, "timesteps": steps}, LSTM)))
    ]
    assert kept == [2, 4]
    assert (cache_folder / "trace-notes.txt").read_text() == "mine"


def test_what_is_too_long_is_not_kept(spec, sequence, monkeypatch, cache_folder):
    monkeypatch.setattr(cache, "BYTES", 100)
    cache.traced(spec(sequence, LSTM))
    assert not cache_folder.exists()


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "~/.cache/lstmviz"),
        ("linux", {"XDG_CACHE_HOME": "/var/x"}, "/var/x/lstmviz"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "~/.cache/lstmviz"),
        ("darwin", {}, "~/Library/Caches/lstmviz"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/lstmviz/Cache"),
        ("win32", {}, "~/AppData/Local/lstmviz/Cache"),
        ("linux", {"LSTMVIZ_CACHE_DIR": "~/here"}, "~/here"),
    ],
)
def test_where_it_is(monkeypatch, platform, variables, expected):
    for name in ("LSTMVIZ_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert store.cache_directory() == Path(expected).expanduser()


def test_the_record_loses_nothing(spec, sequence):
    lengths = {**sequence, "lengths": (5, 3, 4, 2, 5, 1)}
    made = spec(lengths, ("lstm", {"hidden_size": 4, "dropout": 0.5}), ("permute", {"dims": (1, 0, 2)}))
    first = trace.trace(made)
    assert from_record(json.loads(json.dumps(to_record(first)))) == first
    assert first.stages[-1].arguments == (("dims", (1, 0, 2)),)


@pytest.mark.parametrize(
    "damage", [{"stages": 1}, {"sizes": [["N"]]}, {"input": {"name": "x", "sizes": [1], "symbols": []}}]
)
def test_what_is_no_record_raises(spec, sequence, damage):
    record = to_record(trace.trace(spec(sequence, LSTM)))
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_record({**record, **damage})


@pytest.mark.parametrize("lengths", [[], [5, 3], [5, 3, 4, 2, 5, 6], [5, 3, 4, 2, 5, 0]])
def test_lengths_of_other_samples_are_no_record(spec, sequence, lengths):
    record = to_record(trace.trace(spec({**sequence, "lengths": (5, 3, 4, 2, 5, 1)}, LSTM)))
    record["recurrent"][0]["lengths"] = lengths
    with pytest.raises(ValueError, match="6 samples"):
        from_record(record)


KEY = """
from types import SimpleNamespace as S
from lstmviz.network import cache
from lstmviz.network.plan import plan_of
options = S(**{name: 1 for name in "hidden_size num_layers proj_size a b c d e".split()})
layer = S(type="lstm", label="x", options=options)
print(cache._path(plan_of(S(input=S(form="sequence"), layers=[layer]))).name)
"""


def test_the_key_does_not_depend_on_the_hash_seed():
    names = {
        subprocess.run(
            [sys.executable, "-c", KEY],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(names) == 1


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "specs").glob("*.yaml")), ids=lambda p: p.stem
)
def test_every_spec_is_found_again(path, cache_folder):
    made = load(path)
    first = cache.traced(made)
    assert cache.look_up(plan_of(made)) == first
    assert len(entries(cache_folder)) == 1
