"""One file per kind of item: from what was kept to what a report shows of it."""
