"""The page as a browser shows it: at the width of a phone and of a desk, light and dark."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from bench.report.write import make as make_report

BROWSERS = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
BROWSER = next((found for name in BROWSERS if (found := shutil.which(name))), None)
WIDTHS = (390, 1280)
LONG = "a_name_without_a_space_" * 8
ASK = """
<!DOCTYPE html><meta charset="utf-8"><body>FRAMES<pre id="told"></pre><script>
const colour = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
const light = rgb => rgb.map(c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
const ask = frame => {
  const page = frame.contentDocument, look = element => frame.contentWindow.getComputedStyle(element);
  const paper = light(colour(look(page.body).backgroundColor));
  const contrast = ink => (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
  const table = page.querySelector("table"), heads = [...table.querySelectorAll("thead th")];
  const first = () => [...table.tBodies[0].rows].map(row => row.cells[0].textContent);
  const place = heads.findIndex(head => head.title === "test.nats_per_char"), orders = [first()];
  for (const _ of [1, 2]) { heads[place].querySelector("button").click(); orders.push(first()); }
  return {
    overflow: page.documentElement.scrollWidth - frame.clientWidth,
    scrolls: table.parentNode.scrollWidth > table.parentNode.clientWidth,
    paper: paper,
    contrasts: ["body", ".soft", ".bench-table li", "pre", ".open", "tr.published th"].map(
      name => contrast(light(colour(look(page.querySelector(name)).color)))),
    images: [...page.images].map(image => image.naturalWidth),
    outside: frame.contentWindow.performance.getEntriesByType("resource").map(entry => entry.name)
      .filter(name => !name.startsWith("data:")),
    orders: orders,
    sorted: heads[place].getAttribute("aria-sort"),
  };
};
window.addEventListener("load", () => {
  document.getElementById("told").textContent = JSON.stringify([...document.querySelectorAll("iframe")].map(ask));
});
</script></body>
"""


@pytest.fixture
def report(make: Any, lay: Callable[..., Path]) -> Path:
    """Three cells, out of order by their metric; names too long for a phone; a published row; one run not ok."""
    published = [{"name": "theirs", "metric": "nats_per_char", "split": "test", "value": 1.3, "source": LONG}]
    section = {"title": f"Cells {LONG}", "note": LONG, "baseline": {"cell.name": "elman"}, "literature": published}
    values = {"elman": 1.6, "gru": 1.9, "lstm": 1.2}
    records = [
        make(cell=cell, seed=seed, test=value + seed / 100, report=section, config={"data": {"path": LONG}})
        for cell, value in values.items()
        for seed in (0, 1)
    ]
    folder = lay([*records, make.failed("diverged", cell="lstm", seed=2, report=section, config={"data": {"path": LONG}})])
    (folder / "samples").mkdir()
    (folder / "samples" / f"{records[0].run_id}.txt").write_text(LONG * 3)
    return make_report(folder).page


@pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(BROWSERS)} is installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_and_can_be_read(scheme: str, report: Path, tmp_path: Path) -> None:
    frames = "".join(
        f'<iframe src="{report.as_uri()}" style="border:0;width:{width}px;height:900px"></iframe>' for width in WIDTHS
    )
    asking = tmp_path / "ask.html"
    asking.write_text(ASK.replace("FRAMES", frames))
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"]
    done = subprocess.run([*command, asking.as_uri()], capture_output=True, text=True, timeout=300, check=True)
    answer = re.search(r'<pre id="told">(.+?)</pre>', done.stdout, re.S)
    assert answer is not None, done.stdout[-2000:]
    phone, desk = json.loads(unescape(answer[1]))
    assert phone["scrolls"] and not desk["scrolls"]  # the table moves inside its own frame
    for page in (phone, desk):
        assert page["overflow"] <= 0
        assert page["paper"] < 0.05 if scheme == "dark" else page["paper"] > 0.9
        assert min(page["contrasts"]) >= 4.5  # WCAG 2.2, AA
        assert len(page["images"]) == 2 and all(page["images"])
        assert page["outside"] == []
        theirs = "theirs (published)"
        assert page["orders"] == [
            ["elman", "gru", "lstm", theirs],
            ["lstm", "elman", "gru", theirs],
            ["gru", "elman", "lstm", theirs],
        ]
        assert page["sorted"] == "descending"
