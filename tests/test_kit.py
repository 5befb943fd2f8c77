"""What others need: the description outside the repository, the release, the recipe, the paper."""

from __future__ import annotations

import configparser
import json
import re
import runpy
import subprocess

import pytest
import yaml

from lstmviz.version import __version__
from tests.conftest import ROOT

SETUP = runpy.run_path(str(ROOT / "setup.py"))
README = (ROOT / "README.md").read_text("utf-8")
CONDA = {"brotli": "brotli-python", "graphviz": "python-graphviz", "matplotlib": "matplotlib-base",
         "PyYAML": "pyyaml", "torch": "pytorch"}  # fmt: skip
"""What conda-forge calls otherwise."""


def test_the_long_description_shows_its_pictures_anywhere():
    made = SETUP["described"](README, "someone/lstmviz", __version__)
    links = re.findall(r'\]\(([^)\s]+)|src="([^"]+)"', made)
    assert len(links) > 20
    assert all(link.startswith(("https://", "#")) for pair in links for link in pair if link)
    raw = re.findall(r"raw\.githubusercontent\.com/someone/lstmviz/v[\d.]+/([^?\s]+)\?sanitize", made)
    assert raw
    assert all((ROOT / path).is_file() for path in raw)
    assert SETUP["described"](README, "", __version__) == README


def test_a_tag_is_built_tried_and_published_without_a_token():
    text = (ROOT / ".github/workflows/release.yml").read_text("utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert (jobs["try"]["needs"], jobs["publish"]["needs"]) == ("build", "try")
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in text
    (check,) = (step["run"] for step in jobs["build"]["steps"] if "version.py" in step.get("run", ""))
    env = {"GITHUB_REF_NAME": f"v{__version__}", "PATH": "/usr/bin:/bin"}
    assert subprocess.run(["sh", "-c", check], cwd=ROOT, env=env, check=False).returncode == 0
    env["GITHUB_REF_NAME"] = "v9.9"
    assert subprocess.run(["sh", "-c", check], cwd=ROOT, env=env, check=False).returncode != 0


def test_the_recipe_needs_what_the_package_needs():
    recipe = yaml.safe_load((ROOT / "conda/recipe.yaml").read_text("utf-8"))
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", "utf-8")
    said = config["options"]["install_requires"].split("\n")
    needs = [line.partition(";")[0].strip() for line in said if line.strip() and not line.startswith("#")]
    wanted = [re.sub(r"^[\w-]+", lambda name: CONDA.get(name[0], name[0]), one) for one in needs]
    assert recipe["requirements"]["run"][1:] == [one.replace(">=", " >=") for one in wanted]
    assert recipe["context"]["version"] == __version__
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["version"] == __version__


def test_the_paper_has_joss_s_form():
    _, front, body = (ROOT / "paper.md").read_text("utf-8").split("---\n", 2)
    head = yaml.safe_load(front)
    assert {"title", "tags", "authors", "affiliations", "date", "bibliography"} <= head.keys()
    sections = re.findall(r"^# (.+)$", body, re.MULTILINE)
    assert [*sections[:4], sections[-1]] == [
        "Summary", "Statement of need", "State of the field", "Software design", "References",
    ]  # fmt: skip
    assert 250 <= len(body.split()) <= 1750
    known = set(re.findall(r"@\w+\{(\w+),", (ROOT / head["bibliography"]).read_text("utf-8")))
    assert set(re.findall(r"@(\w+)", body)) == known


@pytest.mark.pandoc
def test_pandoc_sets_the_paper_with_its_references(tmp_path):
    command = ["pandoc", "--citeproc", "--fail-if-warnings", "paper.md", "-t", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Hochreiter" in json.dumps(json.loads(done.stdout)["blocks"])


def test_the_first_command_installs_what_draws_and_says_so(tmp_path):
    said = subprocess.run(
        ["make", "-n", "figures", f"VENV={tmp_path / 'new'}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "setting up" in said
    assert "--torch-backend cpu -c constraints.txt -e ." in said
    assert "--quiet" not in said
    assert not re.search(r"-e '?\.\[", said)
