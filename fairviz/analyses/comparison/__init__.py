"""Both models write the answer to one prompt."""
