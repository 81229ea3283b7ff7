import pytest

from bench.build import build
from bench.errors import ConfigError


def test_a_name_that_a_module_only_imports_is_refused():
    with pytest.raises(ConfigError, match="is no class or function of"):
        build({"_target_": "bench.data.tatoeba.Path"}, key="data")


def test_arguments_are_checked_by_name_and_type():
    node = {"_target_": "bench.decoding.sampling.Sample", "name": "x", "temperature": 1, "top_k": None, "top_p": 0.5}
    assert build(node, key="decode").top_p == 0.5
    with pytest.raises(ConfigError, match=r"decode\.top_q is unknown \(did you mean top_p\?\): decode takes temperature"):
        build({**node, "top_q": 1}, key="decode")
    with pytest.raises(ConfigError, match=r"decode\.top_k='two' is refused: give a whole number or null"):
        build({**node, "top_k": "two"}, key="decode")
    with pytest.raises(ConfigError, match=r"decode\.temperature=True is refused: give a number"):
        build({**node, "temperature": True}, key="decode")
    del node["top_p"]
    with pytest.raises(ConfigError, match=r"incomplete.*top_p"):
        build(node, key="decode")
