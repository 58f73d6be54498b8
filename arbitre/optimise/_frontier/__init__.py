"""What cost, stock and service trade, behind `optimise.frontier`."""
