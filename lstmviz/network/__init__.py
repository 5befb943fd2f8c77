"""The real torch module behind a spec: built, run, traced."""
