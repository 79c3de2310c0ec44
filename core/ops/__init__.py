"""Running the exchange: thresholds that admins change, queue figures, dead letters, health checks.

Used by every chapter above for its thresholds, by the pages and routes of operations for the rest.
"""

from core.kit.checks import Check
from core.ops.thresholds import REGISTRY as THRESHOLDS
from core.ops.thresholds import ThresholdView, set_threshold, threshold, thresholds

__all__ = ["THRESHOLDS", "Check", "ThresholdView", "set_threshold", "threshold", "thresholds"]
