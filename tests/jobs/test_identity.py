"""What names a run, and what does not: settings by value, data by content, classes by version; never how the source reads."""

import ast
import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

from bench.build import class_of
from bench.config.schema import RunConfig, folder, plain
from bench.jobs import identity
from bench.jobs.identity import FIELDS, SCORES, TRAINS, run_id, train_id
from bench.jobs.job import prepare
from bench.nets.parts.block_settings import WITHOUT

ROOT = Path(__file__).resolve().parents[2]


def ids(config, sha="0", run_sha="1"):
    content = plain(config)
    trained = train_id(content, data_sha256=sha)
    return trained, run_id(content, trained=trained, data_sha256=run_sha)


def leaves(schema, prefix=""):
    for field in fields(schema):
        if is_dataclass(field.type):
            yield from leaves(field.type, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}"


def test_every_field_of_the_schema_is_classified():
    unclassified = [
        key for key in leaves(RunConfig) if key not in FIELDS and FIELDS.get(key.partition(".")[0], TRAINS) in (TRAINS, SCORES)
    ]
    assert not unclassified, f"say in bench.jobs.identity.FIELDS whether they name a run, or why not: {unclassified}"
    tops = {field.name for field in fields(RunConfig)}
    assert not [key for key in FIELDS if key not in set(leaves(RunConfig)) | tops], "FIELDS names what is no longer there"
    assert all(meaning in (TRAINS, SCORES) or len(meaning.split()) >= 3 for meaning in FIELDS.values()), "give a reason"


def test_every_class_that_a_yaml_names_has_a_version(compose):
    import yaml

    for group in ("task", "data", "cell", "decode"):
        for file in (folder() / group).glob("*.yaml"):
            content = yaml.safe_load(file.read_text())
            node = content[group] if group == "task" else content
            if "_target_" in node:
                named_class = class_of(node["_target_"], key=group)
                assert isinstance(named_class.version, int), (group, file.stem)
                assert group != "task" or isinstance(named_class.scoring, int), file.stem


def test_what_changes_weights_changes_train_id(compose):
    base = ids(compose())[0]
    for override in (
        "seed=1",
        "cell=gru",
        "stack.depth=2",
        "optimiser.lr=0.1",
        "trainer.epochs=3",
        "task.window=32",
        "net.tied=true",
        "cell.forget_bias=0",
        "data.format=spaced_characters",
    ):
        assert ids(compose(override))[0] != base, override
    assert ids(compose(), sha="1")[0] != base


def test_a_stack_without_blocks_has_the_name_that_it_had_before_there_were_blocks(compose):
    for words in ((), ("task=translation",)):
        content = plain(compose(*words))
        older = json.loads(json.dumps(content))
        for node in (older["stack"], older["net"].get("decoder", {})):
            for key in WITHOUT:
                node.pop(key, None)
        assert train_id(older, data_sha256="0") == train_id(content, data_sha256="0")
        for override in ("stack.block=residual", "stack.block=gated"):
            assert train_id(plain(compose(*words, override)), data_sha256="0") != train_id(content, data_sha256="0")
    parts = ("", "stack.convolution=4", "stack.expansion=2", "stack.mlp=3")
    names = {ids(compose("stack.block=gated", *filter(None, [part])))[0] for part in parts}
    assert len(names) == len(parts)


def test_decoding_keeps_train_id_and_changes_run_id(compose):
    trained, run = ids(compose())
    for override in ("decode=greedy", "decode.temperature=0.5", "evaluation.sample_length=3"):
        other_trained, other_run = ids(compose(override))
        assert other_trained == trained, override
        assert other_run != run, override


def test_where_things_lie_and_how_they_are_shown_changes_nothing(compose):
    base = ids(compose())
    for override in (
        "paths.results=/x",
        "track=wandb",
        "sweep.title=other",
        "trainer.log_every_steps=7",
        "speed.rounds=0",
        "trainer.threads=1",
        "reuse=same_code",
        "optimiser.momentum=0.90",
    ):
        assert ids(compose(override)) == base, override


