"""Who buys and what they want: companies and their standing, subscriptions to levels, filters, service areas,
caps and delivery hours, and which mail they wish for. What the engine reads of it is compiled when it is saved:
a filter to a jsonpath, all areas to one shape, the wallet's reach to the subscription's status."""

from core.providers.areas import AreaView, ServedLand, TooManyAreas, add_area, areas_of, remove_area, served_land
from core.providers.caps import MOST_CENTS, MOST_LEADS, Caps, Usage, caps_of, check_hours, set_caps, set_delivery_hours, usage
from core.providers.directory import ProviderRow, ProviderView, get_provider, list_providers
from core.providers.errors import (
    AlreadySubscribed,
    AreaNotFound,
    InvalidArea,
    InvalidCaps,
    InvalidFilter,
    LevelNotOffered,
    ProviderNotActive,
    ProviderNotFound,
    SubscriptionNotFound,
)
from core.providers.filters.broken import BrokenRule
from core.providers.filters.change import FilterChanged, note_filter_change, restore_filter, set_filter
from core.providers.filters.check import check_filter
from core.providers.filters.compile import compile_filter
from core.providers.filters.explain import RuleVerdict, explain_filter, matches
from core.providers.filters.fields import OPERATORS, FilterField, filter_fields
from core.providers.filters.history import (
    FilterChangeView,
    FilterStatistics,
    FoundChange,
    StaleFilter,
    filter_log,
    filter_statistics,
    find_filter_changes,
    invalid_filters,
)
from core.providers.filters.preview import FilterPreview, RuleCut, preview_filter
from core.providers.filters.recheck import publish_form, recheck_filters
from core.providers.filters.repair import FilterRepair, NothingBroken, drop_broken_rules, filter_repair
from core.providers.filters.words import filter_in_words
from core.providers.funding import announce_subscription_change, reactivate_funded, settle
from core.providers.ladder import (
    Rung,
    SubscriptionView,
    get_subscription,
    ladder,
    list_subscriptions,
    subscription_to_explain,
    subscriptions_of,
)
from core.providers.models import (
    FilterChange,
    NotificationPreference,
    Provider,
    ProviderArea,
    ProviderInterest,
    ServiceArea,
    Subscription,
    SubscriptionUsage,
    SupportMessage,
    SupportRequest,
)
from core.providers.preferences import MAIL_KINDS, MailKind, Preference, get_preferences, set_preferences, wants_mail
from core.providers.profile import complete_profile
from core.providers.register import Registered, register
from core.providers.scope import require_active
from core.providers.standing import IllegalStanding, ProfileIncomplete, activate, set_status
from core.providers.subscribe import NotPaused, PausedAlready, pause, resume, subscribe, unsubscribe
from core.providers.support import TooManyOpen, add_to_support, answer_support, ask_support
from core.providers.support_threads import (
    SupportLine,
    SupportNotFound,
    SupportThread,
    SupportWords,
    support_requests,
    support_thread,
)
from core.providers.zone import zone_of_user, zones

__all__ = [
    "MAIL_KINDS",
    "MOST_CENTS",
    "MOST_LEADS",
    "OPERATORS",
    "AlreadySubscribed",
    "AreaNotFound",
    "AreaView",
    "BrokenRule",
    "Caps",
    "FilterChange",
    "FilterChangeView",
    "FilterChanged",
    "FilterField",
    "FilterPreview",
    "FilterRepair",
    "FilterStatistics",
    "FoundChange",
    "IllegalStanding",
    "InvalidArea",
    "InvalidCaps",
    "InvalidFilter",
    "LevelNotOffered",
    "MailKind",
    "NotPaused",
    "NothingBroken",
    "NotificationPreference",
    "PausedAlready",
    "Preference",
    "ProfileIncomplete",
    "Provider",
    "ProviderArea",
    "ProviderInterest",
    "ProviderNotActive",
    "ProviderNotFound",
    "ProviderRow",
    "ProviderView",
    "Registered",
    "RuleCut",
    "RuleVerdict",
    "Rung",
    "ServedLand",
    "ServiceArea",
    "StaleFilter",
    "Subscription",
    "SubscriptionNotFound",
    "SubscriptionUsage",
    "SubscriptionView",
    "SupportLine",
    "SupportMessage",
    "SupportNotFound",
    "SupportRequest",
    "SupportThread",
    "SupportWords",
    "TooManyAreas",
    "TooManyOpen",
    "Usage",
    "activate",
    "add_area",
    "add_to_support",
    "announce_subscription_change",
    "answer_support",
    "areas_of",
    "ask_support",
    "caps_of",
    "check_filter",
    "check_hours",
    "compile_filter",
    "complete_profile",
    "drop_broken_rules",
    "explain_filter",
    "filter_fields",
    "filter_in_words",
    "filter_log",
    "filter_repair",
    "filter_statistics",
    "find_filter_changes",
    "get_preferences",
    "get_provider",
    "get_subscription",
    "invalid_filters",
    "ladder",
    "list_providers",
    "list_subscriptions",
    "matches",
    "note_filter_change",
    "pause",
    "preview_filter",
    "publish_form",
    "reactivate_funded",
    "recheck_filters",
    "register",
    "remove_area",
    "require_active",
    "restore_filter",
    "resume",
    "served_land",
    "set_caps",
    "set_delivery_hours",
    "set_filter",
    "set_preferences",
    "set_status",
    "settle",
    "subscribe",
    "subscription_to_explain",
    "subscriptions_of",
    "support_requests",
    "support_thread",
    "unsubscribe",
    "usage",
    "wants_mail",
    "zone_of_user",
    "zones",
]
