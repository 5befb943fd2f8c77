"""What an editor writes from the schema: asked of the YAML language server itself (`make test-editor`)."""

from __future__ import annotations

import json
import subprocess

import pytest

from lstmviz.commands import schema
from lstmviz.spec import load_text
from tests.conftest import ROOT

pytestmark = pytest.mark.editor
SERVER = ROOT / ".venv/editor/node_modules/yaml-language-server/bin/yaml-language-server"
HEAD = "input: {batch_size: 6, timesteps: 4, features: 3}\nlayers:\n"


class Server:
    """The server over its standard input and output, in the words of its protocol."""

    def __init__(self, schemas):
        command = ["node", str(SERVER), "--stdio"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.settings = {"schemas": schemas, "completion": True, "validate": True}
        self.number = 0
        snippets = {"completionItem": {"snippetSupport": True}}
        able = {"textDocument": {"completion": snippets}, "workspace": {"configuration": True}}
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": able})
        self.send({"method": "initialized", "params": {}})
        settings = {"settings": {"yaml": self.settings}}
        self.send({"method": "workspace/didChangeConfiguration", "params": settings})

    def send(self, message):
        """Write one message."""
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def read(self):
        """Read one message."""
        head = {}
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b": ")
            head[name] = value
        return json.loads(self.process.stdout.read(int(head[b"Content-Length"])))

    def ask(self, method, params):
        """Send a request and return its result; what the server asks meanwhile is answered."""
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while True:
            said = self.read()
            if "method" in said and "id" in said:
                sections = said.get("params", {}).get("items", [])
                own = [self.settings if one.get("section") == "yaml" else None for one in sections]
                self.send({"id": said["id"], "result": own})
            elif said.get("id") == self.number and "method" not in said:
                return said["result"]

    def offers(self, text):
        """What it would write at the end of a text, by what it is called."""
        self.number += 1
        uri = f"file:///spec-{self.number}.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        *before, last = text.split("\n")
        place = {"line": len(before), "character": len(last)}
        found = self.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": place})
        return {one["label"]: one.get("insertText") or one["textEdit"]["newText"] for one in found["items"]}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp("editor") / "lstmviz.schema.json"
    path.write_text(json.dumps(schema.json_schema()), "utf-8")
    server = Server({path.as_uri(): "*.yaml"})
    for _ in range(50):  # until it has read the schema
        if server.offers("inp"):
            break
    yield server
    server.process.kill()
    server.process.wait()
    server.process.stdin.close()
    server.process.stdout.close()


def test_a_layer_without_arguments_is_written_as_it_stands(server):
    offered = server.offers(f"{HEAD}  - las")
    bare = [name for name, text in offered.items() if text == name]
    assert {"last_step", "relu", "tanh", "softmax", "dropout", "flatten"} <= {*bare}
    for name in ("last_step", "relu", "softmax"):
        load_text(f"{HEAD}  - lstm: 4\n  - {name}\n")
    assert offered["lstm"] == "lstm: "


def test_an_input_is_written_with_the_sizes_that_it_needs(server):
    assert not {"batch_first", "states"} & {*server.offers("inp")["input"].split()}
    (written,) = [text for text in server.offers("input:\n  ").values() if "\n" in text]
    for place, value in (("${1:6}", "6"), ("${2:5}", "5"), ("${3:3}", "3")):
        written = written.replace(place, value)
    lines = "".join(f"  {line}\n" for line in written.splitlines())
    assert load_text(f"input:\n{lines}layers: [lstm: 4]\n").input.features == 3
