"""`python -m bench.probe gradient_flow [overrides]`: what a net is asked beyond its score, before and after training.

    python -m bench.probe gradient_flow cell=elman,gru,lstm seed=0,1,2
    python -m bench.probe gradient_flow +sweep=cells data=tinyshakespeare

The overrides are those of a sweep; a job that is not trained yet is trained. Records, table and figures go to
results/gradient_flow/.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.build import ConfigError
from bench.refusal import interrupted, refuse

if TYPE_CHECKING:
    from bench.config import RunConfig
    from bench.job import Job
    from bench.record import Record

LAGS = 128  # steps back
WARM_UP = 64  # tokens read before the first step that counts, so that it does not start from nothing
ROWS = 64  # windows of the validation text, evenly spread
REPORT = {
    "title": "Gradient flow",
    "note": f"Rate: the factor per step back, fitted over up to {LAGS - 1} steps. Reach: steps back until 1 % of the gradient "
    f"one step back is left, at most {LAGS - 1}. {ROWS} windows of the validation text.",
}


def main(arguments: Sequence[str]) -> int:
    """Exit status 0, 1 where a job could not be trained, 2 for a refused command."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    try:
        if arguments[0] != "gradient_flow":
            raise ConfigError(f"the probe {arguments[0]} is unknown: give gradient_flow.")
        return gradient_flow(list(configurations(arguments[1:])))
    except KeyboardInterrupt:
        interrupted()
    except Exception as error:
        refuse(error)


def configurations(words: Sequence[str]) -> "Iterator[RunConfig]":
    """The jobs of a command line, as a sweep would run them."""
    from hydra import compose, initialize_config_dir
    from omegaconf import open_dict

    from bench import config
    from bench.composing import Composer, single_valued
    from bench.sweep import expand

    config.register()
    with initialize_config_dir(str(config.folder()), version_base="1.3"):
        whole, composed = compose("config", overrides=single_valued(words), return_hydra_config=True), Composer()
        with open_dict(whole):
            whole.hydra.overrides.task = list(words)
        for grid in expand(whole):
            yield from (config.to_run(composed(job)) for job in grid)


def gradient_flow(configs: "Sequence[RunConfig]") -> int:
    """Trains what is not trained, asks every net, writes records, table and figures."""
    from bench import record, tables
    from bench.job import prepare
    from bench.probes.text_windows import windows
    from bench.sweep import JOBS, run_job

    jobs = [prepare(config) for config in configs]
    for job in jobs:
        windows(job.task, rows=ROWS, length=WARM_UP + LAGS)
    os.environ[JOBS] = str(len(jobs))
    status, folder = 0, Path(jobs[0].config.paths.results) / "gradient_flow"
    for number, job in enumerate(jobs):
        if run_job(job, number) != "ok":
            status = 1
        elif not record.path_of(folder, _run_id(job)).is_file():
            record.write(_asked(job), folder)
    for table in tables.make(folder):
        tables.to_terminal(table)
    print(f"records, table and figures: {folder}")
    return status


def _asked(job: "Job") -> "Record":
    """The record of the probe: that of the run, with other metrics."""
    import torch

    from bench.assemble import make_net
    from bench.probes.gradient_flow import flow
    from bench.probes.text_windows import windows
    from bench.task import Metric

    made, checkpoint = job.done(), job.checkpoint()
    if made is None or checkpoint.trained() is None:
        raise ConfigError(f"the weights of {job.label} are no longer in paths.cache: delete its record to train it again.")
    torch.manual_seed(job.config.seed)
    net: Any = make_net(job.config, job.task)
    asked = windows(job.task, rows=ROWS, length=WARM_UP + LAGS)
    flows = {"start": flow(net, *asked, lags=LAGS)}
    checkpoint.load_best(net)
    flows["trained"] = flow(net, *asked, lags=LAGS)
    metrics = {}
    for when, found in reversed(flows.items()):
        metrics[f"gradient_rate_{when}"] = Metric(found.rate, "per step", "", ROWS)
        metrics[f"gradient_reach_{when}"] = Metric(found.reach, "steps", "", ROWS)
    config = {**made.config, "report": {**made.config["report"], **REPORT, "sweep": "gradient_flow", "tuned": []}}
    return replace(
        made,
        run_id=_run_id(job),
        sweep="gradient_flow",
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        config=config,
        train={"gradient_flow": {when: found.norms for when, found in flows.items()}},
        metrics={"validation": {name: asdict(metric) for name, metric in metrics.items()}},
        speed={},
    )


def _run_id(job: "Job") -> str:
    """Of the run, and of what asks it."""
    from bench.identity import code_digest, digest

    return digest([job.run_id, LAGS, WARM_UP, ROWS, code_digest(["bench.probes.gradient_flow"])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
