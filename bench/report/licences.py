"""Under which terms the data sets stand, as their origins state it; nobody's legal advice."""

from __future__ import annotations

PYTHON = "text and code of the running Python: PSF licence"
STATED = {
    "pydocs": PYTHON,
    "python_names": PYTHON,
    "tinyshakespeare": "text in the public domain; its repository (karpathy/char-rnn): MIT",
    "ptb_char": "Mikolov's copy: free for research; the Penn Treebank itself is licensed by the LDC",
    "multi30k": "no licence file; released for research (Elliott et al. 2016, 2017)",
    "conll2003": "annotation free for research; the Reuters text (RCV1) is licensed by NIST, not to be passed on",
    "wnut17": "CC BY 4.0",
    "tatoeba": "CC BY 2.0, tatoeba.org and manythings.org/anki",
    "etth1": "CC BY-ND 4.0, zhouhaoyi/ETDataset",
    "apple_stock": "its repository (plotly/datasets): MIT",
    "synthetic_series": "drawn by a rule of this suite",
    "cmudict": "BSD-style, Carnegie Mellon University",
}


def of(data: str) -> str:
    """What is known of the data set's terms."""
    return STATED.get(data, "not known to this suite: see where the data came from")
