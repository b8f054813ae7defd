"""What fairviz is, the way in, and what was asked lately."""

from fairviz.ui import overview, shell, takeaway

with shell.page("Overview"):
    overview.head()
    overview.way_in()
    takeaway.recent(12)
    overview.damaged()
    overview.cache_size()
