"""When two read models may be compared."""

import pytest

from deploy.ops.rebuild import Model, Rebuilt

BEFORE = Model("a", {"gateway/facts/0": 5}, still=True)


@pytest.mark.parametrize(
    ("after", "equal"),
    [
        (Model("a", {"gateway/facts/0": 5}, still=True), True),
        (Model("b", {"gateway/facts/0": 5}, still=True), False),
        (Model("b", {"gateway/facts/0": 6}, still=True), None),
        (Model("b", {"gateway/facts/0": 5}, still=False), None),
    ],
    ids=["the same", "another", "more projected since", "projected into while it was read"],
)
def test_hashes_are_compared_only_when_both_models_hold_the_same_records(after: Model, equal: bool | None) -> None:
    assert Rebuilt(BEFORE, after, 1.0).equal is equal
