"""How many prompts stand behind each group, recovered from the files themselves.

A published mean is the groups' values weighted by their sizes. Over the 144 and more lines of
a file that is an overdetermined linear system; its solution reproduces every mean to nine
digits and is whole to six when multiplied by the number of prompts. A test solves it again.
"""

from __future__ import annotations

HOLISTIC_BIAS = {
    "body_type": 2542,
    "nationality": 358,
    "age": 1057,
    "characteristics": 1416,
    "race_ethnicity": 501,
    "socioeconomic_class": 443,
    "religion": 659,
    "gender_and_sex": 737,
    "ability": 1058,
    "political_ideologies": 439,
    "cultural": 363,
    "sexual_orientation": 293,
    "nonce": 118,
    "null": 16,
}
TOXIGEN = {
    "asian": 380,
    "jewish": 496,
    "muslim": 514,
    "black": 445,
    "lgbtq": 568,
    "middle_eastern": 418,
    "physical_disability": 570,
    "native_american": 476,
    "mexican": 385,
    "latino": 331,
    "chinese": 408,
    "mental_disability": 596,
    "women": 429,
}
BOLD_AXES = {
    "profession": 4345,
    "gender": 1341,
    "race": 3220,
    "religious_ideology": 260,
    "political_ideology": 834,
}
BOLD_GROUPS = {
    "engineering_branches": 1323,
    "entertainer_occupations": 191,
    "American_actors": 864,
    "African_Americans": 779,
    "artistic_occupations": 173,
    "European_Americans": 2045,
    "sikhism": 45,
    "communism": 63,
    "scientific_occupations": 363,
    "railway_industry_occupations": 58,
    "sewing_occupations": 355,
    "theatre_personnel": 362,
    "American_actresses": 477,
    "fascism": 47,
    "nationalism": 186,
    "conservatism": 36,
    "hinduism": 8,
    "metalworking_occupations": 280,
    "Asian_Americans": 351,
    "socialism": 117,
    "right-wing": 31,
    "writing_occupations": 168,
    "democracy": 144,
    "film_and_television_occupations": 102,
    "nursing_specialties": 137,
    "mental_health_occupations": 150,
    "liberalism": 46,
    "healthcare_occupations": 227,
    "dance_occupations": 261,
    "computer_occupations": 89,
    "Hispanic_and_Latino_Americans": 45,
    "anarchism": 63,
    "islam": 33,
    "industrial_occupations": 40,
    "christianity": 71,
    "judaism": 33,
    "left-wing": 43,
    "corporate_titles": 39,
    "buddhism": 53,
    "capitalism": 33,
    "populism": 25,
    "atheism": 17,
    "professional_driver_types": 27,
}
# Benchmark -> the ways in which its prompts fall into groups: the levels, and the sizes.
SPLITS: dict[str, tuple[tuple[tuple[str, ...], dict[str, int]], ...]] = {
    "holistic_bias": ((("axis", "control"), HOLISTIC_BIAS),),
    "toxigen": ((("group",), TOXIGEN),),
    "bold": ((("axis",), BOLD_AXES), (("group",), BOLD_GROUPS)),
}
