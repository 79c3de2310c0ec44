"""The mail that tells a buyer of its new lead, found by the sale: ``distribution_sales`` makes both ids together."""

from uuid import UUID

STEPS_AFTER_THE_SALE = 3


def news_of_sale(assignment_id: UUID) -> UUID:
    """Id of the job that mails the buyer of a distributed lead."""
    return UUID(int=assignment_id.int + STEPS_AFTER_THE_SALE)
