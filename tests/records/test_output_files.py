"""Outputs that scores are computed from: published as tags and numbers, and the scores come out as in the records."""

import gzip
import json

import pytest
from sacrebleu.metrics.bleu import BLEU

from bench.metrics.bleu import BleuSums, tokens_of
from bench.records import output_files
from bench.records.output_files import OutputError, Scored

LINES = ["A man, in 2 blue shirts (standing) sits.", "Don't go!", "", 'The dog\'s "bone" & 3.5% of it']
SEVERAL = ["A man in blue shirts stands.", "A man, in 2 blue shirts, sits."]
REFERENCES = [SEVERAL, ["Do not go!"], ["Nothing."], ["The dog's bone"]]


def publish(folder, records, scored):
    for run, outputs in zip(records, scored, strict=True):
        output_files.write(folder, run.run_id, outputs)
    folder_published = folder / "published"
    output_files.write_packed(folder_published, output_files.pack(folder, records))
    return folder_published


@pytest.mark.parametrize("lowercase", [False, True])
def test_bleu_of_published_numbers_is_that_of_the_text(make, tmp_path, lowercase):
    references = [ways if len(ways) == 2 else ways * 2 for ways in REFERENCES]
    rights = [[tokens_of(reference, lowercase=lowercase) for reference in ways] for ways in references]
    scored = Scored("test", "13a", [tokens_of(line, lowercase=lowercase) for line in LINES], rights)
    run = make()
    published = publish(tmp_path, [run], [scored])
    back = output_files.read(published, run)
    assert all(token.isdecimal() for line in back.outputs for token in line)
    hypotheses = [" ".join(line) for line in back.outputs]
    streams = [[" ".join(ways[k]) for ways in back.references] for k in range(2)]
    bleu = BLEU(tokenize="none", force=True).corpus_score(hypotheses, streams).score
    assert bleu == pytest.approx(BleuSums.of(LINES, references, lowercase=lowercase).metric().value, abs=1e-9)
    text = gzip.decompress((published / "outputs" / output_files.PACKED).read_bytes()).decode()
    assert not any(word in text for word in ("man", "blue", "bone", "Nothing"))


def test_tags_and_classes_keep_their_names(make, tmp_path):
    scored = Scored("test", "tags", [["O", "B-PER"], ["O"]], [[["O", "B-LOC"]], [["O"]]])
    run = make()
    assert output_files.read(publish(tmp_path, [run], [scored]), run) == scored


def test_runs_over_one_test_share_their_references(make, tmp_path):
    records = [make(seed=seed) for seed in (0, 1, 2)]
    rights = [[["a", "b"]], [["c"]]]
    scored = [Scored("test", "words", [["a", "b"], ["c" * seed]], rights) for seed in range(3)]
    published = publish(tmp_path, records, scored)
    lines = gzip.decompress((published / "outputs" / output_files.PACKED).read_bytes()).decode().splitlines()
    assert [("references" in json.loads(line)) for line in lines] == [True, False, False, False]
    again = output_files.pack(published, records)
    assert again == output_files.pack(tmp_path, list(reversed(records)))  # the same bytes, packed from either


def test_a_run_without_outputs_has_none_and_other_references_are_refused(make, tmp_path):
    run, other, bare = make(seed=0), make(seed=1), make(seed=2)
    assert output_files.pack(tmp_path, [bare]) is None
    output_files.write(tmp_path, run.run_id, Scored("test", "words", [["a"]], [[["a"]]]))
    output_files.write(tmp_path, other.run_id, Scored("test", "words", [["a"]], [[["b"]]]))
    assert output_files.read(tmp_path, bare) is None
    with pytest.raises(OutputError, match="has other references than the other runs"):
        output_files.pack(tmp_path, [run, other])


def test_what_is_published_over_an_older_file_is_read(make, tmp_path):
    run = make()
    for word in ("a", "longer"):
        scored = Scored("test", "tags", [[word]], [[[word]]])
        assert output_files.read(publish(tmp_path, [run], [scored]), run) == scored


def test_a_damaged_file_is_named(make, tmp_path):
    run = make()
    published = publish(tmp_path, [run], [Scored("test", "words", [["a"]], [[["a"]]])])
    path = published / "outputs" / output_files.PACKED
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(OutputError, match=r"outputs\.jsonl\.gz cannot be read"):
        output_files.read(published, run)
