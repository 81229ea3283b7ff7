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
