"""Runs as CSV files, in TensorBoard and in MLflow, by Lightning's loggers; what is promised of wandb holds for them too.

    track=csv            DIR/csv/SWEEP/RUN/metrics.csv, hparams.yaml, tables and pictures beside them
    track=tensorboard    DIR/tensorboard/SWEEP/RUN, for `tensorboard --logdir DIR/tensorboard`
    track=mlflow         the server of MLFLOW_TRACKING_URI, else DIR/mlflow.db, for `mlflow ui --backend-store-uri sqlite:///DIR/mlflow.db`

DIR is the folder that the command runs in.
"""

import csv
import io
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.tracking.call_queue import CallQueue
from bench.tracking.queued import Queued
from bench.tracking.redaction import redact, without_paths
from bench.tracking.run_info import RunInfo
from bench.tracking.settings import Settings
from bench.tracking.tracker import Rows, Tracker

GRACE_S = 10.0


def open_logger(name: str, settings: Settings, info: RunInfo) -> Tracker:
    """A run of one of KINDS. Raises what the library raises."""
    calls = CallQueue()
    limit_s = settings.timeout_s + GRACE_S
    config = redact(without_paths(info.config))
    try:
        return calls.ask(lambda: KINDS[name](calls, limit_s, settings=settings, info=info, config=config), limit_s)
    except BaseException:
        calls.dismiss()
        raise


