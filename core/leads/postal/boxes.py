"""Boxes, rural routes, military mail and general delivery: whole addresses without a street."""

import re

from core.leads.postal.form import PostalForm
from core.leads.postal.short_forms import unit_form

_BOXES = (
    (
        re.compile(r"(?:P(?:OST)? ?O(?:FFICE)? ?(?:BOX|BX|DRAWER)|P ?O ?B|POB|BOX|DRAWER|CALLER(?: BOX)?) ?#? ?([A-Z0-9-]+)"),
        "PO BOX {0}",
    ),
    (re.compile(r"(?:PMB|PRIVATE MAILBOX) ?#? ?([A-Z0-9-]+)"), "PMB {0}"),
    (re.compile(r"(?:RFD|RR|RURAL ROUTE) ?#? ?([0-9]+)"), "RR {0}"),
    (re.compile(r"STAR (?:ROUTE|RT) (?:BOX|BX) ?#? ?([A-Z0-9-]+)"), "HC BOX {0}"),
    (re.compile(r"(US(?:S|NS|CGC) [A-Z ]+)"), "{0}"),
    (
        re.compile(r"(?:RR|R R|RFD|RD|RT|RTE|ROUTE|RURAL (?:RT|RTE|ROUTE)) ?[#-]? ?([A-Z0-9]+) (?:BOX|BX) ?#? ?([A-Z0-9-]+)"),
        "RR {0} BOX {1}",
    ),
    (
        re.compile(
            r"(?:HC|H C|HIGHWAY CONTRACT(?: (?:ROUTE|RTE|RT))?|STAR (?:ROUTE|RTE|RT)|HCR) ?[#-]?"
            r" ?([A-Z0-9]+) (?:BOX|BX) ?#? ?([A-Z0-9-]+)"
        ),
        "HC {0} BOX {1}",
    ),
    (re.compile(r"(PSC|CMR|UNIT) ?#? ?([0-9]+) (?:BOX|BX) ?#? ?([A-Z0-9-]+)"), "{0} {1} BOX {2}"),
    (re.compile(r"(?:GENERAL|GEN) (?:DELIVERY|DEL)"), "GENERAL DELIVERY"),
)


def box(line: str, second: str) -> PostalForm | None:
    """Boxes, rural routes, military mail and general delivery: whole addresses without a street."""
    flat = line.replace(",", "")
    for pattern, form in _BOXES:
        if found := pattern.fullmatch(flat):
            return PostalForm(form.format(*found.groups()), unit_form(second), "box")
    return None
