"""BLEU of languages without blanks between words; sacrebleu itself is the judge."""

import pytest
import sacrebleu

from bench.metrics import bleu_tokeniser
from bench.metrics.bleu import BleuSums, tokens_of, translation_metrics
from bench.metrics.bleu_tokeniser import chosen

CHINESE, JAPANESE, KOREAN, THAI = "猫今天看见鱼。", "猫が魚を見ました。", "고양이가 물고기를 보았다.", "แมวเห็นปลาในวันนี้"
KHMER, LAO, BURMESE, TIBETAN = "ឆ្មាឃើញត្រី", "ແມວເຫັນປາ", "ကြောင်ကငါးကိုမြင်သည်", "ཞི་མིས་ཉ་མཐོང་"
ENGLISH, HINDI = "A cat sees a fish today.", "बिल्ली मछली देखती है।"


@pytest.fixture
def no_dictionaries(monkeypatch):
    monkeypatch.setattr(bleu_tokeniser, "find_spec", lambda name: None)


@pytest.fixture
def dictionaries(monkeypatch):
    monkeypatch.setattr(bleu_tokeniser, "find_spec", lambda name: object())


@pytest.mark.parametrize("line", [CHINESE, THAI, KHMER, LAO, BURMESE, TIBETAN])
def test_a_perfect_output_without_blanks_scores_100_and_not_0(line):
    tokeniser = chosen([line], None, of="target").name
    metrics = translation_metrics([line], [[line]], tokeniser=tokeniser)
    assert metrics["bleu"].value == pytest.approx(100)
    assert f"|tok:{tokeniser}|" in metrics["bleu"].signature
    assert BleuSums.of([line], [[line]], lowercase=False).metric().value < 100  # as 13a has it


def test_digits_and_commas_in_a_chinese_line_score_as_the_library_does():
    hypothesis, reference = "我在2019年买了3,500本书。", "我在2018年买了3,500本旧书。"
    tokeniser = chosen([reference], "zh", of="target").name
    ours = BleuSums.of([hypothesis], [[reference]], lowercase=False, tokeniser=tokeniser).metric()
    library = sacrebleu.corpus_bleu([hypothesis], [[reference]], tokenize="zh")
    assert ours.value == library.score
    assert ours.value > 3 * sacrebleu.corpus_bleu([hypothesis], [[reference]], tokenize="13a").score


@pytest.mark.parametrize(
    ("language", "line", "tokeniser"),
    [
        ("zh", CHINESE, "zh"),
        ("zh_CN", CHINESE, "zh"),
        ("cmn-Hant", CHINESE, "zh"),
        ("ja", CHINESE, "ja-mecab"),  # a line of Chinese characters alone
        ("jpn", JAPANESE, "ja-mecab"),
        ("ko", KOREAN, "ko-mecab"),
        ("th", THAI, "char"),
        ("km", KHMER, "char"),
        ("lo", LAO, "char"),
        ("my", BURMESE, "char"),
        ("en", ENGLISH, "13a"),
        ("hi", HINDI, "13a"),
        ("de", ENGLISH, "13a"),
    ],
)
def test_the_language_of_the_target_says_the_tokeniser(dictionaries, language, line, tokeniser):
    assert chosen([line], language, of="target").name == tokeniser


@pytest.mark.parametrize(
    ("line", "tokeniser"),
    [(CHINESE, "zh"), (JAPANESE, "ja-mecab"), (KOREAN, "ko-mecab"), (THAI, "char"), (ENGLISH, "13a"), (HINDI, "13a")],
)
@pytest.mark.parametrize("language", [None, "tgt", "yy", "en"])
def test_where_no_language_is_said_the_letters_of_the_text_say_it_and_the_notes_tell(dictionaries, line, tokeniser, language):
    choice = chosen([line, "3,500 %"], language, of="target")
    assert choice.name == tokeniser
    assert bool(choice.notes) == (tokeniser != "13a")
    assert all("of the letters of the target lines" in note and tokeniser in note for note in choice.notes)


@pytest.mark.parametrize("language", ["my", "lo", "zh"])
def test_latin_letters_are_parted_by_blanks_whatever_the_file_is_called(language):
    choice = chosen([ENGLISH], language, of="target")
    assert choice.name == "13a"
    assert "0 % of the letters" in choice.notes[0]


@pytest.mark.parametrize(("line", "extra"), [(JAPANESE, "ja"), (KOREAN, "ko")])
def test_without_its_dictionary_a_language_is_counted_by_characters_and_told_how_to_get_it(no_dictionaries, line, extra):
    choice = chosen([line], extra, of="target")
    assert choice.name == "char"
    assert f'pip install "sacrebleu[{extra}]"' in choice.notes[0] and f"{extra}-mecab" in choice.notes[0]
    metric = BleuSums.of([line], [[line]], lowercase=False, tokeniser=choice.name).metric()
    assert (metric.value, "tok:char" in metric.signature) == (pytest.approx(100), True)


def test_a_foreign_name_in_english_text_changes_nothing():
    assert chosen([ENGLISH] * 9 + ["He lives in 東京 now."], "en", of="target") == ("13a", ())


def test_kept_tokens_are_those_of_the_tokeniser_and_score_the_same():
    lines, references = [CHINESE, "我有2只猫"], [["猫今天看见鱼。"], ["我有两只猫"]]
    tokenised = [" ".join(tokens_of(line, lowercase=False, tokeniser="zh")) for line in lines]
    ways = [" ".join(tokens_of(line, lowercase=False, tokeniser="zh")) for (line,) in references]
    again = sacrebleu.corpus_bleu(tokenised, [ways], tokenize="none", force=True).score
    assert again == pytest.approx(BleuSums.of(lines, references, lowercase=False, tokeniser="zh").metric().value)


def test_sums_of_two_tokenisers_are_not_added():
    chinese, characters = (BleuSums.of([CHINESE], [[CHINESE]], lowercase=False, tokeniser=name) for name in ("zh", "char"))
    with pytest.raises(ValueError, match="cannot be added"):
        chinese + characters


def test_chrf_and_bleu_of_text_in_lower_case_are_compared_in_lower_case():
    outputs, references = ["the cat sat on the mat ."], [["The Cat sat on the Mat ."]]
    metrics = translation_metrics(outputs, references, lowercase=True)
    assert [metrics[name].value for name in ("chrf", "bleu_lowercase")] == pytest.approx([100, 100])
    assert "case:lc" in metrics["chrf"].signature
    assert "bleu" not in metrics
    assert translation_metrics(outputs, references)["chrf"].value < 99
