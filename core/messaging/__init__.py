"""E-mail: templates with versions, letters from them, the way out by SMTP, what became of each mail, suppression.

Others ask for a mail with ``core.kit.mail.request_mail``; the jobs carry it through ``prepare``, the transport and ``record_*``.
What sending services tell of it comes in by ``open_envelope`` and ``told_by_*``, and is written by ``record_events``.
"""

from core.messaging.addresses import mail_is_open
from core.messaging.compare import DiffLine, compare_versions
from core.messaging.deliver import is_written, prepare, record_failed, record_refused, record_sent
from core.messaging.events import MailEvent, Tally, Told, record_events
from core.messaging.forged import EventForged, EventMalformed
from core.messaging.forgetting import count_readable, forget_mails_about, forget_mails_to, forget_old_mails
from core.messaging.letters import Shipped, seed_templates, shipped
from core.messaging.mailbox import MessageText, MessageView, read_message, recent_messages
from core.messaging.quiet import postpone, quiet_until, waits_until
from core.messaging.recipients import Recipient, copy_of, fan_out, is_shut_out, user_recipient
from core.messaging.render import PARTS, Parts, Rendered, TemplateInvalid, render
from core.messaging.sendgrid import told_by_sendgrid
from core.messaging.ses import told_by_ses
from core.messaging.sns import Envelope, confirm_subscription, open_envelope
from core.messaging.story import EventView, TallyView, event_tally, events_of, list_events
from core.messaging.suppression import SuppressionView, is_suppressed, lift_suppression, list_suppressed, suppress
from core.messaging.template_views import TemplateView, list_templates, preview_template, template_versions
from core.messaging.transport import ConsoleTransport, Letter, MailRefused, SmtpTransport, Transport, mail_server, transport
from core.messaging.unsubscribe import (
    UnsubscribeUnknown,
    has_opted_out,
    kind_of_mail,
    mail_of_code,
    opt_in,
    opt_out,
    own_opt_outs,
    unsubscribe_link,
    want_again,
)
from core.messaging.versions import activate_version, edit_template, retire_version, save_template, send_test

__all__ = [
    "PARTS",
    "ConsoleTransport",
    "DiffLine",
    "Envelope",
    "EventForged",
    "EventMalformed",
    "EventView",
    "Letter",
    "MailEvent",
    "MailRefused",
    "MessageText",
    "MessageView",
    "Parts",
    "Recipient",
    "Rendered",
    "Shipped",
    "SmtpTransport",
    "SuppressionView",
    "Tally",
    "TallyView",
    "TemplateInvalid",
    "TemplateView",
    "Told",
    "Transport",
    "UnsubscribeUnknown",
    "activate_version",
    "compare_versions",
    "confirm_subscription",
    "copy_of",
    "count_readable",
    "edit_template",
    "event_tally",
    "events_of",
    "fan_out",
    "forget_mails_about",
    "forget_mails_to",
    "forget_old_mails",
    "has_opted_out",
    "is_shut_out",
    "is_suppressed",
    "is_written",
    "kind_of_mail",
    "lift_suppression",
    "list_events",
    "list_suppressed",
    "list_templates",
    "mail_is_open",
    "mail_of_code",
    "mail_server",
    "open_envelope",
    "opt_in",
    "opt_out",
    "own_opt_outs",
    "postpone",
    "prepare",
    "preview_template",
    "quiet_until",
    "read_message",
    "recent_messages",
    "record_events",
    "record_failed",
    "record_refused",
    "record_sent",
    "render",
    "retire_version",
    "save_template",
    "seed_templates",
    "send_test",
    "shipped",
    "suppress",
    "template_versions",
    "told_by_sendgrid",
    "told_by_ses",
    "transport",
    "unsubscribe_link",
    "user_recipient",
    "waits_until",
    "want_again",
]
