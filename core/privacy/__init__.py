"""What is kept for how long, and what is forgotten when its time is up (SPEC 13.6).

Each rule of ``retention`` is a setting that admins see with what its next run would remove; money and the trail stay.
"""

from core.privacy.retention import RuleView, carry_on, remove_portion, retention_rules, start_retention
from core.privacy.rules import AT_ONCE, RULES, Rule

__all__ = ["AT_ONCE", "RULES", "Rule", "RuleView", "carry_on", "remove_portion", "retention_rules", "start_retention"]
