"""Values that flow where derivatives do not, and what torch cannot differentiate: no false alarm, no crash.

Each figure of them is right, so none may be refuted; what no run shows is not proven, and why is said.
"""

from __future__ import annotations

import dataclasses
import os

import pytest
import torch
import torch.utils.checkpoint
from torch import nn
from torch.nn import functional

import lstmviz
from lstmviz import checking, pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.network.structure import Stage, Tensor
from lstmviz.network.user.stage_dependences import follow
from lstmviz.proof import code_claims
from lstmviz.proof.expression import FalseError


def data(*sizes):
    return torch.randn(*sizes, generator=torch.Generator().manual_seed(1))


X = data(4, 6, 3)


def answers(module, *inputs, kinds=("grid", "pipeline")):
    """The proofs of some kinds of figure."""
    subject = pipeline.described(module, inputs or (X,))
    followed = follow(module, inputs or (X,), subject.trace)
    return {kind: checking.proof(subject, plan_kind(kind, {}), followed=followed) for kind in kinds}


class Model(nn.Module):
    """An LSTM with a head; `forward` is what each case says."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.lstm, self.fc = nn.LSTM(3, 5, batch_first=True), nn.Linear(5, 2)
        self.other, self.embed = nn.Linear(5, 5), nn.Embedding(5, 4)
        self.register_buffer("kept", torch.zeros(4, 5))
        self.prepare()

    def prepare(self):
        """Change what the case needs changed."""

    def out(self, x):
        return self.lstm(x)[0]


class ZeroWeights(Model):
    def prepare(self):
        nn.init.zeros_(self.fc.weight)

    def forward(self, x):
        return self.fc(self.out(x)[:, -1])


class Detached(Model):
    def forward(self, x):
        return self.fc(self.out(x).detach()[:, -1])


class Data(Model):
    def forward(self, x):
        return self.fc(self.out(x).data[:, -1])


class NoGrad(Model):
    def forward(self, x):
        with torch.no_grad():
            out = self.out(x)
        return self.fc(out[:, -1])


class AllNoGrad(Model):
    @torch.no_grad()
    def forward(self, x):
        return self.fc(self.out(x))


class Inference(Model):
    @torch.inference_mode()
    def out(self, x):
        return self.lstm(x)[0]

    def forward(self, x):
        return self.fc(self.out(x)[:, -1].clone())


class Tokens(Model):
    def forward(self, x):
        return self.embed(self.out(x).argmax(-1))


class Twice(Model):
    def forward(self, x):
        return self.other(torch.relu(self.other(self.out(x))))


class Mask(Model):
    def forward(self, x):
        out = self.out(x)
        return self.fc(out * torch.bernoulli(torch.full_like(out, 0.5)))


class Dropped(Model):
    def forward(self, x):
        return self.fc(functional.dropout(self.out(x), 0.5, training=True))


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0) * 2

    @staticmethod
    def backward(_, grad):
        return grad * 0


class OwnFunction(Model):
    def forward(self, x):
        return self.fc(Doubled.apply(self.out(x)))


class Hooked(Model):
    def prepare(self):
        self.lstm.register_forward_hook(lambda _, __, given: (given[0] * 2, given[1]))

    def forward(self, x):
        return self.fc(self.out(x))


class Complex(Model):
    def forward(self, x):
        return torch.fft.fft(self.out(x), dim=1).abs()


class Highest(Model):
    def forward(self, x):
        return self.fc(self.out(x).max(dim=1)[0])


class WrittenOver(Model):
    """What was read is written over: torch would not differentiate it any more."""

    def forward(self, x):
        out = self.out(x)
        y = torch.sigmoid(out)
        kept = y * out
        out.mul_(2)
        return self.fc(kept) + out[..., :2]


class Running(Model):
    """A buffer that is kept in place."""

    def forward(self, x):
        self.kept.mul_(0.9).add_(self.out(x)[:, -1] * 0.1)
        return self.fc(self.kept)


class Checkpointed(Model):
    def forward(self, x):
        return torch.utils.checkpoint.checkpoint(lambda x: self.fc(self.out(x)), x, use_reentrant=True)


class Compiled(Model):
    def prepare(self):
        self.block = torch.compile(nn.Sequential(nn.Linear(5, 5), nn.ReLU()), backend="eager")

    def forward(self, x):
        return self.fc(self.block(self.out(x)))


class Lazy(Model):
    def prepare(self):
        self.fc = nn.LazyLinear(2)

    def forward(self, x):
        return self.fc(self.out(x))


class Called(Model):
    def forward(self, x):
        weights = {"weight": self.fc.weight * 2, "bias": self.fc.bias}
        return torch.func.functional_call(self.fc, weights, (self.out(x),))


RIGHT = [ZeroWeights, Detached, Data, NoGrad, AllNoGrad, Inference, Tokens, Twice, Mask, Dropped, OwnFunction,
         Hooked, Complex, Highest, WrittenOver, Running, Checkpointed, Compiled, Lazy, Called]  # fmt: skip


@pytest.mark.parametrize("model", RIGHT, ids=lambda model: model.__name__)
def test_a_right_figure_is_not_refuted(model):
    module = model()
    before = dict(os.environ)
    for kind, proof in answers(module).items():
        assert proof.faults == (), kind
        assert proof.proven == proof.arrows, (kind, proof.unproven)
    assert {name for name in os.environ if name not in before} == set()


@pytest.mark.filterwarnings("ignore")
def test_scripted_and_traced_modules():
    class Plain(Model):
        def forward(self, x):
            return self.fc(self.lstm(x)[0])

    class Around(Model):
        def prepare(self):
            self.block = torch.jit.script(nn.Sequential(nn.Linear(5, 5), nn.ReLU()))

        def forward(self, x):
            return self.fc(self.block(self.out(x)))

    for module in (torch.jit.script(nn.Linear(3, 2)), torch.jit.trace(Plain(), X)):
        (proof,) = answers(module, kinds=("pipeline",)).values()
        assert (proof.faults, proof.proven) == ((), proof.arrows)
    module = Around()
    for proof in answers(module).values():
        assert (proof.faults, proof.proven) == ((), proof.arrows)
    assert isinstance(module.block, torch.jit.ScriptModule)


@pytest.mark.parametrize(("said", "fault"), [("max(dim=1)", False), ("max(dim=2)", True), ("abs()", True)])
def test_a_printed_function_is_called(said, fault):
    """On what the stage reads, as far as shapes go."""
    stage = Stage(
        "max", "max", (("dim", 1),), (Tensor("input", (4, 6, 5), ()),), (Tensor("output", (4, 5), ()),), ()
    )
    if fault:
        with pytest.raises(FalseError):
            code_claims.calls(said, stage)
    else:
        code_claims.calls(said, stage)


@pytest.mark.filterwarnings("ignore")
def test_quantized_layers():
    class Plain(Model):
        def forward(self, x):
            return self.fc(self.out(x))

    module = torch.ao.quantization.quantize_dynamic(Plain(), {nn.LSTM, nn.Linear})
    for proof in answers(module).values():
        assert proof.answer in {"proven", "not proven"}
        assert proof.faults == ()


def test_a_sample_is_not_said_to_depend_on_what_no_run_showed():
    """Of a sample's logits no derivative is left, and changed ones may give the same sample."""

    class Sampled(Model):
        def forward(self, x):
            return self.embed(torch.distributions.Categorical(logits=self.fc(self.out(x))).sample())

    for proof in answers(Sampled()).values():
        assert proof.faults == ()


