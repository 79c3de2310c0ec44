"""Policies: what the law or the house asks of a lead, by state and niche, as rows with a date (SPEC 2.5, 2.6).

A judgement names its moment and gets the rules of that moment. Rows are never changed or back-dated: who was right then
stays right. Sales ask in SQL (``lead_sale_refusal``), intake asks ``in_force``, which costs no query.
"""

from core.policies.add import add_policy
from core.policies.calling import Calling, calling
from core.policies.errors import PolicyInvalid
from core.policies.in_force import NONE, InForce, in_force
from core.policies.listing import PolicyView, policies
from core.policies.models import Policy, PolicyPeriod
from core.policies.registry import RULES, Rule, words

__all__ = [
    "NONE",
    "RULES",
    "Calling",
    "InForce",
    "Policy",
    "PolicyInvalid",
    "PolicyPeriod",
    "PolicyView",
    "Rule",
    "add_policy",
    "calling",
    "in_force",
    "policies",
    "words",
]
