"""Modules as people post them, wrong ones too: what is drawn of any part is proven, or refused in words."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import lstmviz
from lstmviz import checking
from lstmviz.errors import ModelError
from lstmviz.figure_requests import plan_kind
from lstmviz.network.user.describe import describe
from lstmviz.network.user.stage_dependences import follow
from lstmviz.network.user.writing import Writer
from lstmviz.pipeline import described


class Swapped(nn.Module):
    """The second layer is not told that the batch comes first: it takes samples for steps."""

    def __init__(self):
        super().__init__()
        self.enc, self.dec, self.out = nn.LSTM(3, 5, batch_first=True), nn.LSTM(5, 5), nn.Linear(5, 3)

    def forward(self, x):
        return self.out(self.dec(self.enc(x)[0])[0])


class Sine(nn.Module):
    """Two cells over a series, and the same two on, on their own answers."""

    def __init__(self):
        super().__init__()
        self.lstm1, self.lstm2, self.linear = nn.LSTMCell(1, 5), nn.LSTMCell(5, 5), nn.Linear(5, 1)

    def forward(self, x):
        outputs = []
        h = c = h2 = c2 = x.new_zeros(len(x), 5)
        for x_t in x.split(1, dim=1):
            h, c = self.lstm1(x_t, (h, c))
            h2, c2 = self.lstm2(h, (h2, c2))
            output = self.linear(h2)
            outputs.append(output)
        for _ in range(3):
            h, c = self.lstm1(output, (h, c))
            h2, c2 = self.lstm2(h, (h2, c2))
            output = self.linear(h2)
            outputs.append(output)
        return torch.cat(outputs, dim=1)


class Translation(nn.Module):
    """Tokens one by one, without a batch; the decoder reads the best of its own answers."""

    def __init__(self):
        super().__init__()
        self.words, self.enc = nn.Embedding(15, 4), nn.GRU(4, 5)
        self.said, self.dec, self.out = nn.Embedding(12, 5), nn.GRU(10, 5), nn.Linear(5, 12)

    def forward(self, source, target):
        h, kept, outs, token = torch.zeros(1, 1, 5), torch.zeros(6, 5), [], torch.tensor([[0]])
        for i in range(len(source)):
            o, h = self.enc(self.words(source[i]).view(1, 1, -1), h)
            kept[i] = o[0, 0]
        for _ in range(len(target)):
            weights = F.softmax(kept @ h[0, 0], 0)
            o, h = self.dec(torch.cat([self.said(token), (weights @ kept).view(1, 1, -1)], -1), h)
            outs.append(F.log_softmax(self.out(o[0]), 1))
            token = outs[-1].topk(1)[1].detach()
        return torch.cat(outs)


class Sentences(nn.Module):
    """Words of sentences, then sentences of documents."""

    def __init__(self):
        super().__init__()
        self.word, self.sent = nn.GRU(4, 3, batch_first=True), nn.GRU(3, 3, batch_first=True)
        self.emb, self.fc = nn.Embedding(20, 4), nn.Linear(3, 2)

    def forward(self, docs):
        n, s, w = docs.shape
        seen = self.word(self.emb(docs.view(n * s, w)))[0].mean(1)
        return self.fc(self.sent(seen.view(n, s, -1))[0].max(1).values)


class Pointing(nn.Module):
    """A loop that reads the data at the place that it has just pointed at."""

    def __init__(self):
        super().__init__()
        self.enc, self.dec = nn.LSTM(2, 5, batch_first=True), nn.LSTMCell(2, 5)
        self.w1, self.w2, self.v = nn.Linear(5, 5), nn.Linear(5, 5), nn.Linear(5, 1)

    def forward(self, x):
        e, (h, c) = self.enc(x)
        h, c, inp, pointed = h[-1], c[-1], torch.zeros(len(x), 2), []
        for _ in range(x.size(1)):
            h, c = self.dec(inp, (h, c))
            p = F.log_softmax(self.v(torch.tanh(self.w1(e) + self.w2(h).unsqueeze(1))).squeeze(-1), 1)
            pointed.append(p)
            inp = x[torch.arange(len(x)), p.argmax(1)]
        return torch.stack(pointed, 1)


class Spectrum(nn.Module):
    """Complex numbers on the way to the layer."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 5, batch_first=True)

    def forward(self, x):
        seen = torch.stft(x, n_fft=6, hop_length=3, window=torch.ones(6), return_complex=True)
        return self.lstm(torch.view_as_real(seen).permute(0, 2, 1, 3).flatten(2))[0].mean(1)


