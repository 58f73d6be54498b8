"""Which sites to have, behind `optimise.sites`."""
