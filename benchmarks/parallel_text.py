"""Multi30k de-en as all toolkits read it, and the scores of what they write.

Tokens are runs of word characters or single other marks, in lower case, joined by spaces. BLEU is lower-cased, for everyone:
over these tokens, and with sacrebleu's own tokens (13a) on detokenised text against the references as they are.
"""

import gzip
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SPLITS = {"train": "train", "validation": "val", "test": "test_2016_flickr"}
MIN_FREQUENCY = 2


@dataclass(frozen=True)
class Text:
    """Line-aligned files `folder/{train,validation,test}.{de,en}` and lists of words `folder/words.{de,en}`."""

    folder: Path
    pairs: int  # of the training split

    def path(self, split: str, language: str) -> str:
        return str(self.folder / f"{split}.{language}")


def tokens_of(line: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", line.lower())


def raw_lines(data: Path, split: str, language: str) -> list[str]:
    with gzip.open(data / "multi30k" / f"{SPLITS[split]}.{language}.gz", "rt", encoding="utf-8", newline="\n") as file:
        return file.read().removesuffix("\n").split("\n")


def write_text(data: Path, folder: Path) -> Text:
    """The files of `Text`; words are those of the training split that occur often enough, the most frequent first."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("de", "en"):
        for split in SPLITS:
            lines = [tokens_of(line) for line in raw_lines(data, split, language)]
            _write(folder / f"{split}.{language}", [" ".join(line) for line in lines])
            if split == "train":
                counts = Counter(token for line in lines for token in line)
                words = sorted(counts, key=lambda word: (-counts[word], word))
                _write(folder / f"words.{language}", [word for word in words if counts[word] >= MIN_FREQUENCY])
    return Text(folder, len(lines_of(folder / "train.de")))


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def _write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def bleu(outputs: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """`references` are the raw lines. The peers' mark of an unknown word becomes a plain one, which matches nothing."""
    import sacrebleu

    from bench.data.pairs.levels import level_of

    tokens = [tokens_of(line.replace("<unk>", "unk")) for line in outputs]
    plain = [level_of("words", "en", joiners=False).join(line) for line in tokens]
    spaced = [" ".join(line) for line in tokens]
    spaced_references = [" ".join(tokens_of(line)) for line in references]
    return {
        "BLEU": sacrebleu.corpus_bleu(spaced, [spaced_references], lowercase=True, tokenize="none", force=True).score,
        "plain BLEU": sacrebleu.corpus_bleu(plain, [list(references)], lowercase=True).score,
    }
