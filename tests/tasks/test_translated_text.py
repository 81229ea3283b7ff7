"""What a user reads of a translation, and what it is compared with: language, case, unknown words, what can be written back."""

import unicodedata

import pytest
import sacrebleu
import torch
from bench.tasks.translator import Output
from torch import nn

from bench.config.factory import make_task
from bench.data.batches.vocabulary import UNKNOWN
from bench.decoding.hypothesis import Hypothesis
from bench.errors import DataError
from bench.jobs.job import named, plain

CHINESE = ["猫今天看见鱼。", "狗今天看见猫。", "我在2019年买了3,500本书。"]
ENGLISH = ["The cat sees a fish today .", "The Dog sees a cat today .", "In 2019 I bought 3,500 books ."]


@pytest.fixture
def translated(compose, tmp_path):
    """translated(sources, targets, *overrides, languages=...) -> the task over the same lines as all three splits."""

    def make_translation(sources, targets, *overrides, languages=("src", "tgt")):
        for split in ("train", "val", "test"):
            for language, lines in zip(languages, (sources, targets), strict=True):
                (tmp_path / f"{split}.{language}").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        prefixes = zip(("train", "validation", "test"), ("train", "val", "test"), strict=True)
        files = [f"data.{split}={tmp_path / name}" for split, name in prefixes]
        words = (f"data.source={languages[0]}", f"data.target={languages[1]}", "data.text.min_frequency=1")
        config = compose("task=translation", "data=parallel", *files, *words, *overrides)
        task = make_task(config)
        task.names = named(plain(config), task.describe_data())
        return task

    return make_translation


def scored(task, lines, split="test"):
    outputs = [Output(Hypothesis(tuple(task.data.text.target.encode(line)), 0.0, 0.0, True), line) for line in lines]
    return task.quality.score(task.data, split, outputs)


def notes(task):
    return "; ".join(task.describe_data()["notes"])


class Attending(nn.Module):
    """Looks at the source word of the same place, and at the last of all at the end of the source."""

    def __init__(self, attends=True):
        super().__init__()
        self.attends = attends
        self.nothing = nn.Parameter(torch.zeros(1))

    def attention_weights(self, batch):
        if not self.attends:
            return None
        weights_BTS = torch.full((*batch.target_BT.shape, batch.source_BS.size(1)), 0.01)
        for row, length in enumerate(batch.source_lengths_B.tolist()):
            weights_BTS[row, :, length - 1] = 0.9  # the end, which is no word
            for step in range(min(length - 1, batch.target_BT.size(1))):
                weights_BTS[row, step, step] = 0.5
        return weights_BTS


def spelled(task, net, rows):
    batch = task.data.ids["test"].batch(torch.arange(len(rows)))
    hypotheses = [Hypothesis(tuple(row), 0.0, 0.0, True) for row in rows]
    return task.reader.spelled(net, batch, hypotheses, task.data.raw["test"].sources)


def test_a_perfect_chinese_output_scores_100_the_signature_and_the_notes_say_how(translated):
    task = translated(ENGLISH, CHINESE, "data.text.level=characters")
    perfect = scored(task, CHINESE)
    assert perfect["bleu"].value == pytest.approx(100) and "|tok:zh|" in perfect["bleu"].signature
    assert "% of the letters of the target lines" in notes(task) and "tokeniser zh" in notes(task)
    assert task.describe_data()["chosen_as"]["tokeniser"] == "zh"  # it chooses the checkpoint too
    worse = scored(task, [CHINESE[1], CHINESE[0], CHINESE[2]])["bleu"].value
    assert worse == sacrebleu.corpus_bleu([CHINESE[1], CHINESE[0], CHINESE[2]], [CHINESE], tokenize="zh").score


def test_a_language_that_the_files_say_is_used_and_one_without_blanks_names_the_run(translated):
    chinese, english = (
        translated(ENGLISH, CHINESE, languages=("en", "zh")),
        translated(CHINESE, ENGLISH, languages=("zh", "en")),
    )
    assert "the target language is zh" in notes(chinese)
    assert "tokeniser" not in english.describe_data().get("scored_as", {})
    assert "tok:13a" in scored(english, ENGLISH)["bleu"].signature


def test_the_watched_bleu_and_the_kept_tokens_have_the_tokeniser_of_the_language(translated):
    task = translated(ENGLISH, CHINESE, languages=("en", "zh"))
    assert task.quality.unit == "zh" and task.quality.tokens("猫今天") == ["猫", "今", "天"]
    sums = task.quality.bleu(CHINESE, [[line] for line in CHINESE])
    assert sums.metric().value == pytest.approx(100) and "tok:zh" in sums.metric().signature


