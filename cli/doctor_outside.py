"""What stands beside the exchange: payment gateways, mail and metrics in production, MLflow."""

import urllib.error
import urllib.request

from core.kit.checks import Check
from core.kit.config import settings

LEAST_TOKEN = 20


def _secrets() -> Check:
    """Secrets that belong together, and those that production can't do without."""
    here, missing = settings(), list[str]()
    if here.stripe_secret_key.get_secret_value() and not here.stripe_webhook_secret.get_secret_value():
        missing.append("STRIPE_WEBHOOK_SECRET (without it no deposit by card is ever completed)")
    if here.paypal_client_id and not (here.paypal_client_secret.get_secret_value() and here.paypal_webhook_id):
        missing.append("PAYPAL_CLIENT_SECRET and PAYPAL_WEBHOOK_ID (without them no deposit by PayPal is ever completed)")
    if here.env == "production":
        if not here.smtp_url:
            missing.append("SMTP_URL (without it nobody gets mail)")
        if not here.public_url.startswith("https://"):
            missing.append("HOTLEADS_PUBLIC_URL, an https address (links in mail lead to it, cookies need it)")
        if len(here.metrics_token.get_secret_value()) < LEAST_TOKEN:
            missing.append(f"a HOTLEADS_METRICS_TOKEN of {LEAST_TOKEN} characters or more (`openssl rand -base64 24`)")
    if missing:
        return Check("secrets", False, f"Set {'; '.join(missing)}. See docs/reference/settings.md.")
    return Check("secrets", True, "what belongs together is set together")


def _mlflow() -> Check:
    address = settings().mlflow_url.rstrip("/")
    if not address:
        return Check("mlflow", True, "none set: `hotleads up` runs its own")
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
            ok = answer.status == 200
    except (OSError, ValueError) as error:
        why = error.reason if isinstance(error, urllib.error.URLError) else error
        return Check(
            "mlflow", False, f"{address} does not answer ({why}). Trainings and notebooks would not be kept; selling goes on."
            " Check HOTLEADS_MLFLOW_URL, or leave it empty.",
        )  # fmt: skip
    return Check("mlflow", ok, f"{address} answers")


OUTSIDE = (_secrets, _mlflow)
