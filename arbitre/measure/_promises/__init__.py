"""What was kept: `measure.promises`, and what others take from it."""
