"""Stage types by what they do to numbers: none of these computes one."""

PACKS = frozenset({"pack", "unpack"})
"""Take the padding out of a batch, and put it back."""
TURNS = frozenset({"transpose", "permute"})
"""Put axes in another order."""
RESHAPES = frozenset({"view", "reshape", "flatten"})
"""Leave the order of numbers and cut axes anew."""
