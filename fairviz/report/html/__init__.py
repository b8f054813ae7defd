"""A report as one file that opens without a network."""

from fairviz.report.html.page import page

__all__ = ["page"]
