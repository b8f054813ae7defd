"""A pair on a whole set of prompts or questions: where it was unsure, and what moved there."""
