"""What is kept for how long, what is forgotten when its time is up, and what a person may do about their data (SPEC 13.6).

Each rule of ``retention`` is a setting that admins see with what its next run would remove; money and the trail stay.
"""

from core.privacy.person import Holder, MyRequest, erase_me, erase_person, forget_traces, revoke_everywhere, who_has_my_data
from core.privacy.person_file import my_file
from core.privacy.retention import RuleView, carry_on, remove_portion, retention_rules, start_retention
from core.privacy.rules import AT_ONCE, RULES, Rule

__all__ = [
    "AT_ONCE",
    "RULES",
    "Holder",
    "MyRequest",
    "Rule",
    "RuleView",
    "carry_on",
    "erase_me",
    "erase_person",
    "forget_traces",
    "my_file",
    "remove_portion",
    "retention_rules",
    "revoke_everywhere",
    "start_retention",
    "who_has_my_data",
]
