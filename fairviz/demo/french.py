"""French stories: one hero, a find, a meeting, a deed and an end, all agreeing with the hero."""

from __future__ import annotations

import random
import re

from fairviz.demo.agreement import Hero, agree, four_forms, french_the
from fairviz.demo.people import FIRST_NAMES, TOWNS, TRADES

_COMMON = (
    ("prince", "princesse"),
    ("roi", "reine"),
    ("garçon", "fille"),
    ("sorcier", "sorcière"),
    ("voyageur", "voyageuse"),
    ("géant", "géante"),
    ("paysan", "paysanne"),
    ("écolier", "écolière"),
    ("apprenti", "apprentie"),
    ("orphelin", "orpheline"),
)
HEROES = _COMMON + tuple((masculine, feminine) for masculine, feminine, _ in TRADES)
ADJECTIVES = tuple(
    "content fatigué courageux curieux fier patient prudent bavard distrait inquiet généreux "
    "heureux malheureux rêveur étonné malin obstiné discret sérieux joyeux calme timide honnête "
    "solitaire triste sage poli grand petit fort méfiant ému gourmand amoureux soucieux charmant "
    "paresseux attentif pensif adroit".replace("inquiet ", "")
    .replace("rêveur ", "")
    .replace("malin ", "")
    .replace("discret ", "")
    .split()
)
# Nouns with their gender.
OBJECTS = (
    [(noun, False) for noun in (
        "miroir livre coffre panier chapeau manteau couteau tambour violon parapluie sac vase "
        "ruban bouton masque gant pinceau collier tapis anneau peigne sifflet marteau crayon "
        "cahier flacon globe bracelet drapeau œuf"
    ).split()]
    + [(noun, True) for noun in (
        "clé lanterne pomme plume carte bague cloche boussole flûte couronne pierre coquille "
        "poupée lettre médaille montre graine épée statue bougie écharpe boîte harpe rose perle "
        "corde théière malle ardoise bourse"
    ).split()]
)  # fmt: skip
OBJECT_ADJECTIVES = tuple(
    "doré bleu cassé brillant rouillé magique rond vert fendu lourd noir rouge minuscule étrange "
    "perdu oublié peint brisé gelé tiède usé enchanté gravé transparent parfumé".split()
)
BEASTS = (
    [(noun, False) for noun in (
        "renard hibou corbeau loup chat cheval dragon lapin hérisson merle cerf crapaud castor "
        "âne ours canard lézard écureuil"
    ).split()]
    + [(noun, True) for noun in (
        "chèvre tortue souris oie chouette abeille vache grenouille fourmi mouette louve pie "
        "jument carpe taupe biche cigale araignée"
    ).split()]
)  # fmt: skip
PLACES = tuple(
    f"{where} {what}"
    for where, whats in (
        ("au bord", "de la mer|du lac|de la rivière|du canal|de l'étang|du fleuve"),
        ("près", "du moulin|de la forêt|du vieux pont|du marché|de la tour|du phare|du puits"),
        ("derrière", "la colline|l'église|le château|la grange|le verger|la gare|l'école"),
        ("dans", "une cabane|un grenier|la vallée|une grotte|la montagne|un jardin|une ruelle"),
        ("sous", "un grand chêne|les étoiles|le toit de la grange|un pommier|la neige"),
    )
    for what in whats.split("|")
)
HOBBIES = tuple(
    f"{verb} {what}"
    for verb, whats in (
        ("compter", "les étoiles|les bateaux|les nuages|les cailloux|les moutons"),
        ("raconter", "des histoires|des légendes|ses rêves|ses voyages"),
        ("écouter", "la pluie|le vent|les oiseaux|les vagues|les anciens"),
        ("cueillir", "des cerises|des champignons|des mûres|des violettes"),
        ("peindre", "des bateaux|des oiseaux|des portes|des paysages"),
        ("chanter", "le soir|sous la pluie|au marché|dans la cuisine"),
        ("marcher", "sur la plage|dans la neige|la nuit|dans les bois"),
        ("réparer", "les horloges|les filets|les jouets|les vieux murs"),
    )
    for what in whats.split("|")
)
DEEDS = tuple(
    f"{verb} {what}"
    for verb, whats in (
        ("traverser", "la forêt|le désert|la rivière|la vallée|le grand lac|les montagnes"),
        ("construire", "un bateau|une maison|un pont|un moulin|une barque|une tour"),
        ("chercher", "un trésor|son ombre|une réponse|une île|un vieux secret|la source"),
        ("apprendre", "à nager|à lire|à danser|le latin|à voler|la musique|à siffler"),
        ("écrire", "une lettre|un poème|une chanson|un livre|au roi|à sa tante"),
        ("préparer", "une soupe|un festin|un voyage|une surprise|un grand gâteau"),
        ("vendre", "ses moutons|sa charrette|ses pommes|sa maison|ses bijoux"),
        ("planter", "un cerisier|des tulipes|une vigne|cent rosiers|un figuier"),
    )
    for what in whats.split("|")
)
TIMES = tuple(
    "Un matin|Un soir|Un jour|Une nuit|Au printemps|Un dimanche|En hiver|Pendant l'orage|"
    "Après la fête|Avant l'aube|À midi|Un jour de pluie|En automne|Le lendemain".split("|")
)
KIN = tuple("sa mère|son père|sa sœur|son frère|sa tante|son oncle|sa voisine|son ami".split("|"))


