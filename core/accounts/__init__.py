"""People and how they prove who they are: users, passwords, sessions, second factor, invitations (SPEC 1).

Everything above asks ``current_actor`` who acts and passes that on; the sign-in pages live in intake_api/auth.
"""

from core.accounts.administration import end_sessions, find_people, get_user, invite_again, names_of, sessions_of_user
from core.accounts.demo import add_demo_user, demo_code
from core.accounts.emails import normalise_email
from core.accounts.errors import (
    AccountClosed,
    EmailTaken,
    HalfWayEnded,
    LastAdmin,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    NotVerified,
    SignInRefused,
    TotpConfirmed,
    TotpMissing,
    WeakPassword,
    WrongCode,
    WrongPassword,
)
from core.accounts.models import User
from core.accounts.passwords import Advice, check_password, hash_password, password_advice
from core.accounts.reset import change_password, request_password_reset, reset_password
from core.accounts.sessions import (
    SESSION_COOKIE,
    SessionLine,
    SessionView,
    SignedIn,
    current_actor,
    revoke_other_sessions,
    revoke_provider_sessions,
    revoke_session,
    revoke_sessions,
    session_view,
    sessions_of,
    sign_out,
)
from core.accounts.sign_in import CodeRefused, HalfWay, second_factor, sign_in
from core.accounts.standing import set_user_role, set_user_status
from core.accounts.team import Member, hand_over, remove_member, team
from core.accounts.tokens import owner as link_owner
from core.accounts.totp import (
    Enrolled,
    TotpEnrolment,
    confirm_totp,
    disable_totp,
    recovery_codes_left,
    renew_recovery_codes,
    reset_totp,
    start_totp,
)
from core.accounts.users import UserView, create_user, ensure_system_user, list_users
from core.accounts.verification import Invitation, accept_invitation, invitation_of, invite, resend_verification, verify_email

__all__ = [
    "SESSION_COOKIE",
    "AccountClosed",
    "Advice",
    "CodeRefused",
    "EmailTaken",
    "Enrolled",
    "HalfWay",
    "HalfWayEnded",
    "Invitation",
    "LastAdmin",
    "LinkExpired",
    "LinkUnknown",
    "LinkUsed",
    "Member",
    "NotVerified",
    "SessionLine",
    "SessionView",
    "SignInRefused",
    "SignedIn",
    "TotpConfirmed",
    "TotpEnrolment",
    "TotpMissing",
    "User",
    "UserView",
    "WeakPassword",
    "WrongCode",
    "WrongPassword",
    "accept_invitation",
    "add_demo_user",
    "change_password",
    "check_password",
    "confirm_totp",
    "create_user",
    "current_actor",
    "demo_code",
    "disable_totp",
    "end_sessions",
    "ensure_system_user",
    "find_people",
    "get_user",
    "hand_over",
    "hash_password",
    "invitation_of",
    "invite",
    "invite_again",
    "link_owner",
    "list_users",
    "names_of",
    "normalise_email",
    "password_advice",
    "recovery_codes_left",
    "remove_member",
    "renew_recovery_codes",
    "request_password_reset",
    "resend_verification",
    "reset_password",
    "reset_totp",
    "revoke_other_sessions",
    "revoke_provider_sessions",
    "revoke_session",
    "revoke_sessions",
    "second_factor",
    "session_view",
    "sessions_of",
    "sessions_of_user",
    "set_user_role",
    "set_user_status",
    "sign_in",
    "sign_out",
    "start_totp",
    "team",
    "verify_email",
]
