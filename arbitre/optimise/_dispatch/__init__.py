"""Who brings which order, minute by minute, behind `optimise.dispatch`."""
