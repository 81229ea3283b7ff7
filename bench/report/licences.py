"""Under which terms the data sets stand, as their origins state it; nobody's legal advice."""

from __future__ import annotations

PYTHON = "text and code of the running Python: PSF licence"
PTB = "Mikolov's copy: free for research; the Penn Treebank itself is licensed by the LDC"
SST = "none stated for the data; Stanford Sentiment Treebank, for research"
UNSTATED = "none stated by its origin"
UCI = "CC BY 4.0, UCI Machine Learning Repository"
CMU = "BSD-style, Carnegie Mellon University"
DRAWN = "drawn by a rule of this suite"
STATED = {
    "pydocs": PYTHON,
    "pydoc_words": PYTHON,
    "python_names": PYTHON,
    "python_docstrings": PYTHON,
    "tinyshakespeare": "text in the public domain; its repository (karpathy/char-rnn): MIT",
    "ptb": PTB,
    "ptb_char": PTB,
    "wikitext2": "text of Wikipedia: CC BY-SA",
    "multi30k": "no licence file; released for research (Elliott et al. 2016, 2017)",
    "conll2003": "annotation free for research; the Reuters text (RCV1) is licensed by NIST, not to be passed on",
    "wnut17": "CC BY 4.0",
    "sst2": SST,
    "sst5": SST,
    "trec": UNSTATED,
    "tatoeba": "CC BY 2.0, tatoeba.org and manythings.org/anki",
    "etth1": "CC BY-ND 4.0, zhouhaoyi/ETDataset",
    "exchange_rate": f"{UNSTATED}; Lai et al. 2018",
    "airline_passengers": UNSTATED,
    "minimum_temperatures": UNSTATED,
    "sunspots": UNSTATED,
    "apple_stock": "its repository (plotly/datasets): MIT",
    "synthetic_series": DRAWN,
    "generated": DRAWN,
    "digits": UCI,
    "digit_strips": UCI,
    "japanese_vowels": UCI,
    "cmudict": CMU,
    "cmudict_words": CMU,
}


def of(data: str) -> str:
    """What is known of the data set's terms."""
    return STATED.get(data, "not known to this suite: see where the data came from")
