"""`--transparent`: figures without a ground, for pages of any colour."""

from __future__ import annotations

import io

from PIL import Image

import lstmviz

SPEC = "input: {timesteps: 3, features: 2}\nlayers: [rnn: 4]\nfigures: [rolled]\n"


def test_the_page_shows_through(run, tmp_path):
    (tmp_path / "a.yaml").write_text(SPEC)
    command = ["render", str(tmp_path / "a.yaml"), "-o", str(tmp_path), "-f", "png,svg", "--transparent"]
    assert run(*command)[0] == 0
    picture = Image.open(io.BytesIO((tmp_path / "a-rolled.png").read_bytes())).convert("RGBA")
    assert picture.getpixel((0, 0))[3] == 0
    assert 'class="ground"' not in (tmp_path / "a-rolled.svg").read_text()
    assert run(*command, "--check")[0] == 0
    assert run(*command[:-1], "--check")[0] == 1


def test_the_library_takes_it_too(tmp_path):
    (written,) = lstmviz.render(SPEC, output=tmp_path, transparent=True)
    assert 'class="ground"' not in written.read_text()