def test_an_integer_and_the_equal_float_are_one_value(compose):
    assert ids(compose("cell.forget_bias=1")) == ids(compose("cell.forget_bias=1.0"))


def test_what_bounds_the_outputs_that_choose_a_checkpoint_names_the_training(compose):
    base = ids(compose("task=translation"))[0]
    assert ids(compose("task=translation", "evaluation.length_factor=0.1"))[0] != base
    assert ids(compose("task=translation", "evaluation.samples=3"))[0] == base
    captions = [ids(compose("task=captioning", f"evaluation.longest={longest}"))[0] for longest in (90, 100)]
    assert captions[0] != captions[1]


def test_a_test_split_names_a_run_and_no_training(compose, tmp_path):
    for name, lines in (("a", 3), ("b", 5)):
        (tmp_path / f"{name}.txt").write_text("the test of a word\n" * lines)
    (tmp_path / "train.txt").write_text("a word and a word of a test\n" * 40)
    (tmp_path / "valid.txt").write_text("a word of a test\n" * 9)
    files = (f"data.train={tmp_path}/train.txt", f"data.validation={tmp_path}/valid.txt", "evaluation.prompt=a")
    places = (f"paths.results={tmp_path}/runs", f"paths.cache={tmp_path}/cache")
    first, second, none = (
        prepare(compose("task=word_lm", "data=words", "task.window=5", *files, *places, *test)).names
        for test in ([f"data.test={tmp_path}/a.txt"], [f"data.test={tmp_path}/b.txt"], [])
    )
    assert first.train_id == second.train_id == none.train_id
    assert len({first.run_id, second.run_id, none.run_id}) == 3


def test_a_drawn_test_of_another_length_keeps_the_training(compose):
    words = ("task=adding", "data.train=50", "data.validation=10", "data.length=20")
    short, long = (
        prepare(compose(*words, f"data.test={rows}", f"data.test_length={at}")).names for rows, at in ((5, 20), (7, 30))
    )
    assert short.train_id == long.train_id
    assert short.run_id != long.run_id
    other = prepare(compose(*words, "data.test=5", "data.validation=11")).names
    assert other.train_id != short.train_id


def test_the_settings_of_other_rows_are_nothing_to_a_model_that_counts(compose):
    base = ids(compose("task=word_lm", "model=ngram"))
    for override in ("stack.depth=2", "optimiser.lr=0.5", "trainer.batch_size=9"):
        assert ids(compose("task=word_lm", "model=ngram", override)) == base, override
    assert ids(compose("task=word_lm", "model=ngram", "net.order=3"))[0] != base[0]


def test_a_file_that_a_net_reads_is_named_by_its_content(compose, tmp_path):
    original, moved, other = (tmp_path / name for name in ("one.txt", "moved.txt", "other.txt"))
    for file, number in ((original, 1), (moved, 1), (other, 2)):
        file.write_text(f"word {number} {number}\n")
    names = [
        ids(compose("task=name_tagging", f"net.vectors={file}", "net.embedding_size=2"))[0] for file in (original, moved, other)
    ]
    assert names[0] == names[1] != names[2]
    original.write_text("word 3 3.5\n")
    assert ids(compose("task=name_tagging", f"net.vectors={original}", "net.embedding_size=2"))[0] not in names


def test_a_setting_that_is_added_later_is_left_out_at_the_value_that_it_had(compose, monkeypatch):
    from bench.cells.lstm import LSTM

    bare = ids(compose())[0]
    monkeypatch.setattr(LSTM, "since", {"forget_bias": 1.0}, raising=False)
    added = ids(compose())[0]
    assert added != bare  # the key left the name
    monkeypatch.setattr(LSTM, "since", {"forget_bias": 5.0}, raising=False)
    assert ids(compose())[0] == bare  # any other value is in it
    assert ids(compose("cell.forget_bias=5"))[0] == added


