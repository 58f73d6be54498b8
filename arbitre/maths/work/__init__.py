"""People and machines at work: queues, loads over the day, shifts, lines with cut-offs, units that go round."""
