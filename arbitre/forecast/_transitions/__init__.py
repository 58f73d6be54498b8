"""At which rate cases leave, and how, behind `forecast.transitions`."""
