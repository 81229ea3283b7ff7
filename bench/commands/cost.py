"""`python -m bench cost +sweep=NAME [overrides]`: what a sweep would cost on this machine; nothing is trained.

    python -m bench cost +sweep=paper/bai2018 launcher.jobs=2         9 jobs, about 13 minutes on this machine
    python -m bench cost +sweep=paper/bai2018 scale=full

Every distinct shape of job is tried for a few steps on an untrained net: expect it within a factor of two.
"""

from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    from bench.sweeps.cost_estimate import told
    from bench.sweeps.expand import configurations, prepare_all

    print(told(prepare_all(list(configurations(arguments)))))
    return 0
