"""Golden runs: five training steps and a scoring of every cell, net, task and decoding strategy, in float64.

Their numbers are in `golden.json`. A refactoring leaves them as they are; a changed formula changes them, and then the version
of the class that computes it is raised, for it is part of the names of runs (`bench.jobs.identity`). What is run follows from
conf/: a new yaml is a new golden run. Written down here are `RECIPES` (which small files a task reads), `MODELS` (which task
shows a net) and `FURTHER` (branches that no yaml turns on), and nothing new has to be named in them: a new task reads what one
with the same kind of data reads, a new net is shown by the first task that it is for.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import is_dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, get_type_hints

import choices
import torch

from bench.config.factory import make_net, make_strategy, make_task
from bench.config.schema import RunConfig
from bench.decoding.kinds import Decoded
from bench.task import evaluate
from bench.training.counting import Counted, count
from bench.training.learner import Learner
from bench.training.trainer import train

NUMBERS = Path(__file__).parent / "golden.json"
SMALL = (
    "stack.hidden_size=6 trainer.batch_size=4 trainer.max_steps=5 trainer.validate_every_steps=5 trainer.log_every_steps=1 "
    "trainer.accelerator=cpu seed=3"
)
FILES = "data.train={0}/{1} data.validation={0}/{2} data.test={0}/{3}"
SPOKEN = "paths.data={0} data.places.kind=files"
DRAWN = "data.length=10 data.train=40 data.validation=20 data.test=10"
LENGTHS = "net.embedding_size=5"
RECIPES = {
    "char_lm": "data=text data.path={0}/text.txt task.window=12 evaluation.sample_length=30",
    "word_lm": "data=words "
    + FILES.format("{0}", "words.train.txt", "words.validation.txt", "words.test.txt")
    + " task.window=7 evaluation.prompt=Ann evaluation.sample_length=9",
    "name_tagging": "data=columns " + FILES.format("{0}", "train.conll", "validation.conll", "test.conll"),
    "translation": "data=parallel data.source=src data.target=tgt data.train={0}/train data.validation={0}/validation "
    "data.test={0}/test data.text.level=words " + LENGTHS,
    "text_classification": "data=labelled "
    + FILES.format("{0}", "labelled.train.txt", "labelled.validation.txt", "labelled.test.txt"),
    "captioning": "data=feature_files " + FILES.format("{0}", "train.npz", "validation.npz", "test.npz") + " " + LENGTHS,
    "image_classification": "data=digits data.limit=60",
    "audio_classification": "data=japanese_vowels " + SPOKEN,
    "speech_recognition": "data=speaker_turns data.train=30 data.validation=10 data.test=10 " + SPOKEN + " " + LENGTHS,
    "forecasting": "data=series data.path={0}/series.csv task.window=12 task.horizon=3",
    "music": "data=piano_rolls data.path={0}/rolls",
    "word_generation": "data=word_list data.path={0}/list.txt evaluation.drawn=40 " + LENGTHS,
}
"""Task -> what it reads here; `{0}` is the folder of the corpus."""
MODELS = {
    "ngram": "word_lm",
    "hmm": "name_tagging",
    "tagger": "name_tagging",
    "output_recurrent": "name_tagging",
    "pooled": "text_classification",
    "encoder_decoder": "translation",
    "one_to_many": "captioning",
    "generator": "word_generation",
}
DECODED = {
    Decoded.TEXT: "task=translation",
    Decoded.TAGS: "task=name_tagging",
    Decoded.TAGS_IN_ORDER: "task=name_tagging model=output_recurrent",
}
"""What is decoded -> where a strategy is shown."""
FURTHER = {
    "stack": "task=char_lm stack.depth=2 stack.dropout=0.3",
    "dropout_by_sequence": "task=char_lm stack.depth=2 stack.dropout=0.3 stack.dropout_mask=sequence net.output_dropout=0.2",
    "zero_states": "task=char_lm task.initial_state=zeros net.tied=true",
    "sgd": "task=char_lm optimiser.name=sgd optimiser.lr=0.1 optimiser.schedule=halving trainer.epochs=2",
    "rmsprop": "task=char_lm optimiser.name=rmsprop",
    "weight_noise": "task=music net.weight_noise=0.1 task.window=5",
    "adamw": "task=char_lm optimiser.name=adamw optimiser.weight_decay=0.1 optimiser.schedule=cosine optimiser.warmup_steps=2",
    "no_clip": "task=char_lm optimiser.clip=null optimiser.schedule=inverse trainer.epochs=2",
    "linear": "task=char_lm optimiser.clip=0.1 optimiser.schedule=linear",
    "residual": "task=char_lm stack.block=residual stack.depth=2 optimiser.name=adamw optimiser.weight_decay=0.1",
    "gated": "task=char_lm stack.block=gated stack.convolution=4 stack.expansion=2 stack.mlp=2 stack.depth=2 stack.dropout=0.3",
    "blocks_both_ways": "task=translation stack.block=residual stack.convolution=3 stack.direction=bidirectional",
    "attention_none": "task=translation net.attention=none net.context=both net.reverse_source=true",
    "attention_dot": "task=translation net.attention=dot net.input_feeding=true net.label_smoothing=0.1",
    "attention_general": "task=translation net.attention=general stack.direction=bidirectional stack.depth=2",
    "sampling": "task=translation net.sampling.schedule=linear net.sampling.ratio=0.5 net.tied=true task.monitor=perplexity",
    "halting": "task=captioning net.stop=halting_unit net.context=every_step",
    "predicted_length": "task=captioning net.stop=predicted_length net.longest=40 net.context=both",
    "crf": "task=name_tagging net.crf=true stack.direction=bidirectional net.capitals=3",
    "constrained": "task=name_tagging net.constrained=true net.characters.kind=lstm net.word_dropout=0.2",
    "binary": "task=name_tagging task.labels=binary net.characters.kind=none",
    "recurrence_both": "task=name_tagging model=output_recurrent net.recurrence=both decode=beam_tags",
    "pooling_attention": "task=text_classification net.pooling=attention stack.direction=bidirectional",
    "pooling_mean": "task=text_classification net.pooling=mean",
    "pooling_max": "task=text_classification net.pooling=max",
    "recursive": "task=forecasting task.recursive=true task.difference=true",
    "pixels": "task=image_classification task.read=pixels task.permuted=true",
    "gnmt": "task=translation decode=beam decode.norm=gnmt decode.width=3",
}  # fmt: skip


def recipes() -> dict[str, str]:
    """Name -> overrides: of every cell, model, task and strategy of conf/, and the further ones."""
    runs = {f"task={name}": f"task={name}" for name in choices.names("task")}
    for cell in choices.names("cell"):
        runs[f"cell={cell}"] = f"task=char_lm cell={cell}"
    for model in choices.names("model"):
        runs[f"model={model}"] = f"task={_shown_by(model)} model={model}"
    for strategy in choices.names("decode"):
        runs[f"decode={strategy}"] = f"{DECODED[choices.option_class('decode', strategy).decodes]} decode={strategy}"
    return runs | FURTHER


def _shown_by(model: str) -> str:
    """A task of the net's topology; of a model that changes another's settings alone, the task of the default model."""
    net = choices.option_class("model", model)
    fitting = (task for task in RECIPES if net is not None and choices.option_class("task", task).topology in net.topologies)
    return MODELS.get(model) or next(fitting, "char_lm")


def _files(task: str) -> str:
    """What the task reads here: its own recipe, else that of a task with the same kind of data, else what it draws."""
    kind = _data_of(task)
    return next((RECIPES[known] for known in (task, *RECIPES) if known in RECIPES and _data_of(known) is kind), DRAWN)


def overrides(recipe: str, corpus: Path) -> list[str]:
    """The words of a recipe, with the files that its task reads; its own come last and win."""
    task = recipe.split()[0].removeprefix("task=")
    first, *rest = recipe.split()
    groups = [word for word in rest if "." not in word.partition("=")[0]]
    keys = [word for word in rest if word not in groups]
    models = [choices.option_class("model", group.removeprefix("model=")) for group in groups if group.startswith("model=")]
    counted = any(isinstance(model, type) and issubclass(model, Counted) for model in models)
    small = [word for word in SMALL.split() if not (counted and word.startswith("stack."))]
    nodes = [choices.node("model", group.removeprefix("model=")) for group in groups if group.startswith("model=")]
    files = [word for word in _files(task).format(corpus).split() if all(_has(node, word) for node in nodes)]
    return [first, *groups, *small, *files, *keys]


def _has(net: Mapping[str, Any], word: str) -> bool:
    """Whether a model has the setting of its net that a word gives, if the word gives one."""
    group, _, key = word.partition("=")[0].partition(".")
    return group != "net" or "_target_" not in net or key.partition(".")[0] in net


@contextmanager
def in_float64() -> Iterator[None]:
    """Inside, nets are built in float64, and what they compute in float32 at least (losses, probabilities) is float64 too."""
    usual = torch.Tensor.float
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)
        torch.Tensor.float = usual


def numbers(config: RunConfig, room: Path) -> dict[str, Any]:
    """Losses of five steps, what validation gave, scores of every split, and a digest of what was decoded."""
    from bench.training.checkpoint import Checkpoint

    torch.manual_seed(config.seed)
    task = doubled(make_task(config))
    net = make_net(config, task)
    checkpoint = Checkpoint(room)
    if isinstance(net, Counted):
        curve = count(net, task, batch_size=config.trainer.batch_size, seed=config.seed, checkpoint=checkpoint)["curve"]
    else:
        learner = Learner(task, net, config.optimiser)
        log = lambda values, step: None  # noqa: E731
        curve = train(learner, config.trainer, seed=config.seed, checkpoint=checkpoint, log=log, callbacks=[])["curve"]
    checkpoint.load_best(net)
    scores: dict[str, Any] = {}
    for split in task.splits():
        scored = evaluate(task, net, task.score_loader(split))
        scores[split] = {name: [metric.value, metric.count] for name, metric in scored.items()}
    outputs = task.outputs(net.eval(), make_strategy(config), config.seed)
    for split, named in outputs.metrics.items():
        scores[split] = {name: [metric.value, metric.count] for name, metric in named.items()} | scores[split]
    words = json.dumps([outputs.columns, _rounded(outputs.rows), {key: sha256(value.encode()).hexdigest() for key, value in
                        outputs.files.items() if key in ("txt", "conll")}])  # fmt: skip
    return {
        "loss": curve["loss"],
        "validation": curve["validation"],
        "scores": scores,
        "outputs": sha256(words.encode()).hexdigest()[:16],
    }


def _rounded(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [[f"{cell:.3g}" if isinstance(cell, float) else cell for cell in row] for row in rows]


def doubled(task: Any) -> Any:
    """The task, whose batches are float64 from now on where they were float32."""
    for name in ("train_loader", "monitor_loader", "score_loader"):
        setattr(task, name, partial(_doubled, getattr(type(task), name).__get__(task)))
    if hasattr(task, "fixed"):
        task.fixed = {split: Doubled(batches) for split, batches in task.fixed.items()}
    return task


def _doubled(loader: Callable[..., Any], *given: Any) -> "Doubled":
    return Doubled(loader(*given))


class Doubled:
    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        return map(_double, self.loader)


def _double(batch: Any) -> Any:
    if isinstance(batch, torch.Tensor):
        return batch.double() if batch.dtype == torch.float32 else batch
    if isinstance(batch, Mapping):
        return {key: _double(value) for key, value in batch.items()}
    if is_dataclass(batch) and not isinstance(batch, type):
        return replace(batch, **{key: _double(value) for key, value in vars(batch).items()})
    return batch


def _data_of(task: str) -> Any:
    return get_type_hints(choices.option_class("task", task).__init__)["data"]
