"""The Report page, and the way into a report from every other page."""
