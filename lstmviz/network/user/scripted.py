"""Modules that torch.jit compiled: nothing can be put around their forward, so they stand in another."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class Scripted(nn.Module):
    """A module of Python around a scripted or traced one, which is shown whole."""

    def __init__(self, inner: torch.jit.ScriptModule) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return self.inner(*args, **kwargs)


def wrapped(module: nn.Module) -> nn.Module:
    """Return a module whose scripted parts, or itself, stand inside one that can be watched."""
    if isinstance(module, torch.jit.ScriptModule):
        return Scripted(module)
    for parent in list(module.modules()):
        if isinstance(parent, torch.jit.ScriptModule | Scripted):
            continue
        for name, child in list(parent._modules.items()):  # noqa: SLF001 (named_children, faster)
            if isinstance(child, torch.jit.ScriptModule):
                setattr(parent, name, Scripted(child))
    return module