def test_a_raised_version_gives_a_new_name_to_what_uses_the_class_alone(compose, monkeypatch):
    from bench.cells.cell import Cell
    from bench.cells.lstm import LSTM

    before = {cell: ids(compose(f"cell={cell}"))[0] for cell in ("lstm", "gru")}
    monkeypatch.setattr(LSTM, "version", 2)
    assert ids(compose())[0] != before["lstm"]
    assert ids(compose("cell=gru"))[0] == before["gru"]
    once = ids(compose())[0]
    monkeypatch.setattr(Cell, "version", 2)
    assert ids(compose("cell=gru"))[0] != before["gru"]
    assert ids(compose())[0] not in (once, before["lstm"])


def test_a_raised_scoring_keeps_the_training(compose, monkeypatch):
    from bench.tasks.language_model import LanguageModel

    trained, run = ids(compose())
    monkeypatch.setattr(LanguageModel, "scoring", 2)
    assert ids(compose())[0] == trained
    assert ids(compose())[1] != run


def test_a_class_keeps_its_name_here_when_it_is_renamed(compose, monkeypatch):
    from bench.cells.lstm import LSTM

    class LongShortTermMemory(LSTM):
        pass

    before = ids(compose())[0]
    LongShortTermMemory.__module__ = LSTM.__module__
    monkeypatch.setattr("bench.cells.lstm.LSTM", LongShortTermMemory)
    assert ids(compose())[0] != before
    LongShortTermMemory.known_as = "LSTM"
    assert ids(compose())[0] == before


ASK = """
import json, sys
from hydra import compose, initialize_config_dir
from bench.config import schema as config
from bench.config.compose import to_run
from bench.jobs.identity import run_id, train_id
config.register()
names = {}
with initialize_config_dir(str(config.folder()), version_base="1.3"):
    for words in json.loads(sys.argv[1]):
        content = config.plain(to_run(compose("config", overrides=words)))
        trained = train_id(content, data_sha256="0")
        names[" ".join(words)] = [trained, run_id(content, trained=trained, data_sha256="1")]
print(json.dumps(names))
"""


class Reworded(ast.NodeTransformer):
    """Every message that is raised says something else, and every local variable has another name."""

    def visit_Raise(self, node):
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                part.value = part.value.replace("give", "please give").replace("is", "is, alas,")
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        if any(isinstance(part, ast.Match | ast.Global | ast.Nonlocal | ast.ClassDef) for part in ast.walk(node)):
            return node
        stored = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        fixed = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
        fixed |= {part.name for part in ast.walk(node) if isinstance(part, ast.ExceptHandler | ast.FunctionDef) and part.name}
        fixed |= {
            alias.asname or alias.name
            for part in ast.walk(node)
            if isinstance(part, ast.Import | ast.ImportFrom)
            for alias in part.names
        }
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in stored - fixed and not part.id.endswith("_renamed"):
                part.id += "_renamed"
        return node


WORDS = [
    ["cell=gru"],
    ["task=translation", "net.attention=dot"],
    ["task=name_tagging", "net.crf=true"],
    ["task=forecasting"],
    ["task=adding"],
    ["task=captioning", "decode=beam"],
]


def test_other_messages_other_locals_and_a_new_key_change_no_name(tmp_path):
    for top in ("bench", "conf", "tasks"):
        shutil.copytree(ROOT / top, tmp_path / top, ignore=shutil.ignore_patterns("__pycache__"))
    before = names_in(tmp_path, WORDS)
    touched = 0
    for file in [*(tmp_path / "bench").rglob("*.py"), *(tmp_path / "tasks").rglob("*.py")]:
        tree = ast.parse(file.read_text())
        reworded = ast.unparse(Reworded().visit(tree))
        touched += reworded != ast.unparse(ast.parse(file.read_text()))
        file.write_text(reworded)
    assert touched > 150
    schema = tmp_path / "bench" / "config" / "schema.py"
    at = "class SpeedConfig:\n"
    assert at in schema.read_text()
    schema.write_text(schema.read_text().replace(at, at + "    novelty: int = 7\n"))
    assert names_in(tmp_path, WORDS) == before


def names_in(tree, words):
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(words)], cwd=tree, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_digest_of_names_is_that_of_json_with_sorted_keys():
    assert identity.digest({"b": 1.0, "a": [2, None]}) == identity.digest({"a": [2.0, None], "b": 1})
    assert identity.digest({"a": 1.5}) != identity.digest({"a": 1})
