"""Settings of Meta Lead Ads (SPEC 8.1)."""

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from core.sourcing.connectors.forms.form_words import FormWords
from core.sourcing.connectors.setting import Secrets, Settings, WebAddress

Digits = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\d{1,40}$")]


class MetaSettings(Settings):
    """``page_id``: whose leads are ours; ``form_ids``: forms whose leads are also fetched in bulk."""

    page_id: Digits
    form_ids: tuple[Digits, ...] = ()
    graph_url: WebAddress = "https://graph.facebook.com"
    version: Annotated[str, StringConstraints(pattern=r"^v\d{1,3}\.\d{1,2}$")] = "v26.0"
    page_size: int = Field(100, ge=1, le=500)
    form: FormWords = FormWords()


class MetaSecrets(Secrets):
    """``app_secret`` signs pushes, ``verify_token`` is for the handshake, ``access_token`` reads leads."""

    app_secret: SecretStr
    verify_token: SecretStr | None = None
    access_token: SecretStr | None = None
