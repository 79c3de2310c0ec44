"""The engine (SPEC 5): whose turn it is, who may receive a lead, and the sale itself; why, why not, and how fairly.

Rules and engine stand in ``11_distribution_*.sql``, each rule once: the engine asks for the first one that refuses,
``explain`` for every verdict.
"""

from core.distribution.assign import assign, assign_all
from core.distribution.dues import settle_fairness, worst_deficit
from core.distribution.errors import LeadNotDistributable, PingInvalid, PingOver, RunNotFound, SubscriptionNotInNiche
from core.distribution.explain import RuleVerdict, explain
from core.distribution.fair_share import FairDay, FairShare, LevelBook, fairness_book, own_fair_share
from core.distribution.fairness import LevelFairness, Share, fairness, jain
from core.distribution.missed import Missed, MissedReason, missed
from core.distribution.models import DistributionRun
from core.distribution.news import news_of_sale
from core.distribution.ping import Offer, ping, post
from core.distribution.replay import Replay, ReplayInvalid, Shift, replay
from core.distribution.replay_pass import Outcome
from core.distribution.replay_requests import (
    ReplayNotFound,
    ReplayRequest,
    ask_replay,
    finish_replay,
    get_replay,
    note_replay,
    recent_replays,
)
from core.distribution.rules import LEAD_RULES, LEVEL_RULES, RULES, Rule
from core.distribution.runs import RunDetail, RunView, Sale, recent_runs, runs_of
from core.distribution.simulate import simulate
from core.distribution.standing import DistributionStatus, QueuedRun, run_now, status
from core.distribution.streak import gauges, zero_streak
from core.distribution.sweep import give_up, sweep_unfinished
from core.distribution.trace import trace_runs
from core.distribution.turn import Turn, claim_turn, claim_turns
from core.distribution.waiting import waiting_beside
from core.distribution.what_if import Change, WhatIfInvalid, read_change
from core.distribution.why import REPLAYED, OwnVerdict, RunWhy, WhyRow, changes_that_win, own_verdicts, why

__all__ = [
    "LEAD_RULES",
    "LEVEL_RULES",
    "REPLAYED",
    "RULES",
    "Change",
    "DistributionRun",
    "DistributionStatus",
    "FairDay",
    "FairShare",
    "LeadNotDistributable",
    "LevelBook",
    "LevelFairness",
    "Missed",
    "MissedReason",
    "Offer",
    "Outcome",
    "OwnVerdict",
    "PingInvalid",
    "PingOver",
    "QueuedRun",
    "Replay",
    "ReplayInvalid",
    "ReplayNotFound",
    "ReplayRequest",
    "Rule",
    "RuleVerdict",
    "RunDetail",
    "RunNotFound",
    "RunView",
    "RunWhy",
    "Sale",
    "Share",
    "Shift",
    "SubscriptionNotInNiche",
    "Turn",
    "WhatIfInvalid",
    "WhyRow",
    "ask_replay",
    "assign",
    "assign_all",
    "changes_that_win",
    "claim_turn",
    "claim_turns",
    "explain",
    "fairness",
    "fairness_book",
    "finish_replay",
    "gauges",
    "get_replay",
    "give_up",
    "jain",
    "missed",
    "news_of_sale",
    "note_replay",
    "own_fair_share",
    "own_verdicts",
    "ping",
    "post",
    "read_change",
    "recent_replays",
    "recent_runs",
    "replay",
    "run_now",
    "runs_of",
    "settle_fairness",
    "simulate",
    "status",
    "sweep_unfinished",
    "trace_runs",
    "waiting_beside",
    "why",
    "worst_deficit",
    "zero_streak",
]
