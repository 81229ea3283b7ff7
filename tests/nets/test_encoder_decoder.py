"""The encoder-decoder: what it trains is what it decodes with, whatever the switches; rows are alone; refusals."""

import math
from dataclasses import replace
from itertools import product
from typing import Any

import choices
import pytest
import torch
from encoder_decoders import END, START, TARGETS, Batch, make_net, rows

from bench.decoding.select import PerSource
from bench.nets.encoder_decoder import EncoderDecoder
from bench.nets.parts.stopping import RULES


def nll(net: EncoderDecoder, batch: Batch) -> float:
    (total, count), _ = net.loss(batch, None)
    assert count == batch.target_lengths_B.sum()
    return total.item()


@torch.no_grad()
def stepwise(net: EncoderDecoder, batch: Batch) -> list[float]:
    """-log p of each row's target, one step at a time, each row alone."""
    losses = []
    for b, (source_length, target_length) in enumerate(zip(batch.source_lengths_B, batch.target_lengths_B, strict=True)):
        lengths_1 = batch.source_lengths_B[b : b + 1]
        state = net.start(replace(batch, source_BS=batch.source_BS[b : b + 1, :source_length], source_lengths_B=lengths_1))
        if net.stopping.__class__.__name__ == "PredictedLength":  # as if the true length had been the most probable
            left_1 = batch.target_lengths_B[b : b + 1] - 1
            log_prob_BL = net.stopping.predict(state[0][0]).log_softmax(1)
            state = (state[0], state[1], (left_1, log_prob_BL.gather(1, left_1.unsqueeze(1)).squeeze(1)))
        token_1, total = torch.tensor([START]), 0.0
        for true in batch.target_BT[b, :target_length]:
            log_prob_1V, state = net.step(token_1, state)
            assert log_prob_1V.dtype == torch.float32
            total -= log_prob_1V[0, true].item()
            token_1 = true.view(1)
        losses.append(total)
    return losses


SWITCHES = [
    *({"attention": a, "input_feeding": f} for a, f in product(("dot", "general", "additive"), (False, True))),
    *({"context": c} for c in ("initial_state", "every_step", "both")),
    {"attention": "general", "tied": True, "reverse_source": True},
    {"embedding_size": 12, "tied": True},
]


@pytest.mark.parametrize("stop", RULES)
@pytest.mark.parametrize("switches", SWITCHES, ids=lambda s: "-".join(map(str, s.values())))
def test_the_loss_is_what_single_steps_of_single_rows_add_up_to(switches: dict[str, Any], stop: str) -> None:
    net, batch = make_net(**switches, stop=stop).eval(), rows()
    assert nll(net, batch) == pytest.approx(sum(stepwise(net, batch)), rel=1e-4)


@pytest.mark.parametrize("switches", [{"attention": "additive"}, {"reverse_source": True, "context": "both"}])
def test_frames_are_read_as_embedded_symbols_are(switches: dict[str, Any]) -> None:
    net, batch = make_net(**switches).eval(), rows()
    sizes = {"source_features": 6, "target_vocabulary": TARGETS, "start": START, "end": END}
    of_frames = make_net(**switches, sizes=sizes).eval()
    weights = {name: weight for name, weight in net.state_dict().items() if not name.startswith("source_embedding")}
    of_frames.load_state_dict(weights)
    frames_BSF = net.source_embedding(batch.source_BS).detach()
    assert nll(of_frames, replace(batch, source_BS=frames_BSF)) == pytest.approx(nll(net, batch), rel=1e-6)


@pytest.mark.parametrize("cell", choices.one_of_each_state())
@pytest.mark.parametrize("decoder", [None, *choices.one_of_each_state()])
@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
def test_any_cells_depths_and_directions_go_together(cell: str, decoder: str | None, direction: str) -> None:
    net, batch = make_net(cell=cell, decoder=decoder, direction=direction, depth=2, attention="additive").eval(), rows()
    assert nll(net, batch) == pytest.approx(sum(stepwise(net, batch)), rel=1e-4)


@pytest.mark.parametrize("attention", ["none", "additive"])
def test_padding_is_never_read(attention: str) -> None:
    net, batch = make_net(attention=attention).eval(), rows()
    spoilt = replace(batch, source_BS=batch.source_BS.clone(), target_BT=batch.target_BT.clone())
    for b, (source, target) in enumerate(zip(batch.source_lengths_B, batch.target_lengths_B, strict=True)):
        spoilt.source_BS[b, source:] = 5
        spoilt.target_BT[b, target:] = 5
    assert nll(net, spoilt) == pytest.approx(nll(net, batch), rel=1e-6)


@pytest.mark.parametrize("stop", RULES)
def test_every_step_is_a_distribution(stop: str) -> None:
    net, batch = make_net(stop=stop, attention="dot").eval(), rows()
    state = net.start(batch)
    log_prob_NV, _ = net.step(torch.full((4,), START), state)
    if stop == "predicted_length":
        over_N = state[2][0] == 0
        torch.testing.assert_close(log_prob_NV[over_N].exp().sum(1), state[2][1][over_N].exp())
        log_prob_NV = log_prob_NV[~over_N]
    torch.testing.assert_close(log_prob_NV.exp().sum(1), torch.ones(len(log_prob_NV)))


def test_a_predicted_length_is_kept_to_the_symbol() -> None:
    net, batch = make_net(stop="predicted_length").eval(), rows()
    state = net.start(batch)
    token_N, lengths_N = torch.full((4,), START), state[2][0]
    for position in range(int(lengths_N.max()) + 1):
        log_prob_NV, state = net.step(token_N, state)
        token_N = log_prob_NV.argmax(1)
        assert ((token_N == END) == (lengths_N == position))[lengths_N >= position].all()


