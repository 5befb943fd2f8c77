"""Values of a real run: how much steps move each other, and what gates and states are."""