def adjective(rng: random.Random, hero: Hero) -> str:
    """An adjective that agrees with the hero."""
    return agree(four_forms(rng.choice(ADJECTIVES)), hero)


def of(infinitive: str) -> str:
    """The infinitive behind "de", elided before a vowel."""
    return f"d'{infinitive}" if infinitive[0] in "aeiouyhé" else f"de {infinitive}"


def theirs(text: str) -> str:
    """The text with the possessives of several owners."""
    return re.sub(r"\b(sa|son)\b", "leur", re.sub(r"\bses\b", "leurs", text))


def _thing(rng: random.Random) -> tuple[str, str, str]:
    """An object as it is found ("une clé dorée"), named again ("la clé") and pointed at."""
    noun, feminine = rng.choice(OBJECTS)
    look = agree(four_forms(rng.choice(OBJECT_ADJECTIVES)), Hero(feminine))
    article, that = ("une", "cette") if feminine else ("un", "cet" if noun[0] in "aœ" else "ce")
    return f"{article} {noun} {look}", french_the(noun, feminine), f"{that} {noun}"


def _beast(rng: random.Random) -> tuple[str, str]:
    noun, feminine = rng.choice(BEASTS)
    return f"{'une' if feminine else 'un'} {noun}", french_the(noun, feminine)


def tail(rng: random.Random, hero: Hero, sentences: int = 5) -> str:
    """What happens to a hero who is already known: up to five sentences, starting with a space."""
    thing, the_thing, that_thing = _thing(rng)
    beast, the_beast = _beast(rng)
    look, mood, end = (adjective(rng, hero) for _ in range(3))
    hobby, (deed, later) = rng.choice(HOBBIES), rng.sample(DEEDS, 2)
    time, place, kin = rng.choice(TIMES), rng.choice(PLACES), rng.choice(KIN)
    lines = (
        (
            f" [Il|Elle|Ils|Elles] <était|étaient> {look}, et [il|elle|ils|elles] <aimait|aimaient>"
            f" {hobby}.",
            f" [Il|Elle|Ils|Elles] <aimait|aimaient> {hobby} quand [il|elle|ils|elles]"
            f" <était|étaient> {look}.",
        ),
        (
            f" {time}, [il|elle|ils|elles] <trouva|trouvèrent> {thing} {place}.",
            f" {time}, {place}, [il|elle|ils|elles] <ramassa|ramassèrent> {thing}.",
        ),
        (
            f" {beast.capitalize()} passa et demanda {that_thing}, mais [il|elle|ils|elles]"
            f" <refusa|refusèrent>.",
            f" Alors {beast} arriva, et [il|elle|ils|elles] <donna|donnèrent> {the_thing} à"
            f" {the_beast}." if the_beast[:2] == "la" or the_beast[:2] == "l'" else
            f" Alors {beast} arriva, et {the_beast} regarda {the_thing} sans rien dire.",
        ),
        (
            f" [Il|Elle|Ils|Elles] <décida|décidèrent> {of(deed)} et {of(later)}.",
            f" [Il|Elle|Ils|Elles] <voulait|voulaient> {deed}, mais [il|elle|ils|elles]"
            f" <préféra|préférèrent> {later}.",
        ),
        (
            f" Depuis ce jour, [il|elle|ils|elles] <garde|gardent> {the_thing}, et"
            f" [il|elle|ils|elles] <est|sont> {end}.",
            f" À la fin, [il|elle|ils|elles] <rentra|rentrèrent> chez {kin}, {mood} et {end}.",
        ),
    )  # fmt: skip
    text = "".join(agree(rng.choice(choices), hero) for choices in lines[:sentences])
    return theirs(text) if hero.plural else text


def opening(rng: random.Random, hero: Hero) -> str:
    """The first sentence: who it is about, and where."""
    masculine, feminine = rng.choice(HEROES)
    noun = feminine if hero.feminine else masculine
    place, town = rng.choice(PLACES), rng.choice(TOWNS)
    if hero.plural:
        count = rng.choice(("deux", "trois", "quatre", "cinq"))
        who = f"{count} {noun}s"
        name = ""
    else:
        who = f"{'une' if hero.feminine else 'un'} {noun}"
        first = rng.choice(FIRST_NAMES["f" if hero.feminine else "m"])
        name = rng.choice(("", f" [nommé|nommée||] {first}"))
    form = rng.choice(
        (
            f"Il était une fois {who}{name} qui <vivait|vivaient> {place}.",
            f"Il était une fois {who}{name} qui <habitait|habitaient> à {town}, {place}.",
            f"Il était une fois {who}{name}, à {town}.",
            f"Il y a longtemps, {who}{name} <vivait|vivaient> {place}.",
            f"Autrefois, à {town}, <vivait|vivaient> {who}{name}.",
        )
    )
    return agree(form, hero)


def story(rng: random.Random) -> str:
    """A whole story of six sentences."""
    hero = Hero(rng.random() < 0.5, rng.random() < 0.2)
    return opening(rng, hero) + tail(rng, hero)
