"""The blind review: made, answered pair by pair, and its outcome."""
