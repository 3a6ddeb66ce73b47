"""Goal: faults alone decide what is fetched twice."""

import pytest


@pytest.fixture(autouse=True)
def no_retries(monkeypatch):
    """What is asked for twice here is asked for because of a fault, unless a test says `--retries`."""
    monkeypatch.setenv("TRAWL_RETRIES", "0")
