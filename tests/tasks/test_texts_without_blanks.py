"""Captions and recordings in scripts that do not part words by blanks."""

import numpy as np
import pytest

from bench.config.factory import make_task


def test_a_right_caption_in_chinese_scores_100_by_the_tokeniser_of_its_script(compose, tmp_path):
    captions = ["猫今天看见鱼。", "狗今天看见猫。", "两个人在说话。"]
    for split in ("train", "validation"):
        np.savez(tmp_path / f"{split}.npz", features=np.eye(3), captions=np.array(captions))
    files = [f"data.{split}={tmp_path / split}.npz" for split in ("train", "validation")]
    task = make_task(compose("task=captioning", "data=feature_files", *files, "data.text.level=characters"))
    metrics = task.compared(task.references["validation"][0] + captions[1:], task.references["validation"])
    assert metrics["bleu_lowercase"].value == pytest.approx(100) and "|tok:zh|" in metrics["bleu_lowercase"].signature
    assert any("tokeniser zh" in note for note in task.describe_data()["notes"])
    assert task.scored_by()[0] == "zh lower-cased"
