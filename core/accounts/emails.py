"""One spelling of an e-mail address, so that one person has one account."""

from email_validator import EmailNotValidError, validate_email

from core.kit.errors import Invalid

LONGEST = 254


def normalise_email(address: str) -> tuple[str, str]:
    """The address as written (tidied, all ASCII) and its key for comparison; raises ``Invalid`` with the field ``email``."""
    try:
        if len(address) > LONGEST:
            raise EmailNotValidError("It is too long.")
        checked = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        words = f"This is not an e-mail address we can write to. {error}"
        raise Invalid("email.invalid", words, fields={"email": words}) from error
    reached = checked.ascii_email or checked.normalized
    return reached, reached.casefold()


def email_key(address: str) -> str | None:
    """The key for looking somebody up; ``None`` when no account can have this address."""
    try:
        return normalise_email(address)[1]
    except Invalid:
        return None
