"""The module of docs/your-module.md."""

from torch import Tensor, nn


class Forecast(nn.Module):
    """Reads days, and says what comes next."""

    def __init__(self, features: int = 3, hidden: int = 16) -> None:
        super().__init__()
        self.lstm = nn.LSTM(features, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        """From (N, T, F) to (N, 1)."""
        out, _ = self.lstm(x)
        return self.head(out[:, -1])
