"""The English words that stories and statements draw from, each as likely as the next."""

from __future__ import annotations

# Nouns that show the gender; the trades do not, and always come with a name.
COMMON = (
    ("prince", "princess", "princes", "princesses"),
    ("king", "queen", "kings", "queens"),
    ("boy", "girl", "boys", "girls"),
    ("wizard", "witch", "wizards", "witches"),
    ("young man", "young woman", "young men", "young women"),
    ("duke", "duchess", "dukes", "duchesses"),
    ("grandfather", "grandmother", "grandfathers", "grandmothers"),
    ("widower", "widow", "widowers", "widows"),
    ("waiter", "waitress", "waiters", "waitresses"),
    ("hero", "heroine", "heroes", "heroines"),
)
ADJECTIVES = tuple(
    "happy tired brave curious proud patient careful talkative dreamy worried generous glad sad "
    "surprised clever stubborn discreet serious cheerful calm shy honest lonely wise polite tall "
    "small strong wary moved greedy lucky busy charming lazy attentive thoughtful skilful quiet "
    "restless".split()
)
OBJECTS = tuple(
    "mirror book chest basket hat coat knife drum violin umbrella bag vase ribbon button mask "
    "glove brush necklace carpet ring comb whistle hammer pencil notebook flask globe bracelet "
    "flag egg key lantern apple feather map bell compass flute crown stone shell doll letter "
    "medal watch seed sword statue candle scarf box harp rose pearl rope teapot trunk slate "
    "purse".split()
)
OBJECT_ADJECTIVES = tuple(
    "golden blue broken shiny rusty magic round green cracked heavy black red tiny strange lost "
    "forgotten painted frozen warm worn enchanted engraved transparent perfumed silver".split()
)
BEASTS = tuple(
    "fox owl raven wolf cat horse dragon rabbit hedgehog blackbird deer toad beaver donkey bear "
    "duck lizard squirrel goat turtle mouse goose bee cow frog ant seagull magpie mare carp mole "
    "doe cricket spider badger swan".split()
)
PLACES = tuple(
    f"{where} {what}"
    for where, whats in (
        ("by", "the sea|the lake|the river|the canal|the pond|the road"),
        ("near", "the mill|the forest|the old bridge|the market|the tower|the lighthouse"),
        ("behind", "the hill|the church|the castle|the barn|the orchard|the station|the school"),
        ("in", "a hut|an attic|the valley|a cave|the mountains|a garden|a narrow street"),
        ("under", "a tall oak|the stars|the roof of the barn|an apple tree|the snow"),
    )
    for what in whats.split("|")
)
HOBBIES = tuple(
    f"{verb} {what}"
    for verb, whats in (
        ("count", "the stars|the boats|the clouds|the pebbles|the sheep"),
        ("tell", "stories|legends|old jokes|strange dreams"),
        ("listen", "to the rain|to the wind|to the birds|to the waves|to the elders"),
        ("pick", "cherries|mushrooms|blackberries|violets"),
        ("paint", "boats|birds|doors|landscapes"),
        ("sing", "in the evening|in the rain|at the market|in the kitchen"),
        ("walk", "on the beach|in the snow|at night|in the woods"),
        ("mend", "clocks|nets|toys|old walls"),
    )
    for what in whats.split("|")
)
DEEDS = tuple(
    f"{verb} {what}"
    for verb, whats in (
        ("cross", "the forest|the desert|the river|the valley|the great lake|the mountains"),
        ("build", "a boat|a house|a bridge|a mill|a raft|a tower"),
        ("look", "for a treasure|for an answer|for an island|for an old secret|for the spring"),
        ("learn", "to swim|to read|to dance|Latin|to fly|music|to whistle"),
        ("write", "a letter|a poem|a song|a book|to the king|to an aunt"),
        ("prepare", "a soup|a feast|a journey|a surprise|a big cake"),
        ("sell", "the sheep|the cart|the apples|the house|the jewels"),
        ("plant", "a cherry tree|tulips|a vine|a hundred roses|a fig tree"),
    )
    for what in whats.split("|")
)
TIMES = tuple(
    "One morning|One evening|One day|One night|In spring|One Sunday|In winter|During the storm|"
    "After the feast|Before dawn|At noon|One rainy day|In autumn|The next day".split("|")
)
KIN = tuple("mother father sister brother aunt uncle neighbour friend".split())
