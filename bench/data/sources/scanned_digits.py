"""The 1,797 scanned digits that scikit-learn brings, and their split.

They are the test part of the UCI set "Optical recognition of handwritten digits" (Alpaydin and Kaynak 1998), 8 x 8 pixels of 0
to 16. The set does not name its writers, but neighbours are of one hand mostly. So the split is by its order, and a writer who
is in two splits stands at a border.
"""

import torch
from torch import Tensor

BRIGHTEST = 16
SHARES = {"train": (0, 4 / 6), "validation": (4 / 6, 5 / 6), "test": (5 / 6, 1)}
NOTE = "the split is ours, by the order of the set, where neighbours are of one hand mostly: two thirds, a sixth, a sixth"


def scans() -> tuple[dict[str, tuple[Tensor, Tensor]], str]:
    """({split: (pixels [N, 8, 8], the digit of each [N])}, where they are from)."""
    from importlib.metadata import version

    from sklearn.datasets import load_digits

    bundle = load_digits()
    images_NHW, labels_N = torch.from_numpy(bundle.images).float(), torch.from_numpy(bundle.target)
    parts = {split: slice(*(round(share * len(labels_N)) for share in shares)) for split, shares in SHARES.items()}
    splits = {split: (images_NHW[part], labels_N[part]) for split, part in parts.items()}
    return splits, f"digits of scikit-learn {version('scikit-learn')}"
