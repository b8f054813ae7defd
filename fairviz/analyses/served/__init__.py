"""Two models of which one or both are behind a server: intervals where tokens are not listed."""
