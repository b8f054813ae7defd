"""Both models read one text."""
