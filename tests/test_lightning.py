"""Lightning's modules: without a trainer, after one has fitted them, and from the checkpoint it wrote."""

from __future__ import annotations

import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lstmviz
from lstmviz.network.user.weights import load_weights


class Forecast(pl.LightningModule):
    """A forecast, as Lightning's users write one."""

    def __init__(self, features=3, hidden=16):
        super().__init__()
        self.save_hyperparameters()
        self.lstm, self.head = nn.LSTM(features, hidden, batch_first=True), nn.Linear(hidden, 1)
        self.example_input_array = torch.randn(6, 5, features)

    def forward(self, x):
        """The last step's forecast, and its mean in the log."""
        y = self.head(self.lstm(x)[0][:, -1])
        self.log("mean", y.mean())
        return y

    def training_step(self, batch, _):
        """The loss of a batch."""
        x, y = batch
        return nn.functional.mse_loss(self(x), y)

    def configure_optimizers(self):
        """What moves the weights."""
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Asks(Forecast):
    """One whose forward is nothing without its trainer."""

    def forward(self, x):
        """The forecast, times an epoch."""
        return super().forward(x) * (self.trainer.current_epoch + 1)


@pytest.fixture
def fitted(tmp_path):
    """A module with its trainer, which has written best.ckpt."""
    module = Forecast()
    off = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    trainer = pl.Trainer(max_steps=1, accelerator="cpu", **dict.fromkeys(off, False))
    data = TensorDataset(torch.randn(6, 5, 3), torch.randn(6, 1))
    trainer.fit(module, DataLoader(data, batch_size=6))
    trainer.save_checkpoint(tmp_path / "best.ckpt")
    return module


def test_a_module_without_its_trainer_is_drawn_on_its_example_and_proven():
    assert "(6, 5, 3)" in lstmviz.draw(Forecast(), "grid").alt
    assert all(proof.answer == "proven" for proof in lstmviz.check(Forecast()))


def test_a_module_is_drawn_alike_with_its_trainer(fitted):
    before = {name: value.clone() for name, value in fitted.state_dict().items()}
    assert lstmviz.draw(fitted, "grid").svg == lstmviz.draw(Forecast(), "grid").svg
    assert all(torch.equal(value, before[name]) for name, value in fitted.state_dict().items())
    assert fitted.trainer.global_step == 1


def test_its_checkpoint_has_its_weights(fitted, tmp_path):
    other = Forecast()
    load_weights(other, tmp_path / "best.ckpt")
    assert torch.equal(other.head.weight, fitted.head.weight)


def test_a_forward_that_asks_for_the_trainer_says_so_with_its_line():
    with pytest.raises(lstmviz.ModelError, match=r"\(test_lightning.py:\d+\).*not attached to a `Trainer`"):
        lstmviz.draw(Asks(), "grid")
