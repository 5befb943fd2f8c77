"""The inside of a cell, held against what torch computes in one step."""
