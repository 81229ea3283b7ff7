"""The suite's CRF against pytorch-crf 0.7.2, one thread: the loss with its gradients, and Viterbi.

    pip install pytorch-crf
    python benchmarks/crf.py [turns]

32 sentences, 24 words at most, 9 tags, random scores; all of one length, and of lengths from 1 to 24. Both have the same
weights and must give the same loss and the same tags before anything is timed. They take turns in one process, first one
then the other; a turn is 60 calls, its cost the processor time of this process. Printed are the median cost of a call, and
the median of the turns' ratios with the lowest and highest.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torchcrf import CRF as Theirs

from bench.decoding.viterbi import viterbi
from bench.nets.parts.crf import CRF

ROWS, STEPS, TAGS, CALLS = 32, 24, 9, 60
Call = Callable[[], object]  # returns what must be equal


def pair() -> tuple[CRF, Theirs]:
    """Both with the same weights."""
    ours, theirs = CRF(TAGS, allowed=None), Theirs(TAGS, batch_first=True)
    ours.load_state_dict(
        {"start_K": theirs.start_transitions, "end_K": theirs.end_transitions, "matrix_KK": theirs.transitions}
    )
    return ours, theirs


def contestants(lengths_B: Tensor) -> dict[str, tuple[Call, Call]]:
    """{what: (our call, their call)}."""
    ours, theirs = pair()
    emissions_BTK = torch.randn(ROWS, STEPS, TAGS, requires_grad=True)
    targets_BT = torch.randint(TAGS, (ROWS, STEPS))
    mask_BT = torch.arange(STEPS) < lengths_B.unsqueeze(1)

    def stepped(loss: Tensor, weights: Sequence[Tensor]) -> list[Tensor | None]:
        emissions_BTK.grad = None
        for weight in weights:
            weight.grad = None
        torch.autograd.backward(loss)
        return [loss.detach(), emissions_BTK.grad, *(weight.grad for weight in weights)]

    def our_loss() -> list[Tensor | None]:
        return stepped(ours.nll(emissions_BTK, targets_BT, lengths_B), (ours.start_K, ours.end_K, ours.matrix_KK))

    def their_loss() -> list[Tensor | None]:
        weights = (theirs.start_transitions, theirs.end_transitions, theirs.transitions)
        return stepped(-theirs(emissions_BTK, targets_BT, mask_BT), weights)

    @torch.no_grad()
    def our_tags() -> list[list[int]]:
        tags_BT, _ = viterbi(emissions_BTK, lengths_B, ours.scores())
        return [row[:length] for row, length in zip(tags_BT.tolist(), lengths_B.tolist(), strict=True)]

    @torch.no_grad()
    def their_tags() -> list[list[int]]:
        tags: list[list[int]] = theirs.decode(emissions_BTK, mask_BT)
        return tags

    return {"loss and gradients": (our_loss, their_loss), "Viterbi": (our_tags, their_tags)}


def seconds(call: Call) -> float:
    start = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - start) / CALLS


def compare(title: str, ours: Call, theirs: Call, turns: int) -> None:
    torch.testing.assert_close(ours(), theirs(), rtol=1e-4, atol=1e-4)
    seconds(ours), seconds(theirs)
    timings = [(seconds(ours), seconds(theirs)) for _ in range(turns)]
    ratios = [their / our for our, their in timings]
    our_ms, their_ms = (1000 * statistics.median(column) for column in zip(*timings, strict=True))
    print(f"{title}: ours {our_ms:.3f} ms, pytorch-crf {their_ms:.3f} ms, ", end="")
    print(f"{statistics.median(ratios):.2f} times faster ({min(ratios):.2f} to {max(ratios):.2f})", flush=True)


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name, lengths_B in (("full", torch.full((ROWS,), STEPS)), ("ragged", torch.randint(1, STEPS + 1, (ROWS,)))):
        for title, calls in contestants(lengths_B).items():
            compare(f"{title}, {name}", *calls, turns)


if __name__ == "__main__":
    main()
