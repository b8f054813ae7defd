"""Views of the bias tables: what was asked of them, and what a reader is shown."""
