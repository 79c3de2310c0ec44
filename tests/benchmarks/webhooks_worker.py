"""A worker of the product on the rows of payments, without a broker: that part is not what is measured."""

import time

import core.tables  # noqa: F401
from core.kit import outbox_due
from core.kit.clock import utc_now
from core.kit.db import transaction
from jobs.work import work

AT_ONCE, PAUSE_S = 200, 0.05


def main() -> None:
    """Work until terminated; rows that another worker has are passed over."""
    while True:
        with transaction() as session:
            due = outbox_due.due(session, now=utc_now(), limit=AT_ONCE)
        if not [work(str(push.id)) for push in due]:
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
