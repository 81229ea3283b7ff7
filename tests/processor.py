"""What the processor can do, for tests that ask it."""

import pytest

from bench.records.machine import computes_bf16

needs_bf16 = pytest.mark.skipif(not computes_bf16(), reason="this processor has no instructions for bfloat16")
