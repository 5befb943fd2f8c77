"""A trace leaves the process as it was, and depends on nothing in it."""

import subprocess
import sys
import warnings
from types import SimpleNamespace

import pytest
import torch

from lstmviz.errors import ModelError
from lstmviz.network import surroundings
from lstmviz.network.model import build
from lstmviz.network.record import to_record
from lstmviz.network.run import undisturbed
from lstmviz.network.surroundings import without_compiler
from lstmviz.network.trace import trace

DEEP = ("lstm", {"hidden_size": 16, "proj_size": 4, "dropout": 0.5})  # warns twice, in torch


def state():
    return {
        "threads": torch.get_num_threads(),
        "random": torch.get_rng_state().tolist(),
        "grad": torch.is_grad_enabled(),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "filters": list(warnings.filters),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "modes": torch._C._len_torch_dispatch_stack(),
    }


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_nothing_is_left_behind(spec, sequence):
    big = {"batch_size": 512, "timesteps": 1000, "features": 3}
    before = state()
    trace(spec(sequence, DEEP, ("linear", {"out_features": 1})))
    build(spec(sequence, DEEP))
    trace(spec(big, ("lstm", {"hidden_size": 4096, "num_layers": 8})))  # fake tensors
    trace(spec({**big, "timesteps": 4}, ("gru", {"hidden_size": 9000})))  # meta tensors
    assert state() == before


@pytest.mark.usefixtures("threads")
def test_one_thread_and_no_gradients():
    with undisturbed():
        assert torch.get_num_threads() == 1
        assert not torch.is_grad_enabled()


@pytest.mark.usefixtures("threads")
def test_nothing_is_left_behind_by_an_error(spec, sequence):
    before = state()
    with pytest.raises(ModelError):
        trace(spec(sequence, DEEP, ("view", {"sizes": (-1, 17)})))
    with pytest.raises(ModelError):
        trace(spec({**sequence, "timesteps": 10**5}, ("gru", {"hidden_size": 4096})))
    assert state() == before


def test_no_warning_reaches_the_user(spec, sequence, recwarn, capfd):
    warnings.simplefilter("always")
    trace(spec(sequence, DEEP))
    build(spec(sequence, DEEP))
    assert [str(warning.message) for warning in recwarn] == []
    assert capfd.readouterr() == ("", "")
    with pytest.warns(UserWarning, match="dropout"):  # torch itself would have
        torch.nn.LSTM(3, 16, dropout=0.5)


def test_the_users_settings_do_not_matter(spec, sequence):
    lengths = {**sequence, "lengths": (5, 3, 4, 2, 5, 1)}
    made = spec(lengths, DEEP, "last_step", ("linear", {"out_features": 1}))
    expected = to_record(trace(made))
    torch.set_default_dtype(torch.float64)
    try:
        with torch.device("meta"), torch.enable_grad():
            assert to_record(trace(made)) == expected
        with torch.inference_mode():
            assert to_record(trace(made)) == expected
    finally:
        torch.set_default_dtype(torch.float32)


def test_the_same_trace_every_time(spec, sequence):
    made = spec(sequence, DEEP, ("linear", {"out_features": 1}))
    assert trace(made) == trace(made)
    torch.manual_seed(3)
    assert trace(made) == trace(made)


FORWARDS = """
import sys, torch
from torch.autograd import forward_ad
from lstmviz.network.surroundings import without_compiler
with without_compiler(), forward_ad.dual_level(), torch.no_grad():
    x = forward_ad.make_dual(torch.ones(2, 5, 3), torch.ones(2, 5, 3))
    moved = forward_ad.unpack_dual(torch.nn.GRU(3, 4)(x)[0]).tangent
sys.exit(0 if moved is not None and "torch._dynamo" not in sys.modules else 1)
"""


def test_derivatives_forwards_do_not_import_the_compiler():
    assert subprocess.run([sys.executable, "-c", FORWARDS], check=False).returncode == 0


def test_functions_of_torch_are_as_before_once_derivatives_are_taken():
    functions = [f for f in torch._decomp.decomposition_table.values() if hasattr(f, "__dict__")]
    before = [dict(vars(one)) for one in functions]
    with pytest.raises(ZeroDivisionError), without_compiler():
        assert [dict(vars(one)) for one in functions] != before
        raise ZeroDivisionError
    assert [dict(vars(one)) for one in functions] == before


@pytest.mark.parametrize("other", [SimpleNamespace(), SimpleNamespace(_decomp=None)], ids=["none", "bare"])
def test_a_torch_without_the_table_of_its_own_functions_has_none_to_tell(other, monkeypatch):
    monkeypatch.setattr(surroundings, "torch", other)
    with without_compiler():
        pass


IMPORT = """
import sys
import lstmviz.network, lstmviz.network.cache, lstmviz.network.report, lstmviz.network.structure
import lstmviz.network.plan, lstmviz.network.bounds, lstmviz.network.record
sys.exit([name for name in ("torch", "numpy", "matplotlib") if name in sys.modules] or 0)
"""


def test_what_needs_no_torch_does_not_import_it():
    run = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
