"""What is promised outside the code: the packages of the wheel, the README's commands and its table."""

import re
import tomllib
from pathlib import Path

import inventory
import pytest

from bench.sweeps.expand import configurations

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def test_the_wheel_holds_every_package():
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    folders = {file.parent.relative_to(ROOT) for top in ("bench", "tasks") for file in (ROOT / top).rglob("*.py")}
    inside = {".".join(folder.parts) if folder.parts[0] == "bench" else f"bench.{'.'.join(folder.parts)}" for folder in folders}
    assert listed == inside | {"bench.conf"}


def test_the_first_two_commands_are_the_main_job_and_the_tests():
    first, second = re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S)
    assert "python -m bench +sweep=quick" in first
    assert "python -m pytest" in second
    assert all("-c constraints.txt" in block for block in (first, second))


@pytest.mark.parametrize("page", inventory.PAGES)
def test_the_lists_of_what_there_is_are_those_of_conf(page):
    assert inventory.MARKED.search((ROOT / page).read_text())
    assert inventory.current(page) == (ROOT / page).read_text(), f"{page} is behind conf/: python tests/inventory.py"


def test_every_list_stands_in_one_page():
    marks = [mark for page in inventory.PAGES for _, mark, _, _ in inventory.MARKED.findall((ROOT / page).read_text())]
    assert sorted(marks) == sorted(inventory.LISTS)


def test_the_table_in_the_readme_is_the_committed_one():
    committed = (ROOT / "results" / "paper" / "huang2015" / "table.md").read_text()
    _, _, beside = committed.partition(": comparison with published figures")
    rows = [line for line in beside.partition("\n## ")[0].splitlines() if line.startswith("|")]
    assert len(rows) > 2
    assert "\n".join(rows) in README


def test_the_figures_in_the_readmes_sentences_stand_in_the_tables_that_they_link():
    section = README.partition("## What comes out")[2].partition("\n## ")[0]
    sentences = [part for part in section.split("\n\n") if "](results/" in part and not part.startswith("|")]
    assert len(sentences) > 5
    for sentence in sentences:
        linked = re.findall(r"\]\((results/[\w/]+/table\.md)\)", sentence)
        figures = [float(number.replace(",", "")) for page in linked for number in FIGURE.findall((ROOT / page).read_text())]
        for stated in FIGURE.findall(re.sub(r"\(results/.*?\)", "", sentence)):
            places = len(stated.partition(".")[2])
            assert any(round(figure, places) == float(stated) for figure in figures), f"{stated} of: {sentence}"


FIGURE = re.compile(r"(?<![\w.,])\d[\d,]*\.\d+(?![\w.])")


@pytest.mark.parametrize("page", ["README.md", "results/README.md"])
def test_what_is_linked_is_there(page):
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text())
    assert links
    missing = [link for link in links if not ((ROOT / page).parent / link).exists()]
    assert not missing


def test_every_command_of_the_page_of_architectures_can_run():
    page = (ROOT / "results" / "README.md").read_text().partition("<!-- Generated")[0]
    commands = re.findall(r"`python -m bench (?:-m )?([^`]+)`", page)
    assert len(commands) > 15
    for command in commands:
        assert list(configurations(command.split()))
