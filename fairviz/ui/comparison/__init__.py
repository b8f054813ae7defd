"""The page Compare: both models write the answer to one prompt."""
