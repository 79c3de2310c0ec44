"""A consumer's request from intake to its end: submit, confirm, review, end; consent, duplicates, contact data.

A lead's status moves only along ``lifecycle.STEPS``; contact data leaves only through ``reveal``; whether a lead
may be sold is one SQL function, ``lead_sale_refusal``, that the chapters above ask too.
Normal forms are in ``address``, ``identity``, ``postal`` and ``zip_book``.
"""

from core.leads import address, identity, postal, zip_book
from core.leads.arrival import Arrival, Landed
from core.leads.blocklist import (
    HouseList,
    block_contact,
    block_keys,
    drop_list,
    house_lists,
    is_blocked,
    replace_list,
    replace_list_from,
    unblock_contact,
)
from core.leads.confirmation import Confirmed, LinkView, confirm, look, resend_confirmation
from core.leads.consent import ConsentView, check_may_be_sold, check_names, revoke_consent
from core.leads.contact import ContactView, contact_email, mask_email, mask_name, mask_phone, reveal, reveal_for_file
from core.leads.duplicates import DuplicateView
from core.leads.ending import check_reason, do_not_sell, expire_unconfirmed, quarantine, release, withdraw
from core.leads.erasing import count_ended, erase, erase_ended
from core.leads.errors import (
    IllegalStep,
    LeadNotFound,
    LinkExpired,
    LinkUnknown,
    NicheClosed,
    NotAccepted,
    NotForSale,
    NotNamed,
    OnOwnList,
    OutsideMarkets,
    PartnerSettled,
    PartnerUnknown,
    ReasonMissing,
    ResendRefused,
    SubmissionInvalid,
    TooManyAtOnce,
)
from core.leads.follow import follow_change, follow_end
from core.leads.land import land, reachable
from core.leads.lifecycle import STATUSES, STEPS, Status, lock, move
from core.leads.links import lead_of_code, my_request_code, my_request_link
from core.leads.list_age import oldest_good_list
from core.leads.list_check import ContactCheck, ListAnswer, check_contact
from core.leads.matching import strangers
from core.leads.models import ConsentEvent, Contact, DoNotContact, Lead, LeadIdentity, LeadToken
from core.leads.own_lists import OwnList, Upload, check_own_lists, drop_own_list, own_lists, upload_own_list
from core.leads.partner import agree_share, credit_partner
from core.leads.passport import Answer, LeadDetail, Moment, Standing, answers, get_lead, standing
from core.leads.public_words import PublicRequest, public_facts, public_requests
from core.leads.queries import LeadFilter, LeadRow, ReviewFigures, Sort, count, explore, queue, review_figures
from core.leads.review import BulkResult, BulkVerb, approve, bulk, reject
from core.leads.score import Judge, score
from core.leads.submission import Submission, Submitted
from core.leads.submit import submit, submit_unknown
from core.leads.take_in import Held, blocked_among, holders_of, same_place, same_words, still_stands, take_in
from core.leads.unnamed import Unnamed, unnamed
from core.leads.verdict import ListCheck, Verdict, judge
from core.leads.wording import ConsentText, consent_text

__all__ = [
    "STATUSES",
    "STEPS",
    "Answer",
    "Arrival",
    "BulkResult",
    "BulkVerb",
    "Confirmed",
    "ConsentEvent",
    "ConsentText",
    "ConsentView",
    "Contact",
    "ContactCheck",
    "ContactView",
    "DoNotContact",
    "DuplicateView",
    "Held",
    "HouseList",
    "IllegalStep",
    "Judge",
    "Landed",
    "Lead",
    "LeadDetail",
    "LeadFilter",
    "LeadIdentity",
    "LeadNotFound",
    "LeadRow",
    "LeadToken",
    "LinkExpired",
    "LinkUnknown",
    "LinkView",
    "ListAnswer",
    "ListCheck",
    "Moment",
    "NicheClosed",
    "NotAccepted",
    "NotForSale",
    "NotNamed",
    "OnOwnList",
    "OutsideMarkets",
    "OwnList",
    "PartnerSettled",
    "PartnerUnknown",
    "PublicRequest",
    "ReasonMissing",
    "ResendRefused",
    "ReviewFigures",
    "Sort",
    "Standing",
    "Status",
    "Submission",
    "SubmissionInvalid",
    "Submitted",
    "TooManyAtOnce",
    "Unnamed",
    "Upload",
    "Verdict",
    "address",
    "agree_share",
    "answers",
    "approve",
    "block_contact",
    "block_keys",
    "blocked_among",
    "bulk",
    "check_contact",
    "check_may_be_sold",
    "check_names",
    "check_own_lists",
    "check_reason",
    "confirm",
    "consent_text",
    "contact_email",
    "count",
    "count_ended",
    "credit_partner",
    "do_not_sell",
    "drop_list",
    "drop_own_list",
    "erase",
    "erase_ended",
    "expire_unconfirmed",
    "explore",
    "follow_change",
    "follow_end",
    "get_lead",
    "holders_of",
    "house_lists",
    "identity",
    "is_blocked",
    "judge",
    "land",
    "lead_of_code",
    "lock",
    "look",
    "mask_email",
    "mask_name",
    "mask_phone",
    "move",
    "my_request_code",
    "my_request_link",
    "oldest_good_list",
    "own_lists",
    "postal",
    "public_facts",
    "public_requests",
    "quarantine",
    "queue",
    "reachable",
    "reject",
    "release",
    "replace_list",
    "replace_list_from",
    "resend_confirmation",
    "reveal",
    "reveal_for_file",
    "review_figures",
    "revoke_consent",
    "same_place",
    "same_words",
    "score",
    "standing",
    "still_stands",
    "strangers",
    "submit",
    "submit_unknown",
    "take_in",
    "unblock_contact",
    "unnamed",
    "upload_own_list",
    "withdraw",
    "zip_book",
]
