"""The French words that stories and statements draw from, each as likely as the next."""

from __future__ import annotations

from fairviz.demo.people import TRADES

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
