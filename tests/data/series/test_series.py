"""Series out of CSV files: which columns, which splits, and what is refused."""

import random
from datetime import date, timedelta

import pytest
import torch

from bench.build import call
from bench.data.series.series import SeriesData, Split, cut
from bench.data.series.synthetic_series import growing_seasons
from bench.errors import DataError

TABLE = {"header": True, "separator": ",", "columns": None}
THIRDS = {"train": 3, "validation": 2, "test": 1}
TEXT = "day,a,b\n2020-01-01,1,10\n2020-01-02,2,20.5\n2020-01-03,3,30\n2020-01-04,4,40\n2020-01-05,5,50\n2020-01-06,6,60\n"


@pytest.fixture
def series(tmp_path):
    """series(text, **settings) -> SeriesData; `table` is merged."""

    def make(text=TEXT, **settings):
        (tmp_path / "x.csv").write_text(text)
        places = {"kind": "files", "files": None, "hub": None, "offline": None}
        base = {"predicted": None, "season": 1, "log": False, "split": THIRDS}
        table = TABLE | settings.pop("table", {})
        file = {"name": "own", "folder": None, "places": places, "path": str(tmp_path / "x.csv")}
        return call(SeriesData, {**file, "table": table, **base, **settings})

    return make


def test_columns_of_numbers_are_read_and_dates_passed_over(series):
    data = series(predicted=["b"])
    assert (data.names, data.predicted) == (["a", "b"], [1])
    assert data.values_TC[1].tolist() == [2, 20.5] and data.values_TC.dtype == torch.float64
    assert data.bounds == {"train": (0, 3), "validation": (3, 5), "test": (5, 6)}
    layout = {"header": False, "separator": ";", "columns": [1]}
    plain = series("1;2\n3;4\n5;6\n7;8\n", table=layout, split=THIRDS | {"train": 1})
    assert (plain.names, plain.values_TC[:, 0].tolist()) == (["1"], [2, 4, 6, 8])
    assert torch.equal(series(f"\n{TEXT}\n\n").values_TC, data.values_TC)  # empty lines around a table are none of it
    assert series(TEXT.replace("day", "b").replace("a,b", "a,c")).names == ["a", "c"]


def test_shares_are_cut_in_time_and_what_is_left_is_not_used(series):
    assert cut("x", 7588, Split(0.6, 0.2, 0.2)) == {"train": (0, 4552), "validation": (4552, 6070), "test": (6070, 7588)}
    assert cut("x", 10, Split(0.7, 0.3, 0)) == {"train": (0, 7), "validation": (7, 10)}
    data = series(split={"train": 2, "validation": 1, "test": 1})
    assert "the last 2 steps are not used" in data.description["notes"]


@pytest.mark.parametrize("change", [{"season": 2}, {"log": True}, {"predicted": ["a"]}, {"split": THIRDS | {"train": 2}}])
def test_the_digest_is_of_the_values_and_what_is_made_of_them(series, change):
    digest = series().description["sha256"]
    assert series().description["sha256"] == digest
    assert series(**change).description["sha256"] != digest
    assert series(TEXT.replace("20.5", "20.6")).description["sha256"] != digest


