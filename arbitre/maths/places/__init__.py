"""Places and ways: sites, tours and their chances."""
