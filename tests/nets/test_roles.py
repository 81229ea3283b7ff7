"""Every net has the roles that the tasks of its topologies ask for: a new one needs no new test."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.build import class_of
from bench.nets.generator import Generator
from bench.nets.roles import Answers, Frames, Labels, Tags, Writes
from bench.nets.topology import Topology

ROLES = {
    Topology.NEXT_TOKEN: Writes,
    Topology.EACH_STEP: Labels,
    Topology.NEXT_FRAME: Frames,
    Topology.TAGGED_WORDS: Tags,
    Topology.ONE_ANSWER: Answers,
    Topology.FORECAST: Answers,
    Topology.TEXT: Generator,  # which can draw a length
    Topology.VECTOR_TO_TEXT: Writes,
    Topology.SEQUENCE_TO_TEXT: Writes,
}
NODES = [
    node["net"]
    for file in sorted((Path(__file__).parents[2] / "conf" / "model").glob("*.yaml"))
    if "_target_" in (node := yaml.safe_load(file.read_text()))["net"]
]


@pytest.mark.parametrize("node", NODES, ids=lambda node: node["name"])
def test_a_net_has_the_roles_of_its_topologies(node: dict[str, Any]) -> None:
    net_class = class_of(node["_target_"], key="net")
    assert net_class.topologies
    for topology in net_class.topologies:
        assert issubclass(net_class, ROLES[topology]), topology
    assert issubclass(net_class, Writes) or not net_class.reads_its_tags
