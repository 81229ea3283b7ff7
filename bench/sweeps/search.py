"""Hyper-parameter search: Hydra's Optuna sweeper proposes, the suite runs, and the same command continues.

The study lies in `results/<sweep>/study.db` under a name that holds the identity of the configuration searched around, so that
another data set, budget or code starts a study of its own. The best configuration becomes a sweep,
`results/<sweep>/sweep/best.yaml`. What counts is the task's primary metric on validation; the test split plays no part.
"""

import atexit
import math
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hydra import compose
from omegaconf import DictConfig, OmegaConf, open_dict

from bench.config.compose import single_valued, to_run
from bench.config.schema import RunConfig, plain
from bench.errors import ConfigError
from bench.records.locks import Lock, holder_of
from bench.records.plan import STUDY
from bench.records.record import Record, write_atomically

if TYPE_CHECKING:
    from bench.jobs.job import Job

GROUPS = ("task", "data", "cell", "decode")


class Search:
    """A study around one configuration. Raises ConfigError, one sentence, where it cannot be begun."""

    def __init__(self, config: DictConfig) -> None:
        from bench.jobs.job import prepare

        self.settings = config.hydra.sweeper
        self.words = single_valued(list(map(str, config.hydra.overrides.task)))  # without what is searched for
        self.base: Job = prepare(to_run(compose("config", overrides=self.words)))
        self.folder = self.base.folder
        self.storage = f"sqlite:///{self.folder / STUDY}"
        self.name = f"{self.base.config.sweep.name} {self.base.train_id}"
        if self.settings.n_jobs != 1:
            raise ConfigError(
                f"hydra.sweeper.n_jobs={self.settings.n_jobs} is not supported: trials run one after another, give 1."
            )

    def begin(self) -> int:
        """Tells the sweeper where it stands; how many trials are left."""
        self._hold()
        study = self._study(create=True)
        self._repeat_interrupted(study)
        trials = study.get_trials(deepcopy=False)
        done = sum(trial.value is not None for trial in trials)
        remaining = max(0, int(self.settings.n_trials) - done)
        with open_dict(self.settings):
            self.settings.storage, self.settings.study_name = self.storage, self.name
            self.settings.direction = self._direction()
            self.settings.n_trials = remaining
            self.settings.sampler.seed = (self.settings.sampler.seed or 0) + len(trials)
        return remaining

    def _hold(self) -> None:
        """Until this process ends. Raises ConfigError where another process runs this search: trials run one after another."""
        lock = Lock(self.folder / ".search.lock")
        if not lock.acquire():
            raise ConfigError(f"another process runs this search, {holder_of(lock.path)}: wait, or give sweep.name=.")
        atexit.register(lock.release)

    def _repeat_interrupted(self, study: Any) -> None:
        """A trial that was running when its search ended is run again, and its training then goes on where it was.

        The next search proposes its values first.
        """
        import optuna

        states: Any = optuna.trial.TrialState
        for trial in study.get_trials(deepcopy=False, states=(states.RUNNING,)):
            study.tell(trial.number, state=states.FAIL)
            if trial.params:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                    study.enqueue_trial(trial.params)

    def finish(self) -> None:
        """Writes the best configuration so far as a sweep, and says how to run it."""
        study = self._study(create=False)
        scored = [trial for trial in study.get_trials(deepcopy=False) if trial.value is not None]
        if not scored:
            return
        best = study.best_trial
        path = self.folder / "sweep" / "best.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        params = [f"{key}={value}" for key, value in best.params.items()]
        config = to_run(compose("config", overrides=[*self.words, *params]))
        title = f"Best of {len(scored)} trials of {self.base.config.sweep.name}"
        write_atomically(path, _as_sweep(config, title))
        print(f"best of {len(scored)} trials: {best.value:.4f} with {' '.join(params)}")
        print(f"run it: python -m bench --config-dir {self.folder} +sweep=best")

    def _direction(self) -> str:
        return "minimize" if self.base.task.better == "lower" else "maximize"

    def _study(self, *, create: bool) -> Any:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        if create:
            return optuna.create_study(
                study_name=self.name, storage=self.storage, direction=self._direction(), load_if_exists=True
            )
        return optuna.load_study(study_name=self.name, storage=self.storage)


def is_search(config: DictConfig) -> bool:
    """Whether Hydra's sweeper is Optuna's."""
    return "optuna" in str(config.hydra.sweeper._target_)


def objective(record: Record | None) -> float:
    """What a job is worth to a search: its primary metric on validation; NaN, a failed trial, where it has none."""
    if record is None or record.status != "ok":
        return math.nan
    metric: Mapping[str, Any] = next(iter(record.metrics["validation"].values()))
    return float("nan" if metric["value"] is None else metric["value"])


def _as_sweep(config: RunConfig, title: str) -> str:
    """A sweep of one job with the whole configuration written out."""
    content = plain(config)
    groups = [{f"override /{group}": content[group]["name"]} for group in GROUPS]
    values = {key: content[key] for key in ("seed", *GROUPS, "net", "stack", "optimiser", "trainer", "evaluation")}
    sweep = OmegaConf.create(
        {"defaults": groups, "sweep": {"name": "best", "title": title}, **values, "hydra": {"mode": "MULTIRUN"}}
    )
    return f"# @package _global_\n# {title}.\n{OmegaConf.to_yaml(sweep)}"
