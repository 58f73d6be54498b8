"""Who waits on call where, behind `optimise.standby`."""
