"""Published bias measurements of compressed models, and what is known against each number."""

from fairviz.ui import shell
from fairviz.ui.report import add
from fairviz.ui.tables import filters, head, panels, shelf

with shell.page("Bias tables"):
    head.title()
    head.fetch_early()
    frame = shelf.table()
    head.guard(frame)
    ask = filters.wanted(frame)
    panels.draw(frame, ask)
    add.tables(frame, ask)
