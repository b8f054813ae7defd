"""What fairviz is, the way in, and what was asked lately."""

from streamlit.starlette import App

if __name__ == "__main__":  # a run of the page
    from fairviz.analyses.registry import HASHED
    from fairviz.ui import below, links, overview, shell, visitors, widgets
    from fairviz.ui.present import deck

    with shell.page("Overview"):
        links.head("Overview", widgets.paragraph("fairviz"))
        if visitors.here():
            visitors.overview()
        else:
            overview.playing()
            deck.alone()
            overview.doors()
            below.recent(*HASHED, limit=12)
            overview.damaged()
            overview.cache_size()
            overview.open_files()
else:  # the server, which `streamlit run` finds by this name
    from fairviz.ui import serve

    app = App(__file__, middleware=serve.layers(), lifespan=serve.lifespan)
