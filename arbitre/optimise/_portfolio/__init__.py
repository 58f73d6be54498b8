"""Offers, prices, sites, people and stock in one programme, behind `optimise.portfolio`."""
