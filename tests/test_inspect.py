"""``lstmviz inspect``: a user's own module in a process of its own; as a table, a spec and figures."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from click.testing import CliRunner
from torch import nn

import lstmviz
from lstmviz.cli import cli
from lstmviz.commands.inspection import Limits, inspect
from lstmviz.errors import ChoiceError, MissingDependencyError, ModelError
from lstmviz.network.user import module_process
from lstmviz.network.user.input_spelling import SpelledInput, given
from lstmviz.network.user.input_values import inputs_of
from lstmviz.network.user.input_values import read as read_input
from lstmviz.network.user.spelling import Target, arguments, target
from lstmviz.network.user.weights import load_weights
from tests.models_of_users import Stateful

FILE = Path(__file__).parent / "models_of_users.py"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory with the user's file in it, and a torch.py that must not be taken for torch."""
    shutil.copy(FILE, tmp_path / "models.py")
    (tmp_path / "yaml.py").write_text("raise RuntimeError('imported by mistake')\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def line(words):
    """Where a line of the user's file stands."""
    (number,) = [n for n, text in enumerate(FILE.read_text("utf-8").splitlines(), 1) if words in text]
    return f"models.py:{number}"


ENDS = line("raise SystemExit(3)")


def run(*words, **more):
    """The installed command."""
    command = Path(sys.executable).parent / "lstmviz"
    env = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        [command, "inspect", *words], capture_output=True, text=True, env=env, check=False, **more
    )


def test_a_file_becomes_a_table_a_spec_and_figures(folder):
    done = run("models.py:Forecast", "--input", "6,5,3", "-o", "model.yaml", "--kind", "grid", "-o", "img/")
    assert done.returncode == 0, done.stderr
    assert "head → output       (N, 1)     (6, 1)" in done.stdout
    assert line("self.head(out") in done.stdout
    assert "in forward: (6, 5, 3)\n" in done.stderr
    assert "in forward" not in done.stdout
    assert "wrote model.yaml; draw it with: lstmviz render model.yaml" in done.stderr
    spec = lstmviz.load("model.yaml")
    assert [layer.label for layer in spec.layers] == ["lstm", "last_step", "head"]
    drawn = (folder / "img/Forecast-grid.svg").read_bytes()
    assert drawn == lstmviz.draw("model.yaml", "grid").svg.encode()
    assert sorted(path.name for path in folder.iterdir()) == ["img", "model.yaml", "models.py", "yaml.py"]


