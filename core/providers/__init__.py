"""Who buys and what they want: companies and their standing, subscriptions to levels, filters, service areas,
caps and delivery hours, and which mail they wish for. What the engine reads of it is compiled when it is saved:
a filter to a jsonpath, all areas to one shape, the wallet's reach to the subscription's status."""

from core.providers.areas import AreaView, ServedLand, TooManyAreas, add_area, areas_of, remove_area, served_land
from core.providers.caps import Caps, Usage, caps_of, set_caps, set_delivery_hours, usage
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
from core.providers.filters.change import note_filter_change, publish_form, recheck_filters, set_filter
from core.providers.filters.check import check_filter
from core.providers.filters.compile import compile_filter
from core.providers.filters.explain import RuleVerdict, explain_filter, matches
from core.providers.filters.fields import OPERATORS, FilterField, filter_fields
from core.providers.filters.history import (
    FilterChangeView,
    FilterStatistics,
    StaleFilter,
    filter_log,
    filter_statistics,
    invalid_filters,
)
from core.providers.filters.words import filter_in_words
from core.providers.funding import announce_subscription_change, reactivate_funded, settle
from core.providers.ladder import Rung, SubscriptionView, get_subscription, ladder, list_subscriptions, subscriptions_of
from core.providers.models import (
    FilterChange,
    NotificationPreference,
    Provider,
    ProviderArea,
    ProviderInterest,
    ServiceArea,
    Subscription,
    SubscriptionUsage,
)
from core.providers.preferences import OPTIONAL_MAIL, Preference, get_preferences, set_preferences, wants_mail
from core.providers.profile import complete_profile
from core.providers.register import Registered, register
from core.providers.scope import require_active
from core.providers.standing import IllegalStanding, ProfileIncomplete, activate, set_status
from core.providers.subscribe import NotPaused, PausedAlready, pause, resume, subscribe, unsubscribe

__all__ = [
    "OPERATORS",
    "OPTIONAL_MAIL",
    "AlreadySubscribed",
    "AreaNotFound",
    "AreaView",
    "Caps",
    "FilterChange",
    "FilterChangeView",
    "FilterField",
    "FilterStatistics",
    "IllegalStanding",
    "InvalidArea",
    "InvalidCaps",
    "InvalidFilter",
    "LevelNotOffered",
    "NotPaused",
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
    "RuleVerdict",
    "Rung",
    "ServedLand",
    "ServiceArea",
    "StaleFilter",
    "Subscription",
    "SubscriptionNotFound",
    "SubscriptionUsage",
    "SubscriptionView",
    "TooManyAreas",
    "Usage",
    "activate",
    "add_area",
    "announce_subscription_change",
    "areas_of",
    "caps_of",
    "check_filter",
    "compile_filter",
    "complete_profile",
    "explain_filter",
    "filter_fields",
    "filter_in_words",
    "filter_log",
    "filter_statistics",
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
    "publish_form",
    "reactivate_funded",
    "recheck_filters",
    "register",
    "remove_area",
    "require_active",
    "resume",
    "served_land",
    "set_caps",
    "set_delivery_hours",
    "set_filter",
    "set_preferences",
    "set_status",
    "settle",
    "subscribe",
    "subscriptions_of",
    "unsubscribe",
    "usage",
    "wants_mail",
]
