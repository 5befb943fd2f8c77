"""A decoder of torch's whose first states are made from its encoder's last ones: in boxes, all proven."""

import dataclasses

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from lstmviz.errors import FigureError
from lstmviz.network.record import from_record, to_record
from lstmviz.proof.prove import prove
from lstmviz.proof.real_model import WHOLE, Asked
from tests.figures.own_scenes import Scenes, ends, without_or_turned
from tests.refuting import refuted

N, T, T2, F, H = 3, 4, 3, 5, 6


class Pair(nn.Module):
    """`begin` makes the decoder's first states of the encoder's last ones."""

    def __init__(self, encoder, decoder, begin=None, **parts):
        super().__init__()
        self.encoder, self.decoder, self._begin = encoder, decoder, begin
        for name, part in parts.items():
            setattr(self, name, part)

    def begin(self, states):
        return self._begin(self, states)

    def forward(self, x, y):
        return self.decoder(y, self.begin(self.encoder(x)[1]))[0]


class Bridge(Pair):
    """As tutorials write it: both directions side by side, a Linear, a tanh."""

    def __init__(self):
        both = nn.GRU(F, H, batch_first=True, bidirectional=True)
        super().__init__(both, nn.GRU(F, H, batch_first=True), fc=nn.Linear(2 * H, H))

    def begin(self, h):
        return torch.tanh(self.fc(torch.cat((h[-2], h[-1]), 1))).unsqueeze(0)


