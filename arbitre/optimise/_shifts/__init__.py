"""The programme behind `optimise.shifts`, and the planned work that shifts make room for."""
