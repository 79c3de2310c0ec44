"""What a partner's programs read of their own books."""

from core import payments
from intake_api.answers.shapes import Shape, fields_of, paged

MONTH: Shape = {"statement": fields_of(payments.PartnerStatement) | {"closing_cents": int}}

ANSWERS: dict[str, Shape] = {
    "partner_money.account": {"partner": payments.PartnerRow},
    "partner_money.statement": MONTH,
    "partner_money.shares": paged(payments.PartnerLine),
    "partner_money.payouts": paged(payments.Payout),
}
