"""Settings that belong together, as one argument."""


class Settings:
    """Base of a frozen dataclass that a class takes as one argument, though its fields are keys of the class's own node.

    So that `net.input_dropout` and `net.output_dropout` stay two keys of `net`, and a net takes one argument for both:

        @dataclass(frozen=True)
        class Ends(Settings):
            input_dropout: float
            output_dropout: float

        class Net:
            def __init__(self, *, size: int, ends: Ends) -> None: ...

    `bench.build` fills it. A field may be such a dataclass itself.
    """


class Nested:
    """Base of a frozen dataclass that is one argument of a class and one key of its node: its fields are the keys below.

    So that the net above may take `characters`, whose keys are `net.characters.kind` and `net.characters.size`:

        @dataclass(frozen=True)
        class CharacterSettings(Nested):
            kind: str
            size: int

    `bench.build` fills it, and refuses what it lacks, does not know, or has of another type. A field with a default may be
    left out; one may be such a dataclass itself.
    """
