"""The page of recurrences: which figure of which table stands where."""

import csv
from pathlib import Path

from bench.tables import recurrences

ROOT = Path(__file__).resolve().parents[2]


def table(folder, rows):
    folder.mkdir(parents=True)
    with (folder / "table.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


def lines(results):
    page = recurrences.write(results).read_text().splitlines()
    return page, {
        line.split(" | ")[0].strip("| "): [part.strip("| ") for part in line.split(" | ")[1:]] for line in page if "](" in line
    }


def test_the_best_row_of_a_cell_and_the_longest_length_that_it_learns(tmp_path):
    nats = "validation.nats_per_char [nats/character]"
    text = [("gru", 1.6), ("gru", 1.5), ("elman", 1.7), ("none", 1.1), ("lstm", "")]
    table(tmp_path / "cells_all", [{"cell.name": cell, nats: value} for cell, value in text] + [{nats: 1.0}])
    right = "test.accuracy [%]"
    order = [("gru", 10, 100), ("gru", 100, 95), ("gru", 300, 94.9), ("gru", 30, 97), ("elman", 10, 60)]
    table(tmp_path / "long_term", [{"cell.name": cell, "data.length": n, right: value} for cell, n, value in order])
    page, rows = lines(tmp_path)
    assert rows == {
        "elman": ["[1.70](cells_all/table.md)", "[none](long_term/table.md)"],
        "gru": ["[1.50](cells_all/table.md)", "[100](long_term/table.md)"],
    }
    assert page[-1].startswith(
        "Not here yet: cell_speed, cells_all_parameters, gradient_flow, recall, selective_copying, state_tracking."
    )


def test_a_question_takes_its_own_rows_alone(tmp_path):
    scaled = "test.scaled_accuracy"
    rows = [
        {"cell.name": "deltanet", "task.problem": "parity", "cell.negative_eigenvalues": "false", scaled: 0.02},
        {"cell.name": "deltanet", "task.problem": "parity", "cell.negative_eigenvalues": "true", scaled: 1.0},
        {"cell.name": "deltanet", "task.problem": "s3", scaled: 0.31},
        {"cell.name": "lstm", "task.problem": "s3", scaled: 0.97},
    ]
    table(tmp_path / "state_tracking", rows)
    _, rows = lines(tmp_path)
    link = "(state_tracking/table.md)"
    assert rows == {
        "deltanet": [f"[1.00]{link}", recurrences.DASH, f"[0.310]{link}"],
        "lstm": [recurrences.DASH, recurrences.DASH, f"[0.970]{link}"],
    }


def test_somebody_elses_page_and_a_folder_without_tables_are_left_alone(tmp_path):
    assert recurrences.write(tmp_path) is None and not list(tmp_path.iterdir())
    table(tmp_path / "cells_all", [{"cell.name": "gru", "validation.nats_per_char [nats/character]": 1.5}])
    (tmp_path / recurrences.NAME).write_text("mine")
    assert recurrences.write(tmp_path) is None and (tmp_path / recurrences.NAME).read_text() == "mine"


def test_every_figure_of_the_committed_page_is_in_the_table_that_it_links_to(tmp_path):
    page = (ROOT / "results" / recurrences.NAME).read_text()
    rows = {sweep: recurrences._rows(ROOT / "results" / sweep / "table.csv") for sweep in ("cells_all", "cell_speed")}
    gru = next(line for line in page.splitlines() if line.startswith("| gru |"))
    nats = next(
        float(row["validation.nats_per_char [nats/character]"]) for row in rows["cells_all"] if row["cell.name"] == "gru"
    )
    speed = [row for row in rows["cell_speed"] if row["cell.name"] == "gru" and "256 units" in row["data"]]
    assert f"[{nats:.2f}](cells_all/table.md)" in gru
    assert f"[{float(speed[0]['ratio.train_tokens_per_second']):.2f}](cell_speed/table.md)" in gru
    assert (
        recurrences.render(
            {
                q.sweep: recurrences._rows(f)
                for q in recurrences.QUESTIONS
                if (f := ROOT / "results" / q.sweep / "table.csv").is_file()
            }
        )
        == page
    )
