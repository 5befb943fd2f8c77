"""Proof: what a scene claims, held against the module that it draws."""
