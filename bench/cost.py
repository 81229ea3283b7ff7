"""The old name of `python -m bench cost`, for this release."""

from bench.commands import former

if __name__ == "__main__":
    former("cost")
