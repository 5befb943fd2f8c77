"""Functions that a module holds run in the copy of it that is followed, not in the user's own module."""

import pytest
import torch
from torch import nn

import lstmviz


class Held(nn.Module):
    """An LSTM and a head on its last step."""

    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2)


class Plain(Held):
    """Each step is classified."""

    def forward(self, x):
        return self.head(self.lstm(x)[0])


class ByHook(Held):
    """What a hook keeps is read, and the result of the call is not."""

    def __init__(self):
        super().__init__()
        self.kept = {}
        self.lstm.register_forward_hook(lambda *given: self.kept.update(output=given[-1][0]))

    def forward(self, x):
        self.lstm(x)
        return self.head(self.kept["output"][:, -1])


class ByFunctions(Held):
    """Each stage is called by a function that closes over the module."""

    def __init__(self):
        super().__init__()
        steps = {"take": -1}

        def read(x):
            return self.lstm(x)[0][:, steps["take"]]

        def classify(last):
            return self.head(last)

        self.calls = [read, classify]

    def forward(self, x):
        for call in self.calls:
            x = call(x)
        return x


@pytest.mark.parametrize("model", [ByHook, ByFunctions])
def test_what_a_function_calls_is_followed_and_the_module_stays_as_it_is(model):
    module, x = model(), torch.randn(2, 5, 3)
    for _ in range(2):
        trace = lstmviz.shapes(module, inputs=(x,)).trace
        assert [stage.type for stage in trace.stages] == ["lstm", "last_step", "linear"]
        assert trace.stages[1].sources == ("lstm.output",)
    assert getattr(module, "kept", {}) == {}
    assert all(one.answer == "proven" for one in lstmviz.check(module, inputs=(x,)))


def test_what_a_hook_gathers_elsewhere_stays_as_it_is():
    """Tensors with a history cannot be copied, and need not be."""
    module, x, gathered = Plain(), torch.randn(2, 5, 3), []
    module.lstm.register_forward_hook(lambda *given: gathered.append(given[-1][0]))
    module(x)
    (before,) = gathered
    trace = lstmviz.shapes(module, inputs=(x,)).trace
    assert [stage.type for stage in trace.stages] == ["lstm", "linear"]
    assert gathered == [before]


def test_a_forward_of_the_module_s_own_is_that_of_the_copy():
    module, x = Plain(), torch.randn(2, 5, 3)
    module.forward = lambda x: module.head(module.lstm(x)[0][:, -1])
    trace = lstmviz.shapes(module, inputs=(x,)).trace
    assert [stage.type for stage in trace.stages] == ["lstm", "last_step", "linear"]