def test_a_translation_in_lower_case_is_compared_in_lower_case_and_has_no_cased_figure(translated):
    task = translated(CHINESE, ENGLISH, "data.text.lowercase=true", languages=("zh", "en"))
    metrics = scored(task, [line.lower() for line in ENGLISH])
    assert metrics["exact_match"].value == 100
    assert metrics["chrf"].value == pytest.approx(100) and "case:lc" in metrics["chrf"].signature
    assert next(iter(metrics)) == "bleu_lowercase" and "bleu" not in metrics
    half = [ENGLISH[0].lower(), "a dog", "a book"]
    assert scored(task, half)["exact_match"].value == pytest.approx(100 / 3)
    lower = sacrebleu.corpus_chrf(half, [[line.lower() for line in ENGLISH]])
    assert scored(task, half)["chrf"].value == pytest.approx(lower.score)
    cased = translated(CHINESE, ENGLISH, languages=("zh", "en"))
    assert [scored(cased, ENGLISH)[name].value for name in ("exact_match", "bleu")] == pytest.approx([100, 100])
    assert scored(cased, [line.lower() for line in ENGLISH])["exact_match"].value == 0


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_words_are_written_back_whatever_marks_and_quotes_the_text_has(translated, form):
    lines = [
        "l\u2019\u00e9t\u00e9 \u00abdit-il\u00bb, \u00e0 3:30pm",
        "Vi\u1ec7t (snake_case)!",
        "voir https://a.example/b?c=d.",
    ]
    lines = [unicodedata.normalize(form, line) for line in lines]
    task = translated(ENGLISH, lines, languages=("en", "fr"))
    assert [task.data.text.target.spelled(line) for line in lines] == lines
    assert "written back" not in notes(task)


def test_lines_that_cannot_be_written_back_are_counted_with_the_bleu_of_a_perfect_output(translated):
    lines = [
        unicodedata.normalize("NFD", "Un \u00e9t\u00e9 \u00e0 la plage tr\u00e8s fr\u00e9quent\u00e9e ."),
        "Un chat dort sur le lit .",
    ]
    task = translated(ENGLISH[:2], lines, "data.text.joiners=false", languages=("en", "fr"))
    spelled_lines = [task.data.text.target.spelled(line) for line in lines]
    lost = sum(line != right for line, right in zip(spelled_lines, lines, strict=True))
    ceiling = sacrebleu.corpus_bleu(spelled_lines, [lines]).score
    assert lost > 0 and ceiling < 99
    for split in ("validation", "test"):
        expected = (
            f"{lost} of 2 target lines of the {split} split cannot be written back as they are: a perfect output scores BLEU"
        )
        assert f"{expected} {ceiling:.1f}" in notes(task)


def test_the_attended_source_word_stands_for_an_unknown_one(translated):
    task = translated(["Anna sieht Zygmunt", "Bob schweigt"], ["Anna sees Zygmunt", "Bob is silent"])
    encode = task.data.text.target.encode
    rows = [[*encode("Anna sees"), UNKNOWN], [UNKNOWN, *encode("is silent")]]
    assert spelled(task, Attending(), rows) == ["Anna sees Zygmunt", "Bob is silent"]


@pytest.mark.parametrize(
    ("overrides", "attends", "line"),
    [
        ((), False, "Anna sees"),
        (("evaluation.unknown=left_out",), True, "Anna sees"),
        (("data.text.level=characters", "data.text.target_level=words"), True, "Anna sees"),
        (("data.text.level=subwords", "data.text.target_level=words"), True, "Anna sees"),
        (("evaluation.unknown=written",), True, "Anna sees unk"),
    ],
)
def test_without_attention_to_words_an_unknown_one_is_left_out(translated, overrides, attends, line):
    task = translated(["Anna sieht Zygmunt"], ["Anna sees Zygmunt"], *overrides)
    rows = [[*task.data.text.target.encode("Anna sees"), UNKNOWN]]
    assert spelled(task, Attending(attends), rows) == [line]


def test_an_unknown_rule_that_there_is_not_is_refused(translated):
    with pytest.raises(DataError, match=r"evaluation\.unknown=dropped is unknown: give one of copied, left_out, written"):
        translated(ENGLISH, ENGLISH, "evaluation.unknown=dropped")


def test_the_rule_for_unknown_words_and_the_joiners_are_in_the_names_but_not_as_they_were(translated):
    def names(*overrides):
        task = translated(CHINESE, ENGLISH, *overrides, languages=("zh", "en"))
        return task.names, task.describe_data()

    old, described = names("evaluation.unknown=written", "data.text.joiners=false")
    assert not {"chosen_as", "scored_as"} & set(described)
    new, _ = names("evaluation.unknown=copied", "data.text.joiners=false")
    other, _ = names("evaluation.unknown=left_out", "data.text.joiners=false")
    assert len({named.train_id for named in (old, new, other)}) == 3  # greedy outputs choose the checkpoint
    watched = "task.monitor=perplexity"
    likely, copied = (names(watched, f"evaluation.unknown={rule}")[0] for rule in ("written", "copied"))
    assert likely.train_id == copied.train_id and likely.run_id != copied.run_id
    subwords = [names("data.text.level=subwords", f"evaluation.unknown={rule}")[0] for rule in ("written", "copied")]
    assert subwords[0] == subwords[1]  # nothing is unknown
