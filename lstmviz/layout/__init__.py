"""Placing what several kinds place alike."""
