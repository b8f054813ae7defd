"""The kinds of run: what is asked, how it is measured, kept and presented."""
