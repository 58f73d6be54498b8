"""What counts prove: shares, changes, trials, groups, laws learnt from cases, and how sure each is."""
