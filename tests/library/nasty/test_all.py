"""The forty nasty inputs."""

import re
from pathlib import Path


def test_none_is_missing():
    """Each has a test that bears its number; 40 is the storm's."""
    sources = "".join(file.read_text("utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    found = re.findall(r"def test_(\d\d)_(?:to_(\d\d)_)?", sources)
    numbers = {number for first, last in found for number in range(int(first), int(last or first) + 1)}
    assert numbers == set(range(1, 41))
