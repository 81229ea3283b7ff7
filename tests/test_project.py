"""What is promised outside the code: the packages of the wheel, the README's commands and its table."""

import json
import re
import tomllib
from pathlib import Path

import inventory
import pytest

from bench.commands import is_verb
from bench.figures.style import Identity
from bench.sweeps.expand import configurations

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
PAGES = (*inventory.PAGES, "results/README.md")


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


def test_every_cell_has_a_number_of_its_own_and_so_a_look():
    numbers = json.loads(inventory.NUMBERS.read_text())
    assert numbers == inventory.cell_numbers(), "a cell has no colour: python tests/inventory.py"
    looks = {(Identity(number, 0).colour, Identity(number, 0).marker) for number in numbers.values()}
    assert len(looks) == len(numbers)


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
    section = README.partition("## Results")[2].partition("\n## ")[0]
    sentences = [part for part in re.split(r"\n\n|\n- ", section) if "](results/" in part and not part.startswith("|")]
    assert len(sentences) > 4
    for sentence in sentences:
        linked = re.findall(r"\]\((results/[\w/]+/table\.md)\)", sentence)
        figures = [float(number.replace(",", "")) for page in linked for number in FIGURE.findall((ROOT / page).read_text())]
        for stated in FIGURE.findall(re.sub(r"\(results/.*?\)", "", sentence)):
            places = len(stated.partition(".")[2])
            assert any(round(figure, places) == float(stated) for figure in figures), f"{stated} of: {sentence}"


FIGURE = re.compile(r"(?<![\w.,])\d[\d,]*\.\d+(?![\w.])")


@pytest.mark.parametrize("page", PAGES)
def test_what_is_linked_is_there(page):
    links = [link for link in re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text()) if ":" not in link]
    assert links
    missing = [link for link in links if not is_there((ROOT / page).parent, *link.split("#"))]
    assert not missing


def is_there(folder, path, heading=None):
    """Whether a page is there, and in it the heading that a link goes to, spelt as pages spell it in addresses."""
    linked = folder / path
    if heading is None or not linked.is_file():
        return linked.exists() and heading is None
    headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.M)
    return heading in [re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings]


def test_the_front_page_is_short():
    assert len(README.splitlines()) <= 140


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_understood(page):
    """The first word is a verb, or Hydra makes jobs of the words; what a reader must fill in (capitals) is left out."""
    text = (ROOT / page).read_text()
    commands = re.findall(r"^(?: {4}|\w+=\S+ )*python -m bench (.+?)(?: {2,}.*)?$", text, re.M)
    commands += re.findall(r"`python -m bench ([^`]+)`", text)
    for command in commands:
        words = [word for word in command.split() if word != "-m"]
        if not is_verb(words[0]) and not re.search(r"[A-Z]{4}|--|mine|\$|<|search=", command):
            assert list(configurations(words))


def test_the_page_of_results_has_a_command_for_each_architecture():
    page = (ROOT / "results" / "README.md").read_text().partition("\n## From")[0]
    assert len(re.findall(r"`python -m bench ([^`]+)`", page)) > 15
