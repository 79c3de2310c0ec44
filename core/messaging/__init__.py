"""E-mail: templates with versions, letters from them, the way out by SMTP, what became of each mail, suppression.

Others ask for a mail with ``core.kit.mail.request_mail``; the jobs carry it through ``prepare``, the transport and ``record_*``.
"""

from core.messaging.deliver import prepare, record_failed, record_refused, record_sent
from core.messaging.letters import Shipped, seed_templates, shipped
from core.messaging.mailbox import EventView, MessageText, MessageView, events_of, mail_is_open, read_message, recent_messages
from core.messaging.recipients import Recipient, copy_of, fan_out, user_recipient
from core.messaging.render import Parts, Rendered, TemplateInvalid, render
from core.messaging.suppression import is_suppressed, lift_suppression, suppress
from core.messaging.transport import ConsoleTransport, Letter, MailRefused, SmtpTransport, Transport, transport
from core.messaging.versions import (
    TemplateView,
    activate_version,
    list_templates,
    preview_template,
    save_template,
    send_test,
    template_versions,
)

__all__ = [
    "ConsoleTransport",
    "EventView",
    "Letter",
    "MailRefused",
    "MessageText",
    "MessageView",
    "Parts",
    "Recipient",
    "Rendered",
    "Shipped",
    "SmtpTransport",
    "TemplateInvalid",
    "TemplateView",
    "Transport",
    "activate_version",
    "copy_of",
    "events_of",
    "fan_out",
    "is_suppressed",
    "lift_suppression",
    "list_templates",
    "mail_is_open",
    "prepare",
    "preview_template",
    "read_message",
    "recent_messages",
    "record_failed",
    "record_refused",
    "record_sent",
    "render",
    "save_template",
    "seed_templates",
    "send_test",
    "shipped",
    "suppress",
    "template_versions",
    "transport",
    "user_recipient",
]
