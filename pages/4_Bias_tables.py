"""Published bias measurements of compressed models, and what is known against each number."""

from fairviz.ui import below, links, shell
from fairviz.ui.tables import explorer, filters

with shell.page("Bias tables"):
    links.head("Bias tables")
    filters.fetch_early()
    frame = filters.table()
    filters.guard(frame)
    request = filters.request(frame)
    explorer.draw(filters.looked_at(frame, request))
    below.add_to_report("tables", filters.looked_at(frame, request).address)
