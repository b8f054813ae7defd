"""The widgets, pictures and words of the Bias tables page."""