class LoggedRun(Queued):
    """What all of them do alike. A run that is tracked again replaces what it was before: its history is told anew."""

    online = False

    def __init__(
        self, calls: CallQueue, limit_s: float, *, settings: Settings, info: RunInfo, config: Mapping[str, Any]
    ) -> None:
        super().__init__(calls, limit_s)
        self.keeps_artifacts = settings.artifacts
        self._step = 0
        self._logger = self._open(Path(settings.folder), info)
        self._logger.log_hyperparams({**config, "tags": list(info.tags)})

    def _open(self, folder: Path, info: RunInfo) -> Any:
        raise NotImplementedError

    @property
    def address(self) -> str:
        return str(self._logger.log_dir)

    def log(self, values: Mapping[str, float], *, step: int) -> None:
        self.log_all([(values, step)])

    def log_all(self, points: Sequence[tuple[Mapping[str, float], int]]) -> None:
        copies = [(dict(values), step) for values, step in points]

        def send() -> None:
            for values, step in copies:
                self._step = max(self._step, step)
                self._logger.log_metrics(values, step)

        self._send(send)

    def samples(self, title: str, columns: Sequence[str], rows: Rows) -> None:
        self.table(title, columns, rows)

    def summary(self, values: Mapping[str, object]) -> None:
        numbers = {key: float(value) for key, value in values.items() if isinstance(value, int | float)}
        words = {key: value for key, value in values.items() if key not in numbers}

        def send() -> None:
            self._logger.log_metrics(numbers, self._step)
            self._say(words)

        self._send(send)

    def _say(self, words: Mapping[str, object]) -> None:
        self._logger.log_hyperparams(dict(words))

    def table(self, name: str, columns: Sequence[str], rows: Rows) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([columns, *rows])
        self._send(lambda: self._keep_table(name, text.getvalue()))

    def picture(self, name: str, path: Path) -> None:
        self._send(lambda: self._keep_picture(name, path))

    def artifact(self, name: str, kind: str, paths: Sequence[Path]) -> None:
        if self.keeps_artifacts:
            self._send(lambda: self._keep_files(kind, paths))

    def _keep_table(self, name: str, text: str) -> None:
        path = self._file(f"{name}.csv")
        path.write_text(text, encoding="utf-8")

    def _keep_picture(self, name: str, path: Path) -> None:
        shutil.copyfile(path, self._file(f"{name}{path.suffix}"))

    def _keep_files(self, kind: str, paths: Sequence[Path]) -> None:
        for path in paths:
            shutil.copyfile(path, self._file(f"{kind}/{path.name}"))

    def _file(self, name: str) -> Path:
        path = Path(self._logger.log_dir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _end(self, *, ok: bool) -> None:
        self._logger.finalize("success" if ok else "failed")


class CsvRun(LoggedRun):
    name = "csv"

    def _open(self, folder: Path, info: RunInfo) -> Any:
        from pytorch_lightning.loggers import CSVLogger

        target = folder / "csv" / info.group / _file_name(info)
        shutil.rmtree(target, ignore_errors=True)
        return CSVLogger(target.parent, name="", version=target.name, flush_logs_every_n_steps=1)

    def _end(self, *, ok: bool) -> None:
        self._logger.save()
        super()._end(ok=ok)


class TensorBoardRun(LoggedRun):
    name = "tensorboard"

    def _open(self, folder: Path, info: RunInfo) -> Any:
        from pytorch_lightning.loggers import TensorBoardLogger

        target = folder / "tensorboard" / info.group / _file_name(info)
        shutil.rmtree(target, ignore_errors=True)
        return TensorBoardLogger(target.parent, name="", version=target.name, default_hp_metric=False)

    def _keep_table(self, name: str, text: str) -> None:
        super()._keep_table(name, text)
        head, *rows = csv.reader(io.StringIO(text))
        lines = [head, ["---"] * len(head), *rows]
        self._logger.experiment.add_text(name, "\n".join(f"| {' | '.join(line)} |" for line in lines))

    def _keep_picture(self, name: str, path: Path) -> None:
        from matplotlib.image import imread

        self._logger.experiment.add_image(name, imread(path), self._step, dataformats="HWC")


class MlflowRun(LoggedRun):
    name = "mlflow"

    def _open(self, folder: Path, info: RunInfo) -> Any:
        from pytorch_lightning.loggers import MLFlowLogger

        self._where = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(folder / 'mlflow.db').resolve()}"
        tags = {"sweep": info.group, "job_type": info.job_type, "id": info.id}
        logger = MLFlowLogger(info.group, run_name=info.name, tracking_uri=self._where, tags=tags)
        for run in logger.experiment.search_runs([logger.experiment_id], f"tags.id = '{info.id}'"):
            if run.info.run_id != logger.run_id:
                logger.experiment.delete_run(run.info.run_id)
        return logger

    @property
    def address(self) -> str:
        return self._where

    def log_all(self, points: Sequence[tuple[Mapping[str, float], int]]) -> None:
        super().log_all([({_mlflow_name(key): value for key, value in values.items()}, step) for values, step in points])

    def summary(self, values: Mapping[str, object]) -> None:
        super().summary({_mlflow_name(key): value for key, value in values.items()})

    def _say(self, words: Mapping[str, object]) -> None:
        for key, value in words.items():
            self._logger.experiment.set_tag(self._logger.run_id, key, value)

    def _keep_table(self, name: str, text: str) -> None:
        self._logger.experiment.log_text(self._logger.run_id, text, f"{name}.csv")

    def _keep_picture(self, name: str, path: Path) -> None:
        self._logger.experiment.log_artifact(self._logger.run_id, str(path), str(Path(name).parent))

    def _keep_files(self, kind: str, paths: Sequence[Path]) -> None:
        for path in paths:
            self._logger.experiment.log_artifact(self._logger.run_id, str(path), kind)


KINDS: dict[str, type[LoggedRun]] = {kind.name: kind for kind in (CsvRun, TensorBoardRun, MlflowRun)}


def _file_name(info: RunInfo) -> str:
    """Its name as people read it, with its id: two runs may have one name."""
    return f"{re.sub(r'[^A-Za-z0-9_.=-]+', '_', info.name)[:80]}-{info.id[:8]}"


def _mlflow_name(key: str) -> str:
    """MLflow takes letters, digits, _ - . / and spaces."""
    return re.sub(r"[^\w\-. /]", "_", key)
