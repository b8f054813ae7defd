"""A report as one file that opens without a network."""
