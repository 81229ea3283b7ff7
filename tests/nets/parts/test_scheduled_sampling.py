import pytest

from bench.nets.parts.scheduled_sampling import SCHEDULES, ScheduledSampling


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_rise_to_their_ratio(schedule: str) -> None:
    values = [ScheduledSampling(schedule, 0.5).at(step / 10) for step in range(11)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(0.5, abs=2e-3)
    assert values[0] == pytest.approx(0.5 if schedule == "constant" else 0.0, abs=2e-3)
    assert max(ScheduledSampling(schedule, 0.0).at(step / 10) for step in range(11)) == 0.0


def test_shapes_differ_where_they_should() -> None:
    middle = {schedule: ScheduledSampling(schedule, 1.0).at(0.5) for schedule in SCHEDULES}
    assert middle["linear"] == middle["inverse_sigmoid"] == 0.5
    assert middle["exponential"] > 0.9
    early = {schedule: ScheduledSampling(schedule, 1.0).at(0.2) for schedule in SCHEDULES}
    assert early["inverse_sigmoid"] < early["linear"] < early["exponential"]


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"net\.sampling\.schedule='cosine'"):
        ScheduledSampling("cosine", 0.1)
    with pytest.raises(ValueError, match=r"net\.sampling\.ratio=2"):
        ScheduledSampling("constant", 2)
