"""What fairviz is, the way in, and what was asked lately."""

import streamlit as st

from fairviz.ui import overview, shell, takeaway

with shell.page("Overview", icon=":material/balance:"):
    overview.head()
    overview.way_in()
    st.subheader("Recent runs", anchor=False)
    takeaway.recent(12)
    overview.damaged()