@pytest.mark.parametrize(
    ("text", "settings", "words"),
    [
        (TEXT.replace("20.5", ""), {}, r"line 3 of .* has '' in the column 'b', where a number is needed; fill the gap"),
        (TEXT.replace("20.5", "nan"), {}, r"line 3 of .* has 'nan' in the column 'b', where a number is needed"),
        (TEXT.replace(",20.5", ""), {}, r"line 3 of .* has 2 columns and line 1 has 3"),
        (
            TEXT.replace("2020-01-01,1,", "2020-01-01,,"),
            {},
            r"line 2 of .* has '' in the column 'a', where a number is needed; fill the gap",
        ),
        ("a\n1\n2\n\n3\n4\n5\n6\n", {}, r"line 4 of .* is empty, where a step is missing"),
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
def test_what_cannot_be_read_is_one_sentence(series, text, settings, words):
    with pytest.raises(DataError, match=words) as caught:
        series(text, **settings)
    assert "\n" not in str(caught.value)


def test_the_drawn_series_grows_with_a_season_of_twelve():
    lines = growing_seasons()[0]["all"].splitlines()
    values = torch.tensor([float(line.split(",")[1]) for line in lines[1:]]).log()
    assert len(values) == 600 and 0.0045 < (values[-120:].mean() - values[:120].mean()) / 480 < 0.0055
    detrended = values - 0.005 * torch.arange(600)
    by_month = detrended.unflatten(0, (-1, 12)).mean(0)
    assert by_month.argmax() == 3 and by_month.argmin() == 9


def table(times, *, head="when,value,n", value=lambda row: 100 + row % 7):
    """A column of times before two of numbers."""
    return f"{head}\n" + "".join(f"{time},{value(row)},{row * row % 11}\n" for row, time in enumerate(times))


def days(count, form="%Y-%m-%d", every=1):
    return [(date(2010, 1, 1) + timedelta(days=every * day)).strftime(form) for day in range(count)]


MONTHLY = [f"{2000 + month // 12}-{month % 12 + 1:02}-01" for month in range(40)]
READ_TIMES = {
    "pandas' index": (range(40), "", "an index", "a step of 1"),
    "rows from 1": (range(1, 41), "row", "an index", "a step of 1"),
    "years": (range(1961, 2001), "anno", "years", "a step of a year"),
    "dates in digits": (days(40, "%Y%m%d"), "x", "dates", "a step of a day"),
    "Unix seconds": (range(1262304000, 1262304000 + 40 * 3600, 3600), "x", "Unix time", "a step of an hour"),
    "Unix milliseconds": ([1262304000000 + 86400000 * n for n in range(40)], "x", "Unix time x 1,000", "a step of a day"),
    "pandas' floats": ([f"{n}.0" for n in range(40)], "", "an index", "a step of 1"),
    "ISO days": (days(40), "day", "dates", "a step of a day"),
    "ISO moments": ([f"{day}T12:30:00Z" for day in days(40)], "at", "dates", "a step of a day"),
    "month names": (days(40, "%b %d %Y"), "at", "dates", "a step of a day"),
    "days first": (days(40, "%d/%m/%Y"), "at", "dates", "a step of a day"),
    "months first": (days(40, "%m/%d/%y"), "at", "dates", "a step of a day"),
    "German days": (days(40, "%d.%m.%Y %H:%M"), "Datum", "dates", "a step of a day"),
    "quarters": ([f"{2000 + n // 4}-Q{n % 4 + 1}" for n in range(40)], "q", "dates", "a step of 3 months"),
    "months": (MONTHLY, "m", "dates", "a step of a month"),
    "ends of months": (
        ["2020-01-31", "2020-02-29", "2020-03-31", *(f"2020-{m:02}-30" for m in range(4, 13))],
        "m",
        "dates",
        "a month",
    ),
    "weeks": (days(40, every=7), "week", "dates", "a step of 7 days"),
    "decimal years": ([f"{1749 + month / 12:.3f}" for month in range(40)], "time", "numbers", "a step of 0.083"),
}


@pytest.mark.parametrize("case", READ_TIMES)
def test_a_column_that_counts_time_is_passed_over_and_named(series, case):
    times, name, kind, step = READ_TIMES[case]
    data = series(table(times, head=f"{name},value,n"))
    assert data.names == ["value", "n"]
    (note,) = [note for note in data.description["notes"] if "time" in note and "split" not in note]
    assert f"counts time ({kind}" in note and step in note and "none missing" in note
    plain = series(table(times, head=f"{name},value,n").replace(f"{name},", "k,", 1), table={"columns": ["value", "n"]})
    assert torch.equal(plain.values_TC, data.values_TC)


def test_columns_count_time_together(series):
    split = "\n".join(["year,month,v", *(f"{2000 + n // 12},{n % 12 + 1},{n * n % 13}" for n in range(30))])
    data = series(split)
    assert data.names == ["v"] and any(
        note.startswith("year and month count time (dates") for note in data.description["notes"]
    )
    hours = "\n".join(["Date,Time,v", *(f"{day},{hour}:00,{hour * hour % 7}" for day in days(4) for hour in range(24))])
    data = series(hours)
    assert data.names == ["v"] and "a step of an hour, none missing" in " ".join(data.description["notes"])


def test_numbers_that_merely_could_count_are_values(series):
    rows = range(40)
    for column in (
        [1990 + row * row % 9 for row in rows],
        [100_000_000 + row * row % 99 for row in rows],
        [row % 12 + 1 for row in rows],
        [20 + row / 7 for row in rows],
    ):
        assert series("sales,other\n" + "".join(f"{value},{value * 3 % 7}\n" for value in column)).names == ["sales", "other"]
    assert series(table(range(40)), table={"columns": ["when"]}).values_TC[:3, 0].tolist() == [0, 1, 2]  # asked for by name


GAPPED = [day for index, day in enumerate(days(80)) if not 30 <= index < 42 and index != 60]


@pytest.mark.parametrize(
    ("times", "note"),
    [
        (GAPPED, "a step of a day, 13 missing (the first after line 31)"),
        ([*MONTHLY[:10], *MONTHLY[14:]], "a step of a month, 4 missing (the first after line 11)"),
        ([row for row in range(40) if row != 7], "a step of 1, 1 missing (the first after line 8)"),
        ([d for d in days(60) if date.fromisoformat(d).weekday() < 5 and d != "2010-02-03"], "a working day, 1 missing"),
    ],
)
def test_missing_steps_are_told_with_how_many(series, times, note):
    assert note in " ".join(series(table(times, head="date,value,n")).description["notes"])


SHUFFLED = random.Random(0).sample(days(40), 40)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (
            days(40)[::-1],
            r"the newest line of .* stands first \('2010-02-09' in line 2 of the column 'when', '2010-01-01' in line 41",
        ),
        (range(39, -1, -1), r"the newest line of .* stands first \('39' in line 2"),
        (range(2000, 1960, -1), r"the newest line of .* stands first"),
        (SHUFFLED, rf"line \d+ of .* \('{'[0-9-]+'}' in the column 'when'\) is older than line \d+ \("),
        (random.Random(0).sample(range(40), 40), r"line \d+ of .* is older than line"),
        (
            [day for n, day in enumerate(days(40)) for _ in range(1 + (n % 10 == 9))],
            r"line 12 of .* has the same time as line 11",
        ),
        ([*days(40), "Total"], r"line 42 of .* has 'Total' in the column 'when', where the other lines count time \(dates\)"),
        ([*days(20), "", *days(40)[20:]], r"line 22 of .* has '' in the column 'when'"),
        ([*range(40), "Total"], r"line 42 of .* has 'Total' in the column 'when'"),
        ([*days(20), "2010-02-31", *days(40)[20:]], r"line 22 of .* has '2010-02-31' in the column 'when'"),
    ],
)
def test_lines_that_are_not_in_the_order_of_time_are_refused_by_line(series, times, words):
    for settings in ({}, {"table": {"columns": ["value", "n"]}}):  # whether or not the values are named
        with pytest.raises(DataError, match=words) as caught:
            series(table(times), **settings)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cell", ['"101,953"', '"1,234"', "$12.30", "2012_03", "12 EUR", "5%", '"3,5"'])
