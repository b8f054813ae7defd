"""Runs put in order, commented, and taken along as one file or as a bundle."""

from fairviz.ui import shell
from fairviz.ui.report import choose, head, parts, place, preview, receive, take

with shell.page("Report"):
    place.settle()
    head.title()
    report = choose.report()
    if report is None:
        head.nothing_yet()
    else:
        parts.draw(report)
        take.draw(report)
        preview.draw(report)
    receive.draw()
