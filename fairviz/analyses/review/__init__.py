"""Blind reviews: people judge pairs of stored texts without knowing which model wrote which."""