def test_a_module_by_its_dotted_name(folder, forked):
    (folder / "pkg").mkdir()
    shutil.move("models.py", "pkg/models.py")
    done = CliRunner().invoke(cli, ["inspect", "pkg.models:ready", "--input", "6,5,3", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["tensors"]["h_n"] == [2, 6, 16]
    assert said["stages"][1]["reads"] == ["lstm.output"]
    assert said["stages"][0]["where"] == line("out, _ = self.lstm")
    assert said["notes"] == []


def test_a_factory_and_a_mapping_of_inputs(folder, forked):
    seen = inspect("models.py:factory", ("6,5,3",), args=("hidden=4",))
    assert seen.trace.recurrent[0].hidden_size == 4
    seen = inspect(
        "models.py:Tagger",
        ("batch.tokens=4,7", "batch.lengths=[7, 3, 5, 2]", "scale=[2.0]"),
        dtypes=("long", "long", "float"),
        args=("50",),
    )
    assert seen.trace.recurrent[0].lengths == (7, 3, 5, 2)
    assert seen.spec is None
    assert "mul" in seen.why[0]


def test_what_no_spec_can_say_is_named_and_drawn_nevertheless(folder, run, forked):
    done = run(
        "inspect", "models.py:Stateful", "--input", "2,3", "--input", "number(4)", "--call", "steps",
        "-o", "r.yaml", "--kind", "cell", "-o", "c.svg", "-q",
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert "r.yaml was not written: a spec cannot say all of Stateful:\n" in done.stderr
    assert re.search(r"\n  \w+ \(models\.py:\d+\): ", done.stderr)
    assert not Path("r.yaml").exists()
    assert Path("c.svg").exists()


def test_one_figure_on_stdout(folder, run, forked):
    words = ("models.py:Residual", "--input", "6,5,3", "--kind", "tensors", "-o", "-", "--width", "column")
    done = run("inspect", *words)
    assert done.stdout.startswith("<svg")
    assert done.stdout.endswith("</svg>\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["models.py:Slow", "--timeout", "6"], 1, "Slow did not end within 6 s (--timeout)"),
        (["models.py:Hungry", "--memory", "1"], 1, "Hungry needs more than 1 GB of memory (--memory)"),
        (["models.py:Dies"], 1, "the process of Dies was stopped by SIGABRT"),
    ],
)
def test_what_goes_wrong_is_a_sentence(folder, words, code, said):
    done = run(words[0], "--input", "5,2,3", *words[1:])
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"lstmviz: {said}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("models.py:Breaks", f"Breaks stopped after lstm ({line('y @ y')}): RuntimeError: "),
        ("models.py:Ends", f"Ends stopped before any of its stages ran ({ENDS}): SystemExit: 3"),
        ("nothing.here:Model", "there is no Python module 'nothing' here (a file works, too: "),
    ],
)
def test_what_does_not_run_is_a_sentence(folder, run, forked, place, said):
    code, out, err = run("inspect", place, "--input", "5,2,3")
    assert (code, out) == (1, "")
    assert err.startswith(f"lstmviz: {said}")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["models.py"], "write pkg.module:Name or models.py:Name"),
        (["models.py:Forecast", "--input", "2,x"], "write its sizes: 4,5,8; its values"),
        (["models.py:Forecast", "--input", "2,0"], "every size is at least 1"),
        (["models.py:Forecast", "--input", "99999,99999"], "too large"),
        (
            ["models.py:Forecast", "--input", "x=2,3", "--input", "4"],
            "give all inputs by name (x=4,5,8), or none",
        ),
        (["models.py:Forecast", "--kind", "grdi"], "did you mean 'grid'?"),
        (["models.py:Forecast", "-o", "grid.svg"], "say which figures with --kind"),
        (["models.py:Forecast", "--kind", "grid", "-o", "a", "-o", "b"], "not to a and b"),
        (["models.py:Forecast", "--inputs", "x.npy"], "a file of numbers is --input x.npy"),
        (["models.py:Forecast", "--json", "--markdown"], "exclude each other"),
        (["models.py:Forecast", "--dtype", "long", "--dtype", "int"], "1 inputs and 2 dtypes"),
        (["models.py:Forecast", "--args", "a=1,2"], "'2' comes after arguments with names"),
    ],
)
def test_usage_is_answered_before_any_code_runs(folder, run, monkeypatch, words, said):
    monkeypatch.setattr("lstmviz.commands.inspection.subprocess", None)
    inputs = [] if "--input" in words else ["--input", "5,2,3"]
    code, _, err = run("inspect", *words, *inputs)
    assert code == 2
    assert said in err
    assert "Traceback" not in err


def wrong(text, args=(), kwargs=None):
    where = Target(str(FILE), text)
    return module_process.module_of(module_process.found(where), where, list(args), kwargs or {})


def test_what_is_no_module():
    with pytest.raises(ModelError, match="did you mean 'Slow'"):
        wrong("Slwo")
    with pytest.raises(ModelError, match="VALUE is a int, not a module"):
        wrong("VALUE")
    with pytest.raises(
        ModelError, match=r"Refuses broke when it was made: ValueError: no way \(models_of_users.py:\d+"
    ):
        wrong("Refuses")
    with pytest.raises(ChoiceError, match="give --args words=…"):
        wrong("Tagger")
    with pytest.raises(ChoiceError, match="unexpected keyword argument 'hiden'"):
        wrong("Forecast", (), {"hiden": 3})
    with pytest.raises(ChoiceError, match="takes no --args"):
        wrong("ready", (3,))


