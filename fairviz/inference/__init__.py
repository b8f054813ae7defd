"""Models run on texts: scoring, paired decoding, multiple choice, generation, the noise floor."""
