"""Last buys, successions and excess, behind `optimise.life`."""
