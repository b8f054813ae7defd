"""Published bias measurements of compressed models, and what is known against each number."""

from fairviz.ui import shell
from fairviz.ui.report import add
from fairviz.ui.tables import explorer, filters, head, tables_in_memory

with shell.page("Bias tables"):
    head.title()
    head.fetch_early()
    frame = tables_in_memory.table()
    head.guard(frame)
    request = filters.request(frame)
    explorer.draw(filters.looked_at(frame, request))
    add.button("tables", filters.looked_at(frame, request).address)
