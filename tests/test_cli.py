"""The command line: what it writes, what it says, and its exit codes."""

from __future__ import annotations

import json
import re

import pytest

from lstmviz import __version__, cli

LINE = re.compile(r"(wrote|unchanged) (\S+) \(\d+(\.\d)? (B|kB|MB), \d+\.\d\d s\)")


def test_render_writes_and_says_one_line_per_file(command, small, tmp_path):
    done = command("render", small)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    *lines, summary = done.stderr.splitlines()
    assert [LINE.fullmatch(line)[2] for line in lines] == [
        "output/small-rolled.svg",
        "output/small-unfold.svg",
    ]
    assert re.fullmatch(r"2 figures: 2 written \(\d+\.\d\d s\)", summary)
    assert sorted(p.name for p in (tmp_path / "output").iterdir()) == ["small-rolled.svg", "small-unfold.svg"]


def test_a_second_run_leaves_equal_files_alone(run, small, tmp_path):
    run("render", small)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "output").iterdir()}
    done = run("render", small)
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["unchanged", "unchanged", "2"]
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "output").iterdir()} == before


def test_formats_repeat_or_are_listed(run, small, tmp_path):
    done = run("render", small, "-f", "svg,json", "-f", "png", "--kind", "rolled", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {p.suffix for p in (tmp_path / "output").iterdir()} == {".svg", ".json", ".png"}


def test_a_path_with_a_suffix_is_one_file(run, small, tmp_path):
    done = run("render", small, "--figure", "rolled", "-o", tmp_path / "a/b.pdf")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a/b.pdf").read_bytes().startswith(b"%PDF")


def test_stdin_to_stdout(command, small):
    done = command("render", "-", "--kind", "rolled", "-o", "-", stdin=small.read_text("utf-8"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.lstrip().startswith(("<svg", "<?xml"))
    assert done.stderr == ""


def test_stdin_is_named_so(command, small, tmp_path):
    command("render", "-", "--kind", "rolled", stdin=small.read_text("utf-8"))
    assert [p.name for p in (tmp_path / "output").iterdir()] == ["stdin-rolled.svg"]


def test_a_folder_means_its_specs(run, small, tmp_path):
    folder = tmp_path / "specs"
    folder.mkdir()
    for name in ("b.yaml", "a.yml", "c.txt"):
        (folder / name).write_text(small.read_text("utf-8"), "utf-8")
    done = run("render", folder, "--kind", "rolled")
    assert [LINE.fullmatch(line)[2] for line in done.stderr.splitlines()[:-1]] == [
        "output/a-rolled.svg",
        "output/b-rolled.svg",
    ]


def test_set_overrides_a_value(run, small, tmp_path):
    done = run("shapes", small, "--json", "--set", "input.timesteps=7")
    assert json.loads(done.stdout)["tensors"]["input"] == [7, 6, 3]


def test_one_bad_spec_does_not_stop_the_others(run, small, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(small.read_text("utf-8").replace("hidden_size", "hiden_size"), "utf-8")
    done = run("render", bad, small, "--kind", "rolled")
    assert done.returncode == 1
    assert "1 error in" in done.stderr
    assert (tmp_path / "output/small-rolled.svg").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["render"], "Usage"),
        (["rendr"], "No such command"),
        (["render", "SPEC", "--kind", "grib"], "did you mean 'grid'?"),
        (["render", "SPEC", "--figure", "rolld"], "did you mean 'rolled'?"),
        (["render", "SPEC", "-f", "jpg"], "there is no format 'jpg'"),
        (["render", "SPEC", "-o", "a.svg"], "choose one with --figure"),
        (["render", "SPEC", "-o", "-"], "choose one with --figure"),
        (["render", "SPEC", "-o", "a.svg", "-f", "pdf"], "not a file of format pdf"),
        (["render", "SPEC", "--width", "wide"], "a width is"),
        (["render", "SPEC", "--theme", "pink"], "there is no theme 'pink'"),
        (["render", "SPEC", "--backend", "paint"], "'paint' is not one of"),
        (["render", "SPEC", "-o", "-", "--json"], "not both"),
        (["render", "SPEC", "--figure", "zzz"], "there is no figure 'zzz' in "),
        (["render", "SPEC", "-o", "a.jpg"], "there is no format 'jpg'"),
        (["render", "SPEC", "-f", ""], "--format takes one of svg, png"),
        (["render", "SPEC", "--kind", "rolled", "-o", "-", "-f", "svg,pdf"], "choose one with -f"),
        (["render", "SPEC", "SPEC2", "--kind", "rolled", "-o", "a.svg"], "and there are 2 specs"),
    ],
)
def test_usage_errors_exit_2(run, small, tmp_path, arguments, words):
    second = small.with_name("second.yaml")
    second.write_text(small.read_text("utf-8"), "utf-8")
    named = {"SPEC": small, "SPEC2": second}
    done = run(*[named.get(a, a) for a in arguments])
    assert not list(tmp_path.glob("a.*"))
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert not (tmp_path / "output").exists()


HEAD = "input: {batch_size: 6, timesteps: 4, features: 3}\n"
BROKEN = [
    (HEAD + "layers:\n  - lstm: {hiden_size: 16}\n", 3, 12, "did you mean 'hidden_size'?"),
    (HEAD + "layers:\n  - lstn: 16\n", 3, 5, "lstm"),
    (HEAD + "layer: [lstm: 16]\n", 2, 1, "layers"),
    (HEAD + "layers:\n  - lstm: {hidden_size: yes}\n", 3, 25, "yes"),
    (HEAD + "layers:\n  - lstm: {hidden_size: 0}\n", 3, 25, "0"),
    (HEAD + "layers:\n  - lstm: {hidden_size: 8, hidden_size: 9}\n", 3, 28, "twice"),
    (HEAD + "layers: [lstm: 16]\nfigures: [gird]\n", 3, 11, "grid"),
    ("input: {batch_size: 6, timesteps: 010, features: 3}\nlayers: [lstm: 16]\n", 1, 35, "010"),
    (HEAD + "layers:\n  - lstm: 16\n  - view: [5, 7]\n", 4, 5, "view"),
    (HEAD + "layers:\n\t- lstm: 16\n", 3, 1, "tab"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), BROKEN)
def test_a_broken_spec_is_shown_at_its_place(run, tmp_path, text, line, column, words):  # noqa: PLR0917
    (tmp_path / "broken.yaml").write_text(text, "utf-8")
    done = run("render", "broken.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"broken.yaml:{line}:{column}: error["), done.stderr
    assert words in done.stderr
    assert done.stderr.endswith("1 error in broken.yaml; nothing was written\n")
    assert len(done.stderr.splitlines()) <= 40
    assert not (tmp_path / "output").exists()


def test_errors_as_json(run, tmp_path):
    (tmp_path / "broken.yaml").write_text(BROKEN[0][0], "utf-8")
    done = run("render", "broken.yaml", "--json")
    (error,) = json.loads(done.stdout)["errors"]
    assert (done.returncode, done.stderr) == (1, "")
    assert (error["file"], error["line"], error["column"]) == ("broken.yaml", 3, 12)
    assert set(error) == {"file", "line", "column", "code", "path", "message", "hint"}


def test_a_kind_that_cannot_show_the_model_names_those_that_can(run, tmp_path):
    (tmp_path / "mlp.yaml").write_text("input: {batch_size: 5, features: 3}\nlayers: [linear: 4]\n", "utf-8")
    done = run("render", "mlp.yaml", "--kind", "rolled")
    assert done.returncode == 1
    assert done.stderr.startswith("failed output/mlp-rolled.svg: rolled: ")


def test_a_missing_file_is_said(run):
    done = run("render", "nothing.yaml")
    assert done.returncode == 1
    assert "nothing.yaml: error[unreadable]: there is no such file" in done.stderr


def test_what_cannot_be_written_exits_4(command, small, tmp_path):
    (tmp_path / "output").write_text("a file, not a folder", "utf-8")
    done = command("render", small, "--kind", "rolled")
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("failed output/small-rolled.svg: output/small-rolled.svg: ")
    assert (tmp_path / "output").read_text("utf-8") == "a file, not a folder"


def test_two_specs_for_one_file_are_an_error(run, small, tmp_path):
    other = tmp_path / "other" / small.name
    other.parent.mkdir()
    other.write_text(small.read_text("utf-8"), "utf-8")
    done = run("render", small, other, "--kind", "rolled")
    assert done.returncode == 4
    assert "would be the same file" in done.stderr


def test_a_model_error_has_its_place(run, tmp_path):
    (tmp_path / "m.yaml").write_text(HEAD + "layers:\n  - lstm: 16\n  - view: [-1, 7]\n", "utf-8")
    done = run("render", "m.yaml")
    assert done.returncode == 1
    assert done.stderr.startswith("m.yaml:4:"), done.stderr


@pytest.mark.parametrize(
    "env", [{"PATH": ""}, {"FONTCONFIG_FILE": ""}, {"HOME": None}, {"LANG": "C", "LC_ALL": "C"}]
)
def test_surroundings_change_neither_the_bytes_nor_the_words(command, small, tmp_path, env):
    command("render", small, "-o", "usual")
    done = command("render", small, "-o", "strange", env=env)
    assert done.returncode == 0, done.stderr
    assert all(LINE.fullmatch(line) for line in done.stderr.splitlines()[:-1]), done.stderr
    for path in (tmp_path / "usual").iterdir():
        assert (tmp_path / "strange" / path.name).read_bytes() == path.read_bytes()


def test_shapes_in_three_forms(run, small):
    assert "(2, 6, 16)" in run("shapes", small).stdout
    assert "| `h_n` |" in run("shapes", small, "--markdown").stdout
    assert json.loads(run("shapes", small, "--json").stdout)["tensors"]["h_n"] == [2, 6, 16]


def test_kinds_and_themes_are_one_line_each(run):
    for words in ("kinds", "themes"):
        lines = run(words).stdout.splitlines()
        assert len(lines) >= 4
        assert all(len(line) <= 110 for line in lines)


def test_version(command):
    assert command("--version").stdout == f"lstmviz {__version__}\n"


@pytest.mark.parametrize("name", cli.cli.commands)
def test_every_help_has_an_example(capsys, name):
    assert cli._run([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"lstmviz {name}" in text.split("Example")[1]


def test_a_traceback_is_shown_on_request_only(command, tmp_path):
    (tmp_path / "broken.yaml").write_text(BROKEN[0][0], "utf-8")
    assert "Traceback" not in command("render", "broken.yaml").stderr
    assert "Traceback" in command("render", "broken.yaml", env={"LSTMVIZ_DEBUG": "1"}).stderr


def test_the_list_of_commands_has_whole_sentences(capsys):
    assert cli._run(["--help"]) == 0
    listed = capsys.readouterr().out.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed] == list(cli.cli.commands)
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)