class Summed(nn.Module):
    """A sum of answers, and the greatest state so far, carried beside the cell."""

    def __init__(self):
        super().__init__()
        self.c, self.f = nn.GRUCell(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        h, total, best, sums = x.new_zeros(len(x), 4), 0, None, []
        for t in range(x.size(1)):
            h = self.c(x[:, t], h)
            total = total + self.f(h)
            best = h if best is None else torch.maximum(best, h)
            sums.append(total)
        return torch.stack(sums, 1), best


class Forced(nn.Module):
    """A decoder's first step reads the last of the data, then in turn the target and its own answer."""

    def __init__(self):
        super().__init__()
        self.enc, self.cell, self.fc = nn.LSTM(2, 5, batch_first=True), nn.LSTMCell(2, 5), nn.Linear(5, 2)

    def forward(self, x, y):
        h, c = (state[0] for state in self.enc(x)[1])
        read, outs = x[:, -1], []
        for t in range(y.size(1)):
            h, c = self.cell(read, (h, c))
            outs.append(self.fc(h))
            read = y[:, t] if t % 2 == 0 else outs[-1]
        return torch.stack(outs, 1)


class Viewed(nn.Module):
    """The steps are put first by a view, which mixes the samples."""

    def __init__(self):
        super().__init__()
        self.lstm, self.fc = nn.LSTM(3, 5), nn.Linear(5, 2)

    def forward(self, x):
        return self.fc(self.lstm(x.view(x.size(1), x.size(0), 3))[0][-1])


class Greedy(nn.Module):
    """Tokens alone leave the loop: what has no derivative."""

    def __init__(self):
        super().__init__()
        self.e, self.c, self.o = nn.Embedding(9, 4), nn.GRUCell(4, 4), nn.Linear(4, 9)

    def forward(self, h):
        token, said = torch.zeros(len(h), dtype=torch.long), []
        for _ in range(4):
            h = self.c(self.e(token), h)
            token = self.o(h).max(-1)[1]
            said.append(token)
        return torch.stack(said, 1)


CASES = {
    "Forced": (Forced, (torch.randn(3, 5, 2), torch.randn(3, 4, 2))),
    "Greedy": (Greedy, (torch.randn(3, 4),)),
    "Summed": (Summed, (torch.randn(3, 5, 3),)),
    "Viewed": (Viewed, (torch.randn(4, 6, 3),)),
    "Swapped": (Swapped, (torch.randn(4, 6, 3),)),
    "Sine": (Sine, (torch.randn(4, 7),)),
    "Translation": (Translation, (torch.randint(0, 15, (6,)), torch.randint(0, 12, (4,)))),
    "Sentences": (Sentences, (torch.randint(0, 20, (2, 3, 4)),)),
    "Pointing": (Pointing, (torch.randn(3, 4, 2),)),
    "Spectrum": (Spectrum, (torch.randn(3, 24),)),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_recurrence_is_proven_in_every_kind_that_can_show_it(name):
    """Also those that are drawn only if they are asked for; all figures of a module share their runs."""
    make, inputs = CASES[name]
    torch.manual_seed(3)
    module = make().eval()
    subject = described(module, inputs)
    followed = follow(module, inputs, subject.trace)
    shown = 0
    for kind in ("grid", "unrolled", "rolled", "cell", "tensors", "pipeline"):
        recurrences = (*subject.trace.recurrent, *subject.trace.loops)
        for of in (one.name for one in recurrences) if kind != "pipeline" else (None,):
            try:
                asked = plan_kind(kind, {"of": of} if of else {})
                found = checking.proof(subject, asked, followed=followed)
            except lstmviz.FigureError:
                continue
            shown += 1
            assert (found.faults, found.unproven) == ((), ()), (kind, of)
    assert shown > 4


def test_a_batch_axis_that_is_taken_for_time_keeps_its_letter_before_and_after():
    trace = describe(Swapped(), CASES["Swapped"][1])
    assert trace.stage("enc").outputs[0].symbols == ("N", "T", "H")
    assert trace.stage("out").outputs[0].symbols == ("N", "T", "3")


def test_what_counts_samples_and_steps_is_asked_of_the_layer_behind_a_view():
    """The data is (N, T, F) then, whatever the layer's batch_first would say of it; and samples are mixed."""
    trace = describe(Viewed(), CASES["Viewed"][1])
    assert (trace.input.symbols[:2], trace.input.sizes[:2]) == (("N", "T"), (4, 6))
    assert trace.stage("lstm").outputs[0].symbols == ("T", "N", "H")
    figure = lstmviz.draw(Viewed(), "pipeline", inputs=CASES["Viewed"][1])
    assert any("each row mixes samples" in text.label.text for text in figure.scene.texts)


def test_what_a_cell_reads_in_turn_is_said():
    scene = lstmviz.draw(Forced(), "grid", inputs=CASES["Forced"][1], of="cell").scene
    told = " ".join(text.label.text for text in scene.texts)
    assert "x: one of input, input.1, fc.output in each round" in told


def test_a_sum_over_the_rounds_is_no_row_of_steps():
    """Each step of it reads the one before: it is drawn where that can be, and named elsewhere."""
    scene = lstmviz.draw(Summed(), "unrolled", inputs=CASES["Summed"][1], of="c").scene
    assert not [edge for edge in scene.edges if edge.target.startswith("add.t")]


def test_ids_of_a_state_that_is_called_output_are_its_own():
    scene = lstmviz.draw(Sine(), "rolled", inputs=CASES["Sine"][1], of="loop-2").scene
    names = [edge.id for edge in scene.edges]
    assert len(names) == len({*names})


class Mapped(nn.Module):
    """A loop over one sample, mapped over the batch."""

    def __init__(self):
        super().__init__()
        self.w, self.u = nn.Parameter(torch.randn(3, 5)), nn.Parameter(torch.randn(5, 5))

    def one(self, x):
        h = torch.zeros(5)
        for x_t in x:
            h = torch.tanh(x_t @ self.w + h @ self.u)
        return h

    def forward(self, x):
        return torch.func.vmap(self.one)(x)


class Timewise(Mapped):
    """One step at a time, mapped over the steps: the batch axis is seen, the time axis is not."""

    def forward(self, x):
        return torch.func.vmap(lambda x_t: torch.tanh(x_t @ self.w), in_dims=1, out_dims=1)(x)


class Nested(nn.Module):
    """Samples of several lengths in one tensor."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, batch_first=True)

    def forward(self, x):
        x = torch.nested.nested_tensor([x[0], x[1][:3]])
        return self.lstm(torch.nested.to_padded_tensor(x, 0.0))[0]


REFUSED = [
    (Mapped, "one sample at a time, or one step"),
    (Timewise, "not the axis it maps"),
    (Nested, "no one shape"),
]


@pytest.mark.parametrize(("make", "said"), REFUSED)
def test_tensors_without_a_shape_of_their_own_are_refused_in_words(make, said):
    with pytest.raises(ModelError, match=said):
        lstmviz.shapes(make(), inputs=(torch.randn(2, 4, 3),))


def test_activity_of_a_sample_that_a_view_mixes_with_others_is_held_among_these():
    """At another place of the batch it would be mixed with other neighbours: it is measured at its own."""
    found = [one for one in lstmviz.check(Viewed(), inputs=CASES["Viewed"][1]) if one.kind == "activity"]
    assert [one.answer for one in found] == ["proven"]


def test_tensors_says_that_the_states_of_a_cell_have_no_axis_of_layers():
    scene = lstmviz.draw(Sine(), "tensors", inputs=CASES["Sine"][1]).scene
    said = {text.label.text for text in scene.texts}
    assert any("(N, H) = " in text for text in said)
    assert not any("(L," in text for text in said)
    (torchs,) = [proof for proof in lstmviz.check(Sine(), inputs=CASES["Sine"][1]) if proof.kind == "tensors"]
    assert torchs.answer == "proven"


class Crossed(nn.Module):
    """Two cells, each of which reads what the other gave the step before, not of this one."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.LSTMCell(3 + 4, 4), nn.LSTMCell(3 + 4, 4)

    def forward(self, x):
        ha = ca = hb = cb = x.new_zeros(len(x), 4)
        ys = []
        for x_t in x.unbind(1):
            one = self.a(torch.cat([x_t, hb], 1), (ha, ca))
            other = self.b(torch.cat([x_t, ha], 1), (hb, cb))
            (ha, ca), (hb, cb) = one, other
            ys.append(ha + hb)
        return torch.stack(ys, 1)


class Above(nn.Module):
    """Two cells, one above the other; the lower one reads what the upper one gave the step before."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.GRUCell(3 + 4, 4), nn.GRUCell(4, 4)

    def forward(self, x):
        a = b = x.new_zeros(len(x), 4)
        ys = []
        for x_t in x.unbind(1):
            a = self.a(torch.cat([x_t, b], 1), a)
            b = self.b(a, b)
            ys.append(b)
        return torch.stack(ys, 1)


def test_whose_result_of_the_step_before_a_cell_reads():
    """Of two that read each other, neither gets its own before two steps later: that was said, and proven."""
    x = (torch.randn(2, 5, 3),)
    told = " ".join(text.label.text for text in lstmviz.draw(Crossed(), "unrolled", inputs=x).scene.texts)
    assert "a reads what b gave the step before, through cat" in told
    assert "own result" not in told
    assert {proof.answer for proof in lstmviz.check(Crossed(), inputs=x)} == {"proven"}
    told = " ".join(text.label.text for text in lstmviz.draw(Above(), "unrolled", inputs=x).scene.texts)
    assert "a reads its own result of the step before, through cat" in told


def test_a_result_of_two_steps_before_called_one_of_the_step_before_is_refuted(monkeypatch):
    monkeypatch.setattr(Writer, "_other", lambda *_: "")
    with pytest.raises(lstmviz.ProofError, match="its own result"):
        lstmviz.check(Crossed(), inputs=(torch.randn(2, 5, 3),))


class OnGraph(nn.Module):
    """The neighbours of each node are learned: a softmax of a parameter."""

    def __init__(self):
        super().__init__()
        self.near, self.lstm = nn.Parameter(torch.randn(3, 3)), nn.LSTM(3, 4, batch_first=True)

    def forward(self, x):
        return self.lstm(x @ self.near.softmax(-1))[0]


def test_a_function_of_a_parameter_reads_that_and_nothing_that_was_lost():
    x = (torch.randn(2, 5, 3),)
    figure = lstmviz.draw(OnGraph(), "pipeline", inputs=x, detail="full")
    told = " ".join(text.label.text for text in figure.scene.texts)
    assert "not followed" not in told
    assert "near (3, 3)" in told
    assert {proof.answer for proof in lstmviz.check(OnGraph(), inputs=x)} == {"proven"}
