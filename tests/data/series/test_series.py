"""Series out of CSV files: which columns, which splits, and what is refused."""

import pytest
import torch

from bench.build import call
from bench.data.series.series import SeriesData, cut
from bench.data.series.synthetic_series import growing_seasons
from bench.errors import DataError

TABLE = {"header": True, "separator": ",", "columns": None}
THIRDS = {"train": 3, "validation": 2, "test": 1}
TEXT = "day,a,b\n2020-01-01,1,10\n2020-01-02,2,20.5\n2020-01-03,3,30\n2020-01-04,4,40\n2020-01-05,5,50\n2020-01-06,6,60\n"


@pytest.fixture
def series(tmp_path):
    """series(text, **given) -> SeriesData; `table` is merged."""

    def make(text=TEXT, **given):
        (tmp_path / "x.csv").write_text(text)
        places = {"kind": "files", "files": None, "hub": None, "offline": None}
        base = {"predicted": None, "season": 1, "log": False, "split": THIRDS}
        table = TABLE | given.pop("table", {})
        file = {"name": "series", "folder": None, "places": places, "path": str(tmp_path / "x.csv")}
        return call(SeriesData, {**file, "table": table, **base, **given})

    return make


def test_columns_of_numbers_are_read_and_dates_passed_over(series):
    made = series(predicted=["b"])
    assert (made.names, made.predicted) == (["a", "b"], [1])
    assert made.values_TC[1].tolist() == [2, 20.5] and made.values_TC.dtype == torch.float64
    assert made.bounds == {"train": (0, 3), "validation": (3, 5), "test": (5, 6)}
    layout = {"header": False, "separator": ";", "columns": [1]}
    plain = series("1;2\n3;4\n5;6\n7;8\n", table=layout, split=THIRDS | {"train": 1})
    assert (plain.names, plain.values_TC[:, 0].tolist()) == (["1"], [2, 4, 6, 8])
    assert torch.equal(series(f"\n{TEXT}\n\n").values_TC, made.values_TC)  # empty lines around a table are none of it
    assert series(TEXT.replace("day", "b").replace("a,b", "a,c")).names == ["a", "c"]


def test_shares_are_cut_in_time_and_what_is_left_is_not_used(series):
    thirds = {"train": 0.6, "validation": 0.2, "test": 0.2}
    assert cut("x", 7588, thirds) == {"train": (0, 4552), "validation": (4552, 6070), "test": (6070, 7588)}
    assert cut("x", 10, {"train": 0.7, "validation": 0.3, "test": 0}) == {"train": (0, 7), "validation": (7, 10)}
    made = series(split={"train": 2, "validation": 1, "test": 1})
    assert "the last 2 steps are not used" in made.description["notes"]


@pytest.mark.parametrize("change", [{"season": 2}, {"log": True}, {"predicted": ["a"]}, {"split": THIRDS | {"train": 2}}])
def test_the_digest_is_of_the_values_and_what_is_made_of_them(series, change):
    digest = series().description["sha256"]
    assert series().description["sha256"] == digest
    assert series(**change).description["sha256"] != digest
    assert series(TEXT.replace("20.5", "20.6")).description["sha256"] != digest


@pytest.mark.parametrize(
    ("text", "given", "words"),
    [
        (TEXT.replace("20.5", ""), {}, r"line 3 has '' where a number is needed; fill the gap"),
        (TEXT.replace("20.5", "nan"), {}, r"line 3 has 'nan' where a number is needed"),
        (TEXT.replace(",20.5", ""), {}, r"line 3 has 2 columns and line 1 has 3"),
        (TEXT.replace("2020-01-01,1,", "2020-01-01,,"), {}, r"line 2 has '' where a number is needed; fill the gap"),
        ("a\n1\n2\n\n3\n4\n5\n6\n", {}, r"line 4 is empty, where a step is missing"),
        ("\n1,2\n3,4\n", {}, r"has numbers alone where it should name the columns: give data\.table\.header=false"),
        (TEXT.replace("a,b", "a,a"), {}, r"line 1 has 'a' more than once"),
        ("day,a\n", {}, r"no row of values"),
        ("day\nx\n", {}, r"has no column of numbers: name columns of day.* \"data\.table\.separator=';'\""),
        (TEXT, {"table": {"columns": ["c"]}}, r"has no column c: name columns of day, a, b"),
        (TEXT, {"table": {"separator": ""}}, r"^data\.table\.separator='' is not one character"),
        (TEXT, {"predicted": ["day"]}, r"must name columns that are read: a, b"),
        (TEXT, {"season": 0}, r"^data\.season=0 is out of range"),
        (TEXT.replace("20.5", "0"), {"log": True}, r"give data\.log=false"),
        (TEXT, {"split": {"train": 4, "validation": 2, "test": 1}}, r"data\.split asks for 7 of 6 steps"),
        (TEXT, {"split": {"train": 0.9, "validation": 0.05, "test": 0}}, r"data\.split\.validation=0\.05 of 6 steps is none"),
        (TEXT, {"split": {"train": 4, "validation": 0, "test": 1}}, r"only test may be 0"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(series, text, given, words):
    with pytest.raises(DataError, match=words) as caught:
        series(text, **given)
    assert "\n" not in str(caught.value)


def test_the_drawn_series_grows_with_a_season_of_twelve():
    lines = growing_seasons()[0]["all"].splitlines()
    values = torch.tensor([float(line.split(",")[1]) for line in lines[1:]]).log()
    assert len(values) == 600 and 0.0045 < (values[-120:].mean() - values[:120].mean()) / 480 < 0.0055
    detrended = values - 0.005 * torch.arange(600)
    by_month = detrended.unflatten(0, (-1, 12)).mean(0)
    assert by_month.argmax() == 3 and by_month.argmin() == 9
