"""Findings that leave the machine they were made on: a report as one file, and as a bundle."""
