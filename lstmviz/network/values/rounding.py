"""Many values rounded at once, each as `lstmviz.scene.plots.rounded` rounds one."""

from __future__ import annotations

import torch

from lstmviz.scene.plots import rounded

MOST = 22
"""Powers of ten up to this one are exact in float64."""
POWERS = torch.tensor([10.0**k for k in range(MOST + 1)], dtype=torch.float64)
TIE = 1e-6
"""As near to the middle of two, where a product may have been rounded, a value is rounded by its digits."""


def all_rounded(values: torch.Tensor) -> tuple[float | None, ...]:
    """Return all values to four digits, as plain numbers, in their order.

    >>> all_rounded(torch.tensor([[0.0123456, 0.0], [-1234.5, 1e-30]], dtype=torch.float64))
    (0.01235, 0.0, -1234.0, 1e-30)
    """
    exact = values.detach().double().flatten()
    shift = 3 - exact.abs().log10().floor()
    power = POWERS[shift.abs().clamp(0, MOST).nan_to_num(0).long()]
    scaled = torch.where(shift >= 0, exact * power, exact / power)
    whole = scaled.round()
    # a whole number and an exact power of ten: what torch makes of both is the nearest to their quotient
    found = torch.where(shift >= 0, whole / power, whole * power).tolist()
    told = ((scaled - scaled.floor() - 0.5).abs() > TIE) & (shift.abs() <= MOST)
    told &= (whole.abs() >= 1000) & (whole.abs() <= 9999)
    for place in (~told).nonzero().flatten().tolist():
        found[place] = rounded(float(exact[place]))
    return tuple(found)
