from functools import cache

import pytest
import yaml

parsed = cache(yaml.safe_load)


@pytest.fixture
def parsed_once(monkeypatch):
    """Each file of conf/ is parsed once, though every refusal reads all of its group: for tests of many refusals."""
    monkeypatch.setattr(yaml, "safe_load", parsed)
