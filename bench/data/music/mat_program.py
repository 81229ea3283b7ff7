"""A program: the .mat file of its standard input as the .npz file of its standard output.

scipy reads a damaged .mat with memory that is not its own, and may end the process; this one is nobody else's, and imports
nothing of the suite. `KEY` is the shape of a variable's row of cells, `KEY N` its cell N from 1; of a variable without cells
the array `KEY` alone. What the library raises is one line of its standard error, status 1.
"""

import io
import sys

import numpy as np
from scipy.io import loadmat


def arrays_of(content: bytes) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for key, value in loadmat(io.BytesIO(content)).items():
        if key.startswith("__") or not isinstance(value, np.ndarray):
            continue
        if value.dtype != object:
            arrays[key] = value
            continue
        arrays[key] = np.array(["cells"])
        for number, cell in enumerate(value.ravel(), 1):
            plain = cell.toarray() if hasattr(cell, "toarray") else np.asarray(cell)
            arrays[f"{key} {number}"] = plain if plain.dtype != object else np.array(["no numbers"])
    return arrays


if __name__ == "__main__":
    try:
        np.savez(sys.stdout.buffer, **arrays_of(sys.stdin.buffer.read()))  # type: ignore[arg-type]
    except Exception as error:
        sys.exit((str(error) or type(error).__name__).splitlines()[0])
