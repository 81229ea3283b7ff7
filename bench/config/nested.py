"""Values of the nodes of classes: what each may be, and which keys are below it (`net.decoder.depth`, `data.text.level`).

Both are what the class's signature says (`bench.build.check_value`), wherever its yaml lies, and are compared before anything
is read or built.
"""

from bench import plugins
from bench.build import arguments_of, check_value, locate
from bench.config.keys import GROUPS
from bench.config.schema import RunConfig


def check_nested(config: RunConfig) -> None:
    """Raises ConfigError, one sentence, for a value of another type, and for a nested key that is unknown or missing.

    Keys of the nodes themselves are compared when the objects are built: what a task adds to them is known then.
    """
    plugins.trust(config.plugins)
    for node in GROUPS:
        values = getattr(config, node)
        if "_target_" not in values:  # the cell of a model that has none
            continue
        arguments = arguments_of(locate(values["_target_"], key=node))
        for name, value in values.items():
            if name in arguments and name != "name":
                check_value(f"{node}.{name}", value, arguments[name].annotation)