def test_code_that_cannot_be_imported(tmp_path):
    (tmp_path / "needs.py").write_text("import no_such_package\n", "utf-8")
    with pytest.raises(
        MissingDependencyError, match=r"no_such_package, which .*needs.py imports, is not installed"
    ):
        module_process.found(Target(str(tmp_path / "needs.py"), "Model"))
    (tmp_path / "half.py").write_text("class Model(\n", "utf-8")
    with pytest.raises(ModelError, match="SyntaxError"):
        module_process.found(Target(str(tmp_path / "half.py"), "Model"))
    with pytest.raises(ModelError, match="there is no file"):
        module_process.found(Target(str(tmp_path / "none.py"), "Model"))


def test_inputs_are_read():
    assert given(("4,5",), ("long",))[0] == SpelledInput("", {"sizes": [4, 5], "dtype": "long"})
    assert [one.name for one in given(("a=3", "b.c=true"), ())] == ["a", "b.c"]
    assert arguments(("[1, two]", "{b: 3}")) == ([1, "two"], {"b": 3})
    assert arguments(("1, [2, 3], name='a,b'",)) == ([1, [2, 3]], {"name": "a,b"})
    assert target("a.b:C.d") == Target("a.b", "C.d")


def test_tokens_are_below_the_smallest_embedding():
    module = nn.ModuleList([nn.Embedding(3, 2), nn.Embedding(50, 2)])
    (tokens,) = inputs_of(given(("100",), ("long",)), module)
    assert set(tokens.tolist()) == {0, 1, 2}


def test_a_process_that_others_were_started_from_leaves_none(folder):
    Path("forks.py").write_text(
        "import subprocess, sys, time\nfrom torch import nn\n"
        "class Model(nn.Module):\n"
        "    def forward(self, x):\n"
        "        child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "        open('pid', 'w').write(str(child.pid))\n"
        "        time.sleep(600)\n",
        "utf-8",
    )
    with pytest.raises(ModelError, match="did not end"):
        inspect("forks.py:Model", ("3",), limits=Limits(seconds=8))
    state = Path(f"/proc/{Path('pid').read_text('utf-8')}/stat")
    assert not state.exists() or state.read_text("utf-8").split()[2] == "Z"


PAIR = "((1,2,8), (1,2,8))"


@pytest.mark.parametrize(
    ("inputs", "more", "read"),
    [
        (("5,2,3", PAIR), {}, ("input", "input.1.0", "input.1.1")),
        (("x=5,2,3", f"state={PAIR}", "scale=0.5"), {}, ("input", "input.state.0", "input.state.1")),
        (("packed((4, 6, 3), [6, 5, 3, 2])",), {"call": "packed"}, ("input",)),
        (("2,3", "number(4)"), {"call": "steps"}, ("expand.output",)),
        ((), {"make_inputs": "models.py:states"}, ("input", "input.1.0", "input.1.1")),
    ],
)
def test_every_input_that_people_have(folder, forked, inputs, more, read):
    trace = inspect("models.py:Stateful", inputs, **more).trace
    assert trace.stage("lstm").sources == read


def test_inputs_and_weights_from_files(folder, forked):
    module = Stateful()
    with torch.no_grad():
        module.out.bias.fill_(7.0)
    torch.save({"state_dict": module.state_dict()}, "best.ckpt.pt")
    safetensors.torch.save_file(module.state_dict(), "best.safetensors")
    np.save("x.npy", np.zeros((5, 2, 3), "float32"))
    torch.save((torch.zeros(1, 2, 8), torch.zeros(1, 2, 8)), "states.pt")
    for weights in ("best.ckpt.pt", "best.safetensors"):
        seen = inspect("models.py:Stateful", ("x.npy", "states.pt"), weights=weights)
        assert seen.trace.input.sizes == (5, 2, 3)
    np.save("x.npy", np.zeros((5, 2, 3)))  # NumPy's usual float64
    assert inspect("models.py:Stateful", ("x.npy", "states.pt")).trace.input.sizes == (5, 2, 3)
    parallel = {f"module.{name}": value for name, value in module.state_dict().items()}
    torch.save({"model_state_dict": parallel, "epoch": 3}, "parallel.pt")
    for weights in ("best.ckpt.pt", "parallel.pt"):
        own = Stateful()
        load_weights(own, Path(weights))
        assert own.out.bias.tolist() == [7.0, 7.0]


