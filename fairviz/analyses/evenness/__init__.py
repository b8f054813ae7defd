"""Whether forms of a model stand nearer to even than a reference, and what that costs."""
