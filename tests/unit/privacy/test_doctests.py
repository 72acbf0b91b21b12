"""The examples in the docstrings of model and privacy are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import core.model
import core.privacy

MODULES = sorted(
    found.name
    for package in (core.model, core.privacy)
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    counts = {
        name: sum(bool(t.examples) for t in finder.find(importlib.import_module(name)))
        for name in MODULES
    }
    for name in ("noise", "loss", "conversion", "accountant", "holdout", "ledger.entries"):
        assert counts[f"core.privacy.{name}"] > 0, name
