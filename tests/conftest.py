"""The order of the files: a slow one that begins last leaves the other processor idle."""

from pathlib import Path

TESTS = Path(__file__).parent

SLOWEST = (
    "deploy/test_sdk.py",
    "docs/test_commands.py",
    "deploy/test_deploy.py",
    "warehouse/test_both.py",
    "views/test_reference.py",
    "warehouse/test_bigquery.py",
    "ops/proofs/test_prove.py",
    "ops/proofs/test_thresholds.py",
    "ops/proofs/test_prove_bigquery.py",
    "views/test_views.py",
    "queries/test_queries.py",
    "ops/check_imports/test_check.py",
)
"""Those that take longest, by what they took on two processors; the longest first."""

RANK = {TESTS / name: rank for rank, name in enumerate(SLOWEST)}


def pytest_collection_modifyitems(items):
    """Let the slowest files begin; the others follow as they were."""
    items.sort(key=lambda item: RANK.get(item.path, len(RANK)))
