"""The old name of `python -m bench tables`, for this release."""

from bench.commands import former

if __name__ == "__main__":
    former("tables")
