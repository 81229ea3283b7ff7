"""`torchrun ... -m bench.jobs.ranks CONFIG.yaml`: one rank of a data-parallel training, away from Hydra.

    python -m bench cell=gru trainer.devices=2 trainer.nodes=2 --cfg job > job.yaml
    torchrun --nnodes 2 --nproc-per-node 2 --rdzv-backend c10d --rdzv-endpoint HOST:PORT -m bench.jobs.ranks job.yaml
    python -m bench cell=gru trainer.devices=2 trainer.nodes=2

The second line on each node, the third on one of them afterwards. A job with several devices on one node starts this by itself,
in an environment without the traces of another launcher. The weights lie in the checkpoint as those of any training, so the
third line finds them, scores them and writes the record, and logs what rank 0 has logged. Rank 0 prints that too, a JSON object
a line.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.jobs.job import Job

TRACES = ("LOCAL_", "NODE_RANK", "WORLD_SIZE", "RANK", "GROUP_", "ROLE_", "MASTER_", "TORCHELASTIC_", "TORCH_NCCL_", "PET_")


class RankKilled(RuntimeError):
    """A rank's process was ended by a signal."""


def start(job: "Job", log: Callable[[dict[str, float], int], None]) -> dict[str, Any]:
    """Trains `job` on the devices of this node; returns the record's `train`. Raises RuntimeError of several kinds."""
    import torch

    from bench.tracking import redact
    from bench.training.checkpoint import DamagedWeights
    from bench.training.interrupts import Interrupted
    from bench.training.learner import Diverged

    checkpoint = job.checkpoint()
    checkpoint.describe(redact(job.plain))
    ranks = ["-m", "bench.jobs.rank_starter", str(job.config.trainer.devices)]
    command = [sys.executable, *ranks, str(checkpoint.folder / "config.json")]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(TRACES)}
    quiet = {"TORCH_CPP_LOG_LEVEL": "ERROR"}  # gloo's lines about a peer that is gone
    threads = quiet | {"OMP_NUM_THREADS": str(max(1, torch.get_num_threads() // job.config.trainer.devices))}
    with subprocess.Popen(command, env=threads | environment, stdout=subprocess.PIPE, text=True) as process:
        error: dict[str, str] = {}

        def listen() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                message = json.loads(line)
                if "values" in message:
                    log(message["values"], message["step"])
                else:
                    error.update(message["error"])

        try:
            listen()
        except KeyboardInterrupt:
            process.terminate()
            listen()  # until the snapshot is saved
            if error.get("type") == Interrupted.__name__:
                raise Interrupted(error["message"]) from None
            raise
    summary = checkpoint.trained()
    if summary is not None:
        return summary
    for kind in (Diverged, DamagedWeights, RankKilled):
        if error.get("type") == kind.__name__:
            raise kind(error["message"])
    raise RuntimeError(f"the ranks ended with status {process.returncode}: {error.get('type')}: {error.get('message')}")


def main(arguments: Sequence[str]) -> int:
    """Trains as the rank that the environment names."""
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 2
    from omegaconf import DictConfig, OmegaConf

    from bench.config import schema
    from bench.config.compose import to_run
    from bench.jobs.job import prepare
    from bench.training.interrupts import interrupts

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells everyone; who started this passes it on as SIGTERM
    interrupts.listen(signal.SIGTERM)
    node = OmegaConf.merge(OmegaConf.structured(schema.RunConfig), OmegaConf.load(Path(arguments[0])))
    assert isinstance(node, DictConfig)
    _train(prepare(to_run(node)))
    return 0


def _train(job: "Job") -> None:
    import torch

    from bench.jobs.fit import fit, new_net
    from bench.tracking.tracker import Nobody
    from bench.training.gradient_norms import GradientNorms
    from bench.training.history import History
    from bench.training.interrupts import interruption
    from bench.training.progress import Progress

    rank = int(os.environ["RANK"])
    net = new_net(job)
    torch.manual_seed(job.config.seed + rank)  # each rank its own dropout
    progress = Progress(job.label, alone=False)

    def say(content: dict[str, Any]) -> None:
        if rank == 0:
            print(json.dumps(content), flush=True)

    history = History(job.checkpoint().history, Nobody(), progress.note)

    def log(values: dict[str, float], step: int) -> None:
        if rank == 0 and job.config.trainer.nodes > 1:  # on one node it is kept by who listens
            history.log(values, step)
        say({"values": values, "step": step})

    norms = GradientNorms(log, every=job.config.trainer.log_every_steps)
    if rank == 0 and job.config.trainer.nodes > 1:  # on one node who started this has noted it
        job.checkpoint().begin(job.names.sources, only_same=False)
    try:
        fit(job, net, log, line=progress, callbacks=[progress, norms] if rank == 0 else [], rank=rank)
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # torchrun sends it when a peer has died; this rank is ending
        cause = interruption(error) or error
        say({"error": {"type": type(cause).__name__, "message": str(cause)}})
        raise SystemExit(1) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