def test_an_untrue_arrow_is_refuted_though_its_weights_are_zero(monkeypatch):
    """A figure of the head that reads step 5, where the module reads step 6."""
    right = checking.compose

    def astray(subject, plan):
        figure = right(subject, plan)
        edges = [
            dataclasses.replace(e, source="output.t5") if e.source == "output.t6" and "." in e.target else e
            for e in figure.scene.edges
        ]
        assert edges != list(figure.scene.edges)
        return dataclasses.replace(figure, scene=dataclasses.replace(figure.scene, edges=tuple(edges)))

    monkeypatch.setattr(checking, "compose", astray)

    class EveryStep(ZeroWeights):
        def forward(self, x):
            return self.fc(self.out(x))

    assert any("is false" in fault for fault in answers(EveryStep(), kinds=("grid",))["grid"].faults)


@pytest.mark.parametrize(
    ("ends", "raised"), [(SystemExit, lstmviz.ModelError), (KeyboardInterrupt, KeyboardInterrupt)]
)
def test_what_ends_python(ends, raised):
    class Ends(Model):
        def forward(self, x):
            self.out(x)
            raise ends(3)

    with pytest.raises(raised):
        lstmviz.shapes(Ends(), inputs=(X,))


AMBIENT = {
    "inference mode": torch.inference_mode,
    "default device": lambda: torch.device("meta"),
    "autocast": lambda: torch.autocast("cpu"),
    "no gradients": torch.no_grad,
    "anomalies": torch.autograd.detect_anomaly,
}


