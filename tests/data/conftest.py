import gzip

import pytest
from omegaconf import OmegaConf

from bench.build import build
from bench.config.schema import folder


@pytest.fixture
def load():
    """load(name, folder, text={...}, places={...}, **changes) -> the data set that the yaml names, keys changed."""

    def loaded(name, data=None, *, text=None, places=None, **changes):
        node = OmegaConf.to_container(OmegaConf.load(folder() / "data" / f"{name}.yaml"), resolve=True)
        node |= changes
        if text:
            node["text"] |= text
        if places:
            node["places"] |= places
        return build(node, key="data", given={"name": name, "folder": data})

    return loaded


@pytest.fixture
def write(tmp_path):
    """write(path, content) -> content in a file under tmp_path, gzipped where the name ends in .gz."""

    def write_file(path, content):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = content.encode() if isinstance(content, str) else content
        target.write_bytes(gzip.compress(content) if path.endswith(".gz") else content)
        return str(target)

    return write_file
