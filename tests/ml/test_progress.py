"""Work tells how far it is, in parts of parts, to whoever follows it; and to nobody when nobody does."""

from ml import progress


def test_parts_of_parts_are_shares_of_the_whole() -> None:
    told: list[tuple[str, float]] = []
    with progress.following(lambda step, share: told.append((step, share))):
        with progress.part("Learning", 0.0, 0.5):
            progress.tell(0.5)
            with progress.part("", 0.5, 1.0):
                progress.tell(0.5)
        with progress.part("Testing", 0.5, 1.0):
            progress.tell(1.0)
    assert told == [
        ("Learning", 0.0), ("Learning", 0.25), ("Learning", 0.25), ("Learning", 0.375), ("Testing", 0.5), ("Testing", 1.0),
    ]  # fmt: skip
    progress.tell(0.1)
    with progress.part("Alone", 0.0, 1.0):
        progress.tell(0.2)
    assert len(told) == 6
