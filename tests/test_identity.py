import ast

from bench.config import plain
from bench.identity import AFTER, TRAINING, code_digest, run_id, train_id, training_digest, tree_digest, without


def ids(config, sha="0"):
    content = plain(config)
    trained = train_id(content, data_sha256=sha, code=training_digest(content))
    return trained, run_id(content, trained=trained)


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
    ):
        assert ids(compose(override))[0] != base, override
    assert ids(compose(), sha="1")[0] != base


def test_decoding_keeps_train_id_and_changes_run_id(compose):
    trained, run = ids(compose())
    for override in ("decode=greedy", "decode.temperature=0.5", "evaluation.sample_length=3"):
        other_trained, other_run = ids(compose(override))
        assert other_trained == trained, override
        assert other_run != run, override


def test_where_things_lie_and_how_they_are_shown_changes_nothing(compose):
    base = ids(compose())
    for override in ("paths.results=/x", "track=wandb", "report.title=other", "trainer.log_every_steps=7", "speed.rounds=0"):
        assert ids(compose(override)) == base, override


def test_digest_ignores_words_and_sees_formulas():
    code = 'def f(x):\n    """Says."""\n    return x + 1  # why\n'
    reworded = 'def f(x):\n\n    """Says more."""\n    return (x +\n 1)\n'
    changed = code.replace("+ 1", "+ 2")
    digests = [tree_digest(ast.parse(text)) for text in (code, reworded, changed)]
    assert digests[0] == digests[1] != digests[2]


def test_digest_ignores_types_and_sees_fields():
    code = "class A:\n    x: int\n    def f(self, y: int) -> int:\n        return y\n"
    retyped = code.replace("int", "float") + "class B(Protocol):\n    def g(self): ...\n"
    changed = code.replace("x: int", "z: int")
    digests = [tree_digest(ast.parse(text)) for text in (code, retyped, changed)]
    assert digests[0] == digests[1] != digests[2]


def test_a_run_depends_on_its_own_cell_only(compose, monkeypatch):
    from bench import identity

    before = {cell: training_digest(plain(compose(f"cell={cell}"))) for cell in ("gru", "lstm")}
    read = identity._read

    def edited(name, leave_out):
        digest, imports = read(name, leave_out)
        return (digest + "edited" if name == "bench.cells.gru" else digest), imports

    monkeypatch.setattr(identity, "_read", edited)
    after = {cell: training_digest(plain(compose(f"cell={cell}"))) for cell in ("gru", "lstm")}
    assert before["gru"] != after["gru"]
    assert before["lstm"] == after["lstm"]


def test_training_depends_on_no_table_and_no_tracker(monkeypatch):
    from bench import identity

    seen = []
    read = identity._read
    monkeypatch.setattr(identity, "_read", lambda name, leave_out: seen.append(name) or read(name, leave_out))
    code_digest((*TRAINING, "tasks.char_lm", "tasks.generate"), leave_out=AFTER)
    assert "bench.cells.cell" in seen
    assert "bench.data.text" in seen
    assert not [name for name in seen if name.startswith(("bench.tables", "bench.publish", "bench.record", "bench.config"))]
    assert not {"bench.combinations", "bench.readable", "bench.machine"} & set(seen)  # they only refuse
    assert not [name for name in seen if name.startswith(("bench.decoding", "bench.outputs"))]


def test_what_comes_after_training_leaves_the_tree_with_its_imports():
    code = "from a import f, g\nimport h\nclass T:\n    def loss(self): return f()\n    def outputs(self): return g(h)\n"
    kept = "from a import f\nclass T:\n    def loss(self): return f()\n"
    left = without(ast.parse(code), AFTER, keep_imports=False)
    assert tree_digest(left) == tree_digest(ast.parse(kept)) != tree_digest(ast.parse(code))
