"""Arithmetic modulo 5: the value of an expression of digits, plus, minus and times, without brackets and with them.

Symbols: the digits 0 to 4, then + - * ( ). The class after the five values is the blank, the answer to a prefix that has none.
"""

from random import Random

import torch
from torch import Tensor

from bench.cells.scan.padding import valid_mask

from .tracking_problems import Problem

MODULUS = 5
PLUS, MINUS, TIMES, OPENS, CLOSES = range(MODULUS, MODULUS + 5)
BLANK = MODULUS


class ModularArithmetic(Problem):
    """Digits with an operator between two. Products bind closer than sums. After each digit the prefix has a value."""

    name = "modular_arithmetic"
    tokens = MODULUS + 3
    classes = MODULUS + 1
    blank = BLANK

    def symbols(self, rows: int, steps: int, generator: torch.Generator) -> Tensor:
        inputs_BT = torch.randint(MODULUS, (rows, steps), generator=generator)
        inputs_BT[:, 1::2] = torch.randint(PLUS, TIMES + 1, (rows, steps // 2), generator=generator)
        return inputs_BT

    def answers(self, inputs_BT: Tensor) -> Tensor:
        answers_BT = torch.full_like(inputs_BT, BLANK)
        sum_B, term_B = torch.zeros_like(inputs_BT[:, 0]), inputs_BT[:, 0]  # the value: the sum so far and the term being read
        answers_BT[:, 0] = term_B
        for step in range(2, inputs_BT.size(1), 2):
            operator_B = inputs_BT[:, step - 1]
            ends_B = operator_B != TIMES
            sum_B = torch.where(ends_B, sum_B + term_B, sum_B)
            factor_B = torch.where(ends_B, torch.where(operator_B == MINUS, -1, 1), term_B)
            term_B = factor_B * inputs_BT[:, step] % MODULUS
            answers_BT[:, step] = (sum_B + term_B) % MODULUS
        return answers_BT


class ModularArithmeticBrackets(Problem):
    """A fully bracketed expression, of which the whole alone has a value: its answer stands at the end.

    Of n symbols it is, by n: d, -d, (d), -(d), and from five on (E op F), E of any length from 1 to n - 4 with the same
    probability.
    """

    name = "modular_arithmetic_brackets"
    tokens = MODULUS + 5
    classes = MODULUS + 1
    blank = BLANK
    every_prefix = False

    def draw(self, lengths_B: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        random = Random(int(torch.randint(2**62, (), generator=generator)))
        inputs_BT = torch.zeros(len(lengths_B), int(lengths_B.max()), dtype=torch.int64)
        values = []
        for row, length in enumerate(lengths_B.tolist()):
            symbols, value = _expression(length, random)
            inputs_BT[row, :length] = torch.tensor(symbols)
            values.append(value % MODULUS)
        targets_BT = torch.where(valid_mask(lengths_B, inputs_BT), BLANK, 0)
        targets_BT.scatter_(1, lengths_B[:, None] - 1, torch.tensor(values)[:, None])
        asked_BT = torch.zeros_like(targets_BT, dtype=torch.bool).scatter_(1, lengths_B[:, None] - 1, True)
        return inputs_BT, targets_BT, asked_BT


def _expression(length: int, random: Random) -> tuple[list[int], int]:
    """(symbols, value) of an expression of so many symbols."""
    if length in (2, 4):
        symbols, value = _expression(length - 1, random)
        return [MINUS, *symbols], -value
    if length < 5:
        digit = _below(MODULUS, random)
        return ([digit] if length == 1 else [OPENS, digit, CLOSES]), digit
    left_length = 1 + _below(length - 4, random)
    left, left_value = _expression(left_length, random)
    right, right_value = _expression(length - 3 - left_length, random)
    operator = PLUS + _below(3, random)
    value = {PLUS: left_value + right_value, MINUS: left_value - right_value, TIMES: left_value * right_value}[operator]
    return [OPENS, *left, operator, *right, CLOSES], value % MODULUS


def _below(bound: int, random: Random) -> int:
    return int(random.random() * bound)  # random() alone is promised to give the same numbers in every version of Python
