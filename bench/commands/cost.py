"""`python -m bench cost +sweep=NAME [overrides]`: estimates how long a sweep would take on this machine; trains nothing.

    python -m bench cost +sweep=paper/bai2018 launcher.jobs=2         9 jobs, about 13 minutes on this machine
    python -m bench cost +sweep=paper/bai2018 scale=full
    python -m bench cost --config-dir myconf +sweep=mine               a sweep of yours

Every distinct kind of job is run for a few steps with an untrained net; the estimate is good within a factor of two.
"""

from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    from bench.sweeps.cost_estimate import estimate
    from bench.sweeps.expand import configurations, prepare_all

    print(estimate(prepare_all(list(configurations(arguments)))))
    return 0
