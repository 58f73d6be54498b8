"""What channels bring and the budget between them, behind `optimise.spend`."""
