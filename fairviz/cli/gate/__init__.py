"""A gate for who releases compressed models: limits on what was measured, and a verdict of each."""