@pytest.mark.parametrize("switches", SWITCHES[:8], ids=lambda s: "-".join(map(str, s.values())))
def test_several_rows_of_a_source_share_its_memory(switches: dict[str, Any]) -> None:
    net, batch = make_net(**switches).eval(), rows()
    source, _, length = net.start(batch)
    assert isinstance(source, PerSource)
    twice = net.start(Batch(*(part.repeat_interleave(2, 0) for part in vars(batch).values())))
    token_N = torch.tensor([3, 4, 5, 6, 7, 3, 4, 5])
    apart_NV, _ = net.step(token_N, twice)
    together_NV, _ = net.step(token_N, (source, twice[1], length))
    torch.testing.assert_close(together_NV, apart_NV, rtol=1e-4, atol=1e-5)


def test_the_reversed_source_is_read_backwards_within_its_length() -> None:
    forward, backward = make_net(direction="forward"), make_net(direction="forward", reverse_source=True)
    batch = rows()
    mirrored = batch.source_BS.clone()
    for b, length in enumerate(batch.source_lengths_B):
        mirrored[b, :length] = batch.source_BS[b, :length].flip(0)
    assert nll(backward, batch) == nll(forward, replace(batch, source_BS=mirrored)) != nll(forward, batch)


def test_attention_weights_stand_at_the_source_as_it_was_given() -> None:
    batch = rows()
    for reverse in (False, True):
        weights_BTS = make_net(attention="dot", reverse_source=reverse).eval().attention_weights(batch)
        assert weights_BTS is not None and weights_BTS.shape == (4, 5, 6)
        torch.testing.assert_close(weights_BTS.sum(2), torch.ones(4, 5))
        assert (weights_BTS[1, :, 1:] == 0).all()
    assert make_net().attention_weights(batch) is None


def test_scheduled_sampling_at_ratio_0_is_teacher_forcing_bit_for_bit_and_at_1_reads_no_target() -> None:
    batch = rows(targets=[4, 4, 4, 4])
    never, always = (make_net(attention="dot", sampling={"schedule": "linear", "ratio": ratio}) for ratio in (0.0, 1.0))
    always.at(0.0)
    never.at(1.0)
    assert nll(never, batch) == nll(always, batch)
    always.at(1.0)
    other = replace(batch, target_BT=batch.target_BT.clone())
    other.target_BT[:, :-1] = 3 + (batch.target_BT[:, :-1] - 2) % 5
    symbols_read: list[list[int]] = []
    always.target_embedding.register_forward_hook(lambda _, inputs, __: symbols_read.append(inputs[0].tolist()))
    for targets in (batch, other):
        torch.manual_seed(1)
        nll(always, targets)
    assert symbols_read[:4] == symbols_read[4:]
    always.eval()
    assert nll(always, batch) == nll(never, batch)


@pytest.mark.parametrize("stop", RULES)
def test_own_symbols_are_words(stop: str) -> None:
    net = make_net(stop=stop)
    with torch.no_grad():
        net.output_bias[[START, END]] = 50.0
    assert set(net._draw(torch.randn(200, 12)).tolist()).isdisjoint({START, END})


@pytest.mark.parametrize("tied", [False, True])
def test_both_stacks_start_from_inputs_of_unit_size(tied: bool) -> None:
    net, embedded = make_net(embedding_size=400, attention="general", tied=tied), []
    net.input_dropout.register_forward_hook(lambda _, inputs, __: embedded.append(inputs[0]))
    (total, count), _ = net.loss(rows(), None)
    assert [inputs.std().item() for inputs in embedded] == pytest.approx([1.0, 1.0], abs=0.1)
    assert (total / count).item() == pytest.approx(math.log(TARGETS), rel=0.1)


def test_label_smoothing_counts_in_training_alone() -> None:
    plain, smooth, batch = make_net(), make_net(label_smoothing=0.2), rows()
    assert nll(smooth, batch) != nll(plain, batch)
    assert nll(smooth.eval(), batch) == nll(plain.eval(), batch)


def test_it_learns_to_reverse() -> None:
    net = make_net(attention="additive", input_feeding=True)
    optimiser = torch.optim.Adam(net.parameters(), 0.02)
    for _ in range(120):
        lengths = torch.randint(1, 5, (32,))
        batch = rows((lengths + 1).tolist(), (lengths + 1).tolist())
        for b, length in enumerate(lengths.tolist()):
            batch.source_BS[b, :length] = batch.target_BT[b, :length].flip(0)
            batch.source_BS[b, length] = END
        (total, count), _ = net.loss(batch, None)
        optimiser.zero_grad()
        (total / count).backward()
        optimiser.step()
    assert (total / count).item() < 0.4


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"input_feeding": True}, r"net\.input_feeding=true is refused with net\.attention=none"),
        ({"tied": True}, r"net\.tied=true is refused with net\.attention=none"),
        ({"attention": "cosine"}, r"net\.attention='cosine'"),
        ({"context": "never"}, r"net\.context='never'"),
        ({"stop": "full_stop"}, r"net\.stop='full_stop'"),
        ({"longest": 0, "stop": "predicted_length"}, r"net\.longest=0"),
        ({"embedding_size": 0}, r"net\.embedding_size=0"),
        ({"label_smoothing": 1.5}, r"net\.label_smoothing=1\.5"),
    ],
)
def test_refusals(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make_net(**changes)