def test_a_note_is_said_in_the_readers_language_though_another_process_made_it(run, forked, tmp_path, folder):
    args = (
        "inspect",
        "torch.nn:LSTM",
        "--args",
        "3,4",
        "--kind",
        "grid",
        "--language",
        "zh",
        "-q",
        "-o",
        "a.svg",
    )
    assert run(*args)[0] == 0
    assert "未给输入" in Path("a.svg").read_text("utf-8")


def test_what_weights_and_files_can_be_wrong(folder):
    torch.save(nn.Linear(8, 3).state_dict(), "other.pt")
    torch.save({"state_dict": 3}, "number.pt")
    torch.save(Stateful(), "whole.pt")
    torch.save(Stateful().state_dict() | {"out.bias": torch.zeros(3)}, "shape.pt")
    for name, said in {
        "other.pt": "it has no lstm.weight_ih_l0",
        "number.pt": "holds no state dict",
        "whole.pt": "holds more than weights, and is not run",
        "shape.pt": r"out.bias is \(3,\) there and \(2,\) in the module",
        "none.pt": "there is no file none.pt",
        "models.py": "cannot be read as weights",
    }.items():
        with pytest.raises(ModelError, match=said):
            load_weights(Stateful(), Path(name))
    Path("bad.npy").write_bytes(b"no array")
    with pytest.raises(ChoiceError, match=r"bad.npy cannot be read as data"):
        read_input(Path("bad.npy"))
    with pytest.raises(ModelError, match=r"no method 'pakced' \(did you mean 'packed'\?\)"):
        module_process.calling(Stateful(), "pakced")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("open('x')", "calls nothing but number, packed"),
        ("packed((4, 7), [7, 5])", "then N lengths"),
        ("x[0]", "is no input"),
        ("((1, 0), (1, 8))", "every size is at least 1"),
        ("(", "is no input"),
    ],
)
def test_inputs_that_are_none(text, said):
    with pytest.raises(ChoiceError, match=said):
        given((text,))


def test_trees_of_inputs():
    (one,) = given(("batch={'tokens': long(4, 7), 'lengths': [7, 3, 5, 2], 'p': -0.5, 'mode': 'train'}",))
    made = inputs_of([one], nn.Embedding(3, 2))["batch"]
    assert made["tokens"].dtype == torch.long
    assert made["tokens"].max() == 2
    assert made["lengths"].tolist() == [7, 3, 5, 2]
    assert (made["p"], made["mode"]) == (-0.5, "train")
    assert arguments(("(3,3), kernel=(1, 2)",)) == ([(3, 3)], {"kernel": (1, 2)})


def test_numbers_for_tokens_are_answered_with_the_option(run, forked, tmp_path):
    (tmp_path / "tagger.py").write_text(
        "from torch import nn\nmodel = nn.Sequential(nn.Embedding(50, 8), nn.LSTM(8, 16))\n", "utf-8"
    )
    code, _, err = run("inspect", "tagger.py:model", "--input", "4,7")
    assert code == 1
    assert "--dtype long" in err
    assert run("inspect", "tagger.py:model", "--input", "4,7", "--dtype", "long")[0] == 0


@pytest.mark.parametrize(("model", "kind"), [(nn.LSTM(3, 16), "grid"), (nn.Linear(3, 4), "pipeline")])
def test_without_a_figure_a_model_is_its_grid_or_its_pipeline(model, kind):
    inputs = None if kind == "grid" else torch.zeros(2, 3)
    figure = lstmviz.draw(model, inputs=inputs)
    assert figure.svg == lstmviz.draw(model, kind, inputs=inputs).svg
    assert ("made up" in figure.alt) == (inputs is None)
    with pytest.raises(ChoiceError, match="which figure"):
        lstmviz.draw("input: {features: 3}\nlayers: [lstm: 4]\n")