def test_numbers_in_another_writing_are_refused_by_column_and_cell(series, cell):
    plain = cell.strip('"').replace("$", "\\$")
    with pytest.raises(DataError, match=rf"line 2 of .* has '{plain}' in the column 'value', no number as files have it"):
        series("date;value;n\n" + "".join(f"{day};{cell};{n}\n" for n, day in enumerate(days(9))), table={"separator": ";"})
    with pytest.raises(DataError, match=rf"line 3 of .* has '{plain}' in the column 'value', no number as files have it"):
        series(f"date;value;n\n2020-01-01;5;1\n2020-01-02;{cell};2\n2020-01-03;6;3\n", table={"separator": ";"})


def test_lines_that_end_in_carriage_returns_are_refused(series):
    with pytest.raises(DataError, match=r"line 1 of .* has a carriage return inside: .*convert the line ends") as caught:
        series(TEXT.replace("\n", "\r"))
    assert "\r" not in str(caught.value)


def test_errors_of_several_columns_are_averaged_where_the_user_names_them(series):
    text = "date,open,close,volume\n" + "".join(
        f"{day},{10 + n % 3},{11 + n % 4},{5e7 + 1e6 * (n % 5)}\n" for n, day in enumerate(days(9))
    )
    with pytest.raises(
        DataError, match=r"^data=series has the columns open, close, volume, .* data\.predicted=\[\.\.\.\]"
    ) as caught:
        series(text, name="series")
    assert "\n" not in str(caught.value)
    assert series(text, name="series", predicted=["close"]).predicted == [1]
    outweighs = "moves so much more than the other columns"
    assert not any(outweighs in note for note in series(text, name="series", predicted=["open", "close"]).description["notes"])
    notes = series(text, name="series", predicted=["close", "volume"]).description["notes"]
    assert any(note.startswith(f"volume {outweighs} that it makes 100.00% of mae") for note in notes)


def test_the_notes_say_what_is_read_and_what_is_not(series):
    text = "date,a,kind\n" + "".join(f"{day},{n},x{n}\n" for n, day in enumerate(days(6)))
    notes = series(text).description["notes"]
    assert notes[0] == "read: a (0 to 5)" and "not read: kind" in notes
    assert (
        "no column counts time, so the lines are taken to be in its order, none missing"
        in series("a\n5\n2\n5\n3\n2\n9\n").description["notes"]
    )


@pytest.mark.parametrize(
    ("sign", "typed"), [("\t", "data.table.separator=tab"), (";", "\"data.table.separator=';'\""), ("|", "'|'")]
)
def test_another_separator_than_the_one_given_is_named(series, sign, typed):
    with pytest.raises(DataError, match=r"is one column between ',', and every line has") as caught:
        series(TEXT.replace(",", sign))
    assert typed in str(caught.value)
    with pytest.raises(DataError, match="has 2 columns and line 1 has 1"):  # decimal commas under one heading
        series("Umsatz\n1,5\n2,5\n3,5\n4,5\n5,5\n6,5\n")


def test_a_column_named_twice_is_refused(series):
    with pytest.raises(DataError, match=r"data\.predicted=\['a', 'a'\] names a column twice"):
        series(predicted=["a", "a"])
    with pytest.raises(DataError, match=r"data\.table\.columns=\['a', 'a'\] names a column twice"):
        series(table={"columns": ["a", "a"]})
