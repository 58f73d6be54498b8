"""Technicians and parts, together and apart, behind `optimise.visits`."""
