"""``render --check``: figures on disk held against their specs, by the hash in them."""

from __future__ import annotations

import json

import pytest

from lstmviz.backends import FORMATS

FORMS = ",".join(FORMATS)


@pytest.fixture
def render(run, small):
    """Render the small spec."""
    return lambda *arguments: run("render", small, *arguments)


def lines(text):
    """The first words of the lines for files, by the file's name."""
    return {line.split()[1].removesuffix(":"): line.split()[0] for line in text.splitlines()[:-1]}


def test_what_was_drawn_is_fresh_in_every_format(render, tmp_path):
    render("-f", FORMS)
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (tmp_path / "output").iterdir()}
    code, out, err = render("-f", FORMS, "--check")
    assert (code, out) == (0, "")
    assert set(lines(err).values()) == {"fresh"}
    count = 2 * len(FORMATS)
    assert err.splitlines()[-1].startswith(f"{count} figures: {count} fresh (")
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (tmp_path / "output").iterdir()} == before


def test_nothing_is_written(render, tmp_path):
    code, _, err = render("--check")
    assert code == 1
    assert lines(err) == {"output/small-rolled.svg": "missing", "output/small-unfold.svg": "missing"}
    assert err.splitlines()[-1].endswith("; without --check they are drawn")
    assert not (tmp_path / "output").exists()


def test_a_changed_spec_makes_its_figures_stale(render, small):
    render("-f", FORMS, "--kind", "rolled")
    small.write_text(small.read_text("utf-8").replace("timesteps: 4", "timesteps: 5"), "utf-8")
    code, _, err = render("-f", FORMS, "--kind", "rolled", "--check")
    assert code == 1
    assert set(lines(err).values()) == {"stale"}


@pytest.mark.parametrize(
    "style", [["--theme", "dark"], ["--backend", "matplotlib"], ["--text", "paths"], ["--width", "column"]]
)
def test_another_style_is_stale(render, style):
    render("--kind", "rolled")
    assert render("--kind", "rolled", "--check")[0] == 0
    assert render("--kind", "rolled", "--check", *style)[0] == 1
    assert render("--kind", "rolled", *style)[0] == 0
    assert render("--kind", "rolled", "--check", *style)[0] == 0


def test_other_bytes_with_the_same_hash_are_fresh(render, tmp_path):
    render("--kind", "rolled")
    path = tmp_path / "output/small-rolled.svg"
    path.write_text(path.read_text("utf-8").replace("\n", "\r\n"), "utf-8")
    assert render("--kind", "rolled", "--check")[0] == 0


def test_a_file_that_is_not_ours_is_stale_and_said_to_be(render, tmp_path):
    (tmp_path / "output").mkdir()
    (tmp_path / "output/small-rolled.svg").write_text("<svg/>", "utf-8")
    code, _, err = render("--kind", "rolled", "--check")
    assert code == 1
    assert "stale output/small-rolled.svg: not drawn by lstmviz" in err


def test_a_hash_in_the_title_does_not_count(render, small, tmp_path):
    render("--kind", "rolled")
    svg = (tmp_path / "output/small-rolled.svg").read_text("utf-8")
    signed = svg[svg.index("lstmviz sha256:") :][:79]
    (tmp_path / "output/small-rolled.svg").write_text(f"<svg><title>{signed}</title></svg>", "utf-8")
    assert render("--kind", "rolled", "--check")[0] == 1


def test_a_figure_that_no_spec_names_any_more_is_reported(render, small, tmp_path):
    render()
    small.write_text(small.read_text("utf-8").replace("[rolled, unfold]", "[rolled]"), "utf-8")
    (tmp_path / "output/small-notes.svg").write_text("<svg>not ours</svg>", "utf-8")
    code, _, err = render("--check")
    assert code == 0
    assert lines(err) == {"output/small-rolled.svg": "fresh", "output/small-unfold.svg": "leftover"}
    assert "1 figure: 1 fresh, 1 leftover (" in err
    assert "leftover" not in render("--check", "--figure", "rolled")[2]


def test_other_specs_figures_are_no_leftovers(run, small, tmp_path):
    (tmp_path / "small-b.yaml").write_text(small.read_text("utf-8"), "utf-8")
    run("render", tmp_path)
    assert "leftover" not in run("render", small, "--check")[2]
    assert "leftover" not in run("render", tmp_path, "--check")[2]
    (tmp_path / "small-b.yaml").unlink()
    assert "leftover output/small-b-unfold.svg" in run("render", tmp_path, "--check")[2]


def test_only_a_folder_of_specs_tells_that_a_whole_spec_is_gone(run, small, tmp_path):
    other = tmp_path / "gone.yaml"
    other.write_text(small.read_text("utf-8"), "utf-8")
    run("render", tmp_path)
    other.unlink()
    assert "leftover" not in run("render", small, "--check")[2]
    assert "leftover output/gone-rolled.svg" in run("render", tmp_path, "--check")[2]


def test_the_figures_of_a_broken_spec_are_no_leftovers(run, small, tmp_path):
    run("render", tmp_path)
    small.write_text("nonsense", "utf-8")
    code, _, err = run("render", tmp_path, "--check")
    assert code == 1
    assert "leftover" not in err


def test_the_report_for_programs(render):
    render("--kind", "rolled")
    code, out, err = render("--check", "--json")
    assert (code, err) == (1, "")
    assert [f["status"] for f in json.loads(out)["figures"]] == ["fresh", "missing"]


def test_stdout_cannot_be_compared(render):
    code, _, err = render("--check", "-o", "-", "--kind", "rolled")
    assert code == 2
    assert "--check" in err


def test_quiet_says_nothing(render):
    assert render("--check", "-q") == (1, "", "")
