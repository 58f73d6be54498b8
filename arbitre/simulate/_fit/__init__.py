"""The process that facts tell of, behind `simulate.fit`."""
