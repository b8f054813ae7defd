"""Two models of which one or both are behind a server: intervals where words are not listed."""
