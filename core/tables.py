"""Every chapter's tables, so that foreign keys between chapters resolve; the edges import this once."""

import core.accounts.models
import core.advice.models
import core.audit.models
import core.delivery.models
import core.distribution.models
import core.inventory.models
import core.leads.models
import core.ledger.models
import core.markets.models
import core.messaging.models
import core.niches.models
import core.ops.models
import core.passports.models
import core.payments.models
import core.policies.models
import core.providers.models
import core.reports.models
import core.returns.models
import core.scoring.models
import core.sourcing.dedupe.models
import core.sourcing.enrichment.models
import core.sourcing.models  # noqa: F401
