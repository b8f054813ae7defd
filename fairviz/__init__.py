"""fairviz: what compression does to a language model, token by token."""

__version__ = "0.1.0"
