"""Stage types by what they do to numbers: none of these computes one."""

PACKS = frozenset({"pack", "unpack"})
"""Take the padding out of a batch, and put it back."""
TURNS = frozenset({"transpose", "permute"})
"""Put axes in another order."""
RESHAPES = frozenset({"view", "reshape", "flatten"})
"""Leave the order of numbers and cut axes anew."""
SECOND = frozenset({"target", "answers"})
"""What a decoder reads beside the states that it starts from: a second input, or its own answers."""
