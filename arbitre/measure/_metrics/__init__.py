"""Measures that are rows, behind `measure.metrics`."""
