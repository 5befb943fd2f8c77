"""Texts that would like to be code: they stay text in SVG, DOT and HTML, and in a browser."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import threading
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

import lstmviz
from lstmviz.backends.choices import BACKENDS
from lstmviz.errors import LstmvizError

URL = "http://127.0.0.1:9/took"
PAYLOADS = {
    "script": '"><script>document.title="took";fetch("{url}")</script>',
    "image": '\'/><img src="{url}" onerror=\'document.title="took"\'>',
    "svg image": '</text><image href="{url}" onload="document.title=1"/>',
    "title": '</title><script>document.title="took"</script>',
    "style": "</style><style>@import url({url});",
    "css": "}} @import '{url}'; * {{background: url({url})}}",
    "comment": "--><script>document.title=`took`</script><!--",
    "cdata": ']]><script>document.title="took"</script><![CDATA[',
    "entity": "&lt;script&gt;&#60;script&#62;&amp;lt;",
    "doctype": '<!DOCTYPE x [<!ENTITY a SYSTEM "{url}">]>&a;',
    "link": '<a href="javascript:document.title=1">go</a>',
    "frame": '<iframe srcdoc="<script>top.document.title=1</script>"></iframe>',
    "event": '" onload="document.title=1" x="',
    "dot": '"]; took [URL="{url}"]; "',
    "dot, escaped": '\\"]; took [image="{url}"]; "',
    "dot, html": "<TABLE><TR><TD HREF='{url}'>took</TD></TR></TABLE>>]; took -> took",
    "dot, escapes": "\\N\\G\\E\\T\\H\\L\\l\\r\\\\",
    "template": "$title ${{title}} {{{{title}}}} %s %(x)s",
    "markdown": "![took]({url}) [x](javascript:1) `|`",
    "latex": "\\input{{/etc/passwd}} \\write18{{took}} $x^2$ \\end{{document}}",
    "terminal": "took\u202e text\u200b",
}
KINDS = ("grid", "cube", "tensors", "pipeline", "cell")
SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {
    "svg", "title", "desc", "metadata", "style", "defs", "g", "path", "rect", "text", "tspan", "use",
}  # fmt: skip


def spec(payload):
    """A spec that says it wherever a person may write."""
    return {
        "title": payload,
        "input": {
            "batch_size": 2,
            "timesteps": 3,
            "features": [payload, "b"],
            "axes": {"batch": {"name": payload, "labels": [payload, "x"]}, "time": payload},
        },
        "layers": [{"lstm": {"hidden_size": 4, "name": payload}}, {"linear": 2}],
    }  # fmt: skip


def kinds(name, backend="graphviz"):
    """The kind that shows a payload: with the other backend another one; `LSTMVIZ_ALL=1` takes all."""
    if os.environ.get("LSTMVIZ_ALL") == "1":
        return KINDS
    turn = [*PAYLOADS].index(name) + 2 * BACKENDS.index(backend)
    return [KINDS[turn % len(KINDS)]]


def figures(payload, kinds=KINDS, backend="graphviz", **more):
    """Its figures, as far as its texts are allowed as names."""
    words = {"title": payload, "caption": payload, "alt": payload}
    found = spec(payload)
    try:
        lstmviz.load(found)
    except LstmvizError:  # a name that could not be a part of an id
        del found["layers"][0]["lstm"]["name"]
    return [lstmviz.draw(found, kind, backend=backend, **words, **more) for kind in kinds]


def filled(payload, url=URL):
    return payload.format(url=url)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", PAYLOADS)
def test_svg_holds_it_as_text(name, backend):
    payload = filled(PAYLOADS[name])
    for figure in figures(payload, kinds(name, backend), backend):
        root = ET.fromstring(figure.svg)
        for element in root.iter():
            assert element.tag.removeprefix(SVG) in ELEMENTS
            for attribute, value in element.attrib.items():
                assert not attribute.lower().startswith("on")
                assert "href" not in attribute or value.startswith("#")
        for style in root.iter(f"{SVG}style"):
            assert "@import" not in style.text
            assert all(link.startswith("data:") for link in re.findall(r"url\(([^)]*)\)", style.text))
        assert payload.split()[0] in "".join(root.itertext())


@pytest.mark.parametrize("name", PAYLOADS)
def test_dot_holds_nothing_more(name):
    from pygraphviz import AGraph

    for kind, figure in zip(kinds(name), figures(filled(PAYLOADS[name]), kinds(name)), strict=True):
        graph = AGraph(string=figure.dot)
        assert {node.id for node in figure.scene.nodes} <= {*graph.nodes()}, kind
        assert len(graph.edges()) <= len(figure.scene.edges)
        assert "took" not in graph.nodes()
        for item in [graph.graph_attr, *(node.attr for node in graph.nodes())]:
            assert not {"URL", "href", "image", "shapefile"} & {k for k, v in item.items() if v}
        assert not re.search(r"<(?:td|table)[^>]*\bhref", figure.dot, re.IGNORECASE) or name == "dot, html"


class Tags(HTMLParser):
    """The tags and the attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes |= {(tag, name, value) for name, value in attributes}


def page(run, folder, payloads):
    """The gallery of specs that say these."""
    folder.mkdir()
    for i, payload in enumerate(payloads):
        kinds = [{"kind": k, "title": payload, "caption": payload, "alt": payload} for k in KINDS[:2]]
        found = spec(payload) | {"figures": kinds}
        del found["layers"][0]["lstm"]["name"]
        (folder / f"s{i}.yaml").write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    code, _, words = run("gallery", folder, "-o", folder / "page")
    assert code == 0, words
    return folder / "page/index.html"


def test_a_gallery_holds_it_as_text(run, tmp_path):
    usual = Tags(page(run, tmp_path / "usual", ["plain"] * 3).read_text("utf-8"))
    for i, group in enumerate(zip(*[iter(PAYLOADS.values())] * 3, strict=True)):
        found = Tags(page(run, tmp_path / str(i), [filled(p) for p in group]).read_text("utf-8"))
        assert {*found.tags} <= {*usual.tags}
        assert found.tags.count("script") == usual.tags.count("script")
        for tag, name, value in found.attributes:
            assert not name.startswith("on")
            assert name not in {"src", "href", "xlink:href"} or (value or "").startswith(("#", "data:")), tag


@pytest.fixture
def server():
    """A server on this machine, and what was asked of it."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}/took", asked
        served.shutdown()
        thread.join()


def visit(path, profile):
    """A page as Chromium has it after its scripts have run."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000"]
    done = subprocess.run(
        [*command, f"--user-data-dir={profile}", "--dump-dom", path.as_uri()],
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout.decode()


@pytest.mark.browser
def test_chromium_runs_no_script_and_asks_for_nothing(run, server, tmp_path):
    url, asked = server
    payloads = [filled(p, url) for p in PAYLOADS.values()]
    made = page(run, tmp_path / "specs", payloads)
    assert "<title>took" not in visit(made, tmp_path / "profile")
    for i, payload in enumerate(payloads[:12]):
        path = tmp_path / f"{i}.svg"
        figures(payload)[0].save(path)
        visit(path, tmp_path / "profile")
    assert asked == []


@pytest.mark.browser
def test_it_would_be_seen(server, tmp_path):
    url, asked = server
    path = tmp_path / "a.html"
    path.write_text(f"<title>a</title><img src={url}/image><script>document.title='took'</script>")
    assert "<title>took" in visit(path, tmp_path / "profile")
    assert asked == ["/took/image"]
