"""A user's own nn.Module: run as it is, and written down."""
