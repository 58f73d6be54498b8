"""What serving costs, line by line: `measure.cost`, and what others take from it."""
