"""A window that moves over maps: what it sees for each value that it gives."""

from __future__ import annotations

from lstmviz.records import record


@record(frozen=True, slots=True)
class Window:
    """A kernel or pooling window, each number for height and width."""

    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]

    @property
    def extent(self) -> tuple[int, int]:
        """From its first row (column) to the one after its last, gaps of a dilation included."""
        high, wide = ((k - 1) * d + 1 for k, d in zip(self.size, self.dilation, strict=True))
        return (high, wide)

    def seen(self, axis: int, row: int) -> tuple[int, int]:
        """The first input row (column) that output row `row` sees, and the one after its last."""
        start = row * self.stride[axis] - self.padding[axis]
        return (start, start + (self.size[axis] - 1) * self.dilation[axis] + 1)

    def rest(self, axis: int, size: int) -> int:
        """How many rows (columns) at the end of so many no window reaches."""
        free = size + 2 * self.padding[axis] - self.extent[axis]
        return free % self.stride[axis] if self.padding[axis] == 0 else 0
