"""How a word is written: its capitalisation class, a feature beside its number and its characters (Collobert et al. 2011, 6.1).

The class is of the spelling as it is, whatever is done to the word's letters and digits before it gets its number.
"""

NAMES = ("lower", "initial", "upper", "mixed", "letters_and_digits", "number", "no_letter")
SHAPES = len(NAMES)


def shape(word: str) -> int:
    """The place of the word's class in NAMES.

    `number`: digits without a letter, whatever stands between them (1996-08-22). `no_letter`: neither. `lower` holds scripts
    without case too. `initial`: the first cased letter alone is a capital (also of a word that is one letter).
    """
    if not any(letter.isalpha() for letter in word):
        return NAMES.index("number" if any(sign.isdigit() for sign in word) else "no_letter")
    if any(sign.isdigit() for sign in word):
        return NAMES.index("letters_and_digits")
    capitals = [letter.isupper() for letter in word if letter.isupper() or letter.islower()]
    if not any(capitals):
        return NAMES.index("lower")
    if capitals[0] and not any(capitals[1:]):
        return NAMES.index("initial")
    return NAMES.index("upper" if all(capitals) else "mixed")
