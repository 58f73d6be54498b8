"""The pools of people by quarter-hour, behind `optimise.crews`."""
