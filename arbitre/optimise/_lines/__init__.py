"""Heads and carriers by the chance to make a cut-off, behind `optimise.lines`."""
