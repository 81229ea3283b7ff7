"""The old name of `python -m bench report`, for this release."""

from bench.commands import former

if __name__ == "__main__":
    former("report")