@pytest.mark.parametrize("mode", AMBIENT)
@pytest.mark.filterwarnings("ignore:Anomaly Detection")
def test_the_modes_of_the_users_program_do_not_matter(mode, small):
    model = ZeroWeights()
    with AMBIENT[mode]():
        assert all(proof.proven == proof.arrows for proof in answers(model).values())
        assert {proof.answer for proof in lstmviz.check(small)} == {"proven"}


@pytest.mark.parametrize(
    ("set_", "back"),
    [
        (lambda: torch.set_default_device("meta"), lambda: torch.set_default_device(None)),
        (lambda: torch.set_default_dtype(torch.float64), lambda: torch.set_default_dtype(torch.float32)),
        (lambda: torch.set_default_dtype(torch.float16), lambda: torch.set_default_dtype(torch.float32)),
        (lambda: torch.use_deterministic_algorithms(True), lambda: torch.use_deterministic_algorithms(False)),
    ],
    ids=["device", "double", "half", "deterministic"],
)
def test_the_settings_of_the_users_program_do_not_matter(set_, back, small):
    model = ZeroWeights()
    set_()
    try:
        assert all(proof.proven == proof.arrows for proof in answers(model).values())
        assert {proof.answer for proof in lstmviz.check(small)} == {"proven"}
    finally:
        back()


def test_a_module_made_in_inference_mode():
    with torch.inference_mode():
        model = ZeroWeights()
        assert all(proof.proven == proof.arrows for proof in answers(model).values())


def test_nothing_of_torch_is_left_changed():
    def patched():
        mode = torch.inference_mode
        return torch.autograd.Function.apply.__func__, mode.__enter__, mode.__exit__

    before = patched()
    answers(OwnFunction())
    assert patched() == before


def test_packed_tokens_through_two_layers_have_the_letters_of_the_whole_model():
    tokens = {"batch_size": 3, "timesteps": 4, "vocabulary": 50, "lengths": [4, 2, 3]}
    model = {"input": tokens, "layers": [{"embedding": 6}, {"lstm": 5}, {"lstm": 8}]}
    assert all(proof.proven == proof.arrows for proof in lstmviz.check(model))


class ThroughNumpy(nn.Module):
    """Nothing is followed into its only stage, whose last state is returned: its output is not used."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 5)

    def forward(self, x):
        h = x.new_zeros(len(x), 5)
        for t in range(x.shape[1]):
            h = self.cell(torch.from_numpy(x[:, t].detach().numpy() * 2), h)
        return h


def test_a_stage_into_which_nothing_was_followed_can_give_in_vain():
    (pipeline_,) = answers(ThroughNumpy(), kinds=("pipeline",)).values()
    assert not pipeline_.faults