class Packed(Bridge):
    """Its samples end at steps of their own."""

    def forward(self, x, y, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return super().forward(packed, y)


class Free(Bridge):
    """The decoder reads its own answers, one call after the other."""

    def __init__(self):
        super().__init__()
        self.out = nn.Linear(H, F)

    def forward(self, x, y):
        h, y, ys = self.begin(self.encoder(x)[1]), y[:, :1], []
        for _ in range(T2):
            y, h = self.decoder(y, h)
            y = self.out(y)
            ys.append(y)
        return torch.cat(ys, 1)


class Both(Pair):
    """A way for h and one for c, layer by layer."""

    def __init__(self):
        parts = {"for_h": nn.Linear(2 * H, H), "for_c": nn.Linear(2 * H, H)}
        encoder = nn.LSTM(F, H, 2, batch_first=True, bidirectional=True)
        super().__init__(encoder, nn.LSTM(F, H, 2, batch_first=True), **parts)

    def begin(self, states):
        h, c = (torch.cat((one[0::2], one[1::2]), 2) for one in states)
        return torch.relu(self.for_h(h)), self.for_c(c)


class Context(Bridge):
    """The state that it begins with is a part of every x′, too."""

    def __init__(self):
        super().__init__()
        self.back = nn.Linear(H, F)

    def forward(self, x, y):
        h = self.begin(self.encoder(x)[1])
        return self.decoder(y + self.back(h[0]).unsqueeze(1).repeat(1, T2, 1), h)[0]


class Repeated(Pair):
    """The encoder's last state itself is a part of every x′, and what the decoder begins with."""

    def __init__(self):
        super().__init__(nn.GRU(F, H, batch_first=True), nn.GRU(F + H, H, batch_first=True))

    def forward(self, x, y):
        h = self.encoder(x)[1]
        return self.decoder(torch.cat([y, h[-1].unsqueeze(1).repeat(1, T2, 1)], 2), h)[0]


class Vae(Pair):
    """Through a latent vector, drawn by chance; c begins with zeros."""

    def __init__(self):
        parts = {"mean": nn.Linear(H, 2), "logvar": nn.Linear(H, 2), "up": nn.Linear(2, H)}
        super().__init__(nn.LSTM(F, H, batch_first=True), nn.LSTM(F, H, batch_first=True), **parts)

    def forward(self, x):
        last = self.encoder(x)[1][0][-1]
        mean, spread = self.mean(last), torch.exp(0.5 * self.logvar(last))
        h = self.up(mean + spread * torch.randn_like(spread)).unsqueeze(0)
        return self.decoder(x, (h, torch.zeros_like(h)))[0], mean


class Also(Pair):
    """What it begins with is made from another input, too."""

    def forward(self, x, y):
        return self.decoder(y, torch.tanh(self.encoder(x)[1] + y.mean()))[0]


def plain(begin, layers=1, size=H, **both):
    encoder = nn.GRU(F, H, layers, batch_first=True, **both)
    return Pair(encoder, nn.GRU(F, size, layers, batch_first=True), begin, less=nn.Linear(H, size))


class Captions(nn.Module):
    """The words of an image: its features begin the layer."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, H)
        self.words = nn.GRU(F, H, batch_first=True)

    def forward(self, image, y):
        return self.words(y, torch.tanh(self.fc(self.conv(image).mean((2, 3)))).unsqueeze(0))[0]


MODELS = {
    "captions": Captions,
    "bridge": Bridge,
    "packed": Packed,
    "both": Both,
    "vae": Vae,
    "context": Context,
    "alike": lambda: Pair(
        nn.GRU(F, H, batch_first=True),
        nn.GRU(F, H, 2, batch_first=True),
        lambda _, h: torch.tanh(h).repeat(2, 1, 1),
    ),
    "repeated": Repeated,
    "sum": lambda: plain(lambda _, h: h[0::2] + h[1::2], layers=2, bidirectional=True),
    "crossed": lambda: plain(lambda _, h: torch.tanh(h).flip(0), layers=2),
    "smaller": lambda: plain(lambda own, h: torch.relu(own.less(h)), size=3),
    "free": Free,
    "also": lambda: Also(nn.GRU(F, H, batch_first=True), nn.GRU(F, H, batch_first=True)),
}
MADE = sorted(MODELS.keys() - {"free", "also", "repeated", "captions"})


def made(name):
    x, y = torch.randn(N, T, F), torch.randn(N, T2, F)
    more = {"packed": (x, y, torch.tensor([4, 2, 3])), "vae": (x,), "captions": (torch.randn(N, 3, 6, 6), y)}
    return MODELS[name](), more.get(name, (x, y))


SCENES = Scenes(made)


def found(name, scene, asked=WHOLE):
    return prove(scene, SCENES.seen(name).trace, None, asked, followed=SCENES.followed(name))


def between(scene):
    """The arrows that do not stay in one of the two layers."""
    return {(a, b) for a, b in ends(scene) if {a.partition("/")[0], b.partition("/")[0]} not in (
        {"encoder"}, {"decoder"}) and "decoder/output" not in a}  # fmt: skip


def way(scene):
    return {node.label.text for node in scene.nodes if node.label and node.id.endswith((".k0", ".k1"))}


def test_arrows_lead_through_a_box_for_each_state_that_is_made():
    a, b = "encoder/h_n", "decoder/h_0"
    assert between(SCENES.scene_of("bridge")) == {
        (f"{a}.l0.fwd", "tanh.l0.fwd.k0"), (f"{a}.l0.rev", "tanh.l0.fwd.k0"),
        ("tanh.l0.fwd.k0", f"{b}.l0.fwd"),
    }  # fmt: skip
    assert between(SCENES.scene_of("crossed")) == {
        (f"{a}.l0.fwd", "flip.l1.fwd.k0"), ("flip.l1.fwd.k0", f"{b}.l1.fwd"),
        (f"{a}.l1.fwd", "flip.l0.fwd.k0"), ("flip.l0.fwd.k0", f"{b}.l0.fwd"),
    }  # fmt: skip
    assert len(between(SCENES.scene_of("both"))) == 2 * 2 * 3
    assert between(SCENES.scene_of("vae")) == {
        (f"{a}.l0.fwd", "up.l0.fwd.k0"), ("up.l0.fwd.k0", f"{b}.l0.fwd"),
    }  # fmt: skip


def test_a_last_state_that_each_step_reads_is_handed_over_too():
    for kind in ("grid", "unrolled"):
        scene = SCENES.scene_of("repeated", kind)
        told = found("repeated", scene)
        assert (told.faults, told.unproven) == ((), ())
        assert ("encoder/h_n.l0.fwd", "decoder/h_0.l0.fwd") in ends(scene)
        words = " ".join(text.label.text for text in scene.texts)
        assert "decoder reads no output of encoder: only its last states" in words or "not used" in words
        assert ("as well" in words, "nor repeat" in words) == (False, False)


def test_a_box_says_what_is_done_in_its_order():
    assert way(SCENES.scene_of("bridge")) == {"cat → Linear → Tanh"}
    assert way(SCENES.scene_of("both")) == {"cat → Linear → ReLU", "cat → Linear"}
    assert way(SCENES.scene_of("vae")) == {"Linear, Linear → mul → exp → mul → add → Linear"}
    assert way(SCENES.scene_of("vae", width="column")) == {"Linear, Linear → … → Linear"}


@pytest.mark.parametrize(
    "options", [{}, {"detail": "low"}, {"detail": "full"}, {"width": "column"}, {"language": "zh"}]
)
@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("name", [*MADE, "free"])
def test_all_of_it_is_proven(name, kind, options):
    try:
        scene = SCENES.scene_of(name, kind, **options)
    except FigureError as error:
        assert "too narrow" in str(error) or "low" in options.values()
        return
    told = found(name, scene, Asked(bare=options.get("detail") == "low"))
    assert (told.faults, told.unproven) == ((), ())
    assert told.proven == told.arrows == len(scene.edges)
    words = " ".join(text.label.text for text in scene.texts)
    assert ("not drawn" in words, "未画" in words) == (False, False) or name == "context"


@pytest.mark.parametrize("name", ["bridge", "both", "packed"])
def test_every_arrow_between_that_is_taken_away_or_turned_is_refuted(name):
    scene = SCENES.scene_of(name)
    boxes = [edge.id for edge in scene.edges if (edge.source, edge.target) in between(scene)]
    for changed, edge in without_or_turned(scene):
        if edge in boxes:
            assert refuted(changed, SCENES.seen(name).trace, followed=SCENES.followed(name)), edge


def test_a_state_that_is_led_to_another_box_is_refuted():
    scene = SCENES.scene_of("sum")
    for edge in scene.edges:
        if edge.target == "add.l0.fwd.k0":
            wrong = dataclasses.replace(edge, target="add.l1.fwd.k0")
            changed = dataclasses.replace(
                scene, edges=tuple(wrong if one is edge else one for one in scene.edges)
            )
            assert any("is false" in fault for fault in found("sum", changed).faults)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_a_box_that_says_something_else_is_refuted(kind):
    scene = SCENES.scene_of("bridge", kind)
    (node,) = [node for node in scene.nodes if node.id.endswith(".k0")]
    for said in ("Linear → cat → Tanh", "cat → Linear", "cat → … → Tanh"):
        (claim,) = node.label.claims
        given = tuple((k, ("own", said) if k == "names" else v) for k, v in claim.fact("given"))
        claims = [dataclasses.replace(claim, facts=tuple((dict(claim.facts) | {"given": given}).items()))]
        label = dataclasses.replace(node.label, claims=tuple(claims))
        nodes = tuple(dataclasses.replace(one, label=label) if one is node else one for one in scene.nodes)
        assert found("bridge", dataclasses.replace(scene, nodes=nodes)).faults, said


def test_what_is_drawn_is_not_said_to_be_left_out():
    text = next(t for t in SCENES.scene_of("also").texts if "not drawn" in t.label.text)
    said = text.label.claims
    assert said
    scene = SCENES.scene_of("bridge")
    alone = next(t for t in SCENES.scene_of("bridge", of="encoder").texts if "fc reads" in t.label.text)
    wrong = dataclasses.replace(scene, texts=(*scene.texts, alone))
    assert any("said not to be" in fault for fault in found("bridge", wrong).faults)


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_what_is_made_from_others_too_has_no_box(kind):
    scene = SCENES.scene_of("also", kind)
    told = found("also", scene)
    assert (told.faults, told.unproven) == ((), ())
    assert not way(scene)
    assert "decoder/h_0.l0.fwd" not in {b for _, b in ends(scene)}


def test_a_record_keeps_the_way():
    trace = SCENES.seen("both").trace
    assert from_record(to_record(trace)) == trace
    assert {one.through for one in trace.layers["decoder"].handovers} == {
        ("cat", "for_h", "relu"), ("cat-2", "for_c"),
    }  # fmt: skip


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("kind", ["grid", "unrolled", "rolled", "tensors"])
def test_states_are_said_to_be_made_from_an_image(kind, width):
    scene = SCENES.scene_of("captions", kind, width=width)
    told = found("captions", scene)
    assert (told.faults, told.unproven) == ((), ())
    (text,) = [text for text in scene.texts if "made from image" in text.label.text]
    (claim,) = [claim for claim in text.label.claims if "made from image" in claim.text]
    given = tuple((k, ("own", "y") if k == "of" else v) for k, v in claim.fact("given"))
    wrong = dataclasses.replace(claim, facts=tuple((dict(claim.facts) | {"given": given}).items()))
    label = dataclasses.replace(text.label, claims=(wrong,))
    texts = tuple(dataclasses.replace(one, label=label) if one is text else one for one in scene.texts)
    assert found("captions", dataclasses.replace(scene, texts=texts)).faults


def test_a_decoder_alone_says_what_its_states_are_made_from():
    scene = SCENES.scene_of("bridge", "rolled", of="decoder")
    assert any("h_0: made from encoder" in text.label.text for text in scene.texts)
    told = found("bridge", scene, Asked(of="decoder"))
    assert (told.faults, told.unproven) == ((), ())
