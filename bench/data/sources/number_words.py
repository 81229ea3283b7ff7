"""Whole numbers in English words: 1072 is `one thousand and seventy-two`."""

LISTED = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen
"""
ONES = LISTED.split()
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
LARGEST = 999_999


def in_words(number: int) -> str:
    """Raises ValueError for a number below 0 or above LARGEST."""
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{number} is refused: give a whole number from 0 to {LARGEST}.")
    if number < 20:
        return ONES[number]
    if number < 100:
        ten, unit = divmod(number, 10)
        return TENS[ten] + (f"-{ONES[unit]}" if unit else "")
    if number < 1000:
        hundred, remainder = divmod(number, 100)
        return f"{ONES[hundred]} hundred" + (f" and {in_words(remainder)}" if remainder else "")
    thousand, remainder = divmod(number, 1000)
    joint = " and " if 0 < remainder < 100 else " "
    return f"{in_words(thousand)} thousand" + (f"{joint}{in_words(remainder)}" if remainder else "")
