"""The problems of state tracking in plain Python: what is asked of one sequence, {step: class}. By name of the problem."""

from itertools import pairwise, permutations

SIGNS = "01234+-*()"


def parity(symbols):
    return {step: symbols[: step + 1].count(1) % 2 for step in range(len(symbols))}


def even_pairs(symbols):
    return {step: sum(first != second for first, second in pairwise(symbols[: step + 1])) % 2 for step in range(len(symbols))}


def cycle_navigation(symbols):
    positions, position = {}, 0
    for step, move in enumerate(symbols):
        position = {0: position, 1: position + 1, 2: position - 1}[move] % 5
        positions[step] = position
    return positions


def modular_arithmetic(symbols):
    text = "".join(SIGNS[symbol] for symbol in symbols)
    assert not set(text) & set("()")
    return {step: eval(text[: step + 1]) % 5 for step in range(len(text)) if text[step].isdigit()}


def modular_arithmetic_brackets(symbols):
    return {len(symbols) - 1: eval("".join(SIGNS[symbol] for symbol in symbols)) % 5}


def s3(symbols):
    return _moved(symbols, sorted(permutations(range(3))))


def a5(symbols):
    return _moved(symbols, [group_element for group_element in sorted(permutations(range(5))) if _is_even(group_element)])


def _moved(symbols, group):
    places, answers = list(range(len(group[0]))), {}
    for step, symbol in enumerate(symbols):
        places = [group[symbol][place] for place in places]
        answers[step] = group.index(tuple(places))
    return answers


def _is_even(permutation):
    """A cycle of n things is n - 1 exchanges."""
    exchanges, rest = 0, set(range(len(permutation)))
    while rest:
        thing = rest.pop()
        while permutation[thing] in rest:
            thing = permutation[thing]
            rest.remove(thing)
            exchanges += 1
    return exchanges % 2 == 0


TRACKED = {
    rule.__name__: rule
    for rule in (parity, even_pairs, cycle_navigation, modular_arithmetic, modular_arithmetic_brackets, s3, a5)
}
