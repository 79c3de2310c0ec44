"""Money: accounts, immutable transfers between them, wallets and their balances (SPEC 6.1, 6.3).

Every movement is one row that names both accounts, so all accounts sum to zero; a wallet's balance is a cache that
only transfers change, in the database itself.
"""

from core.ledger.accounts import house_account, open_wallet, wallet_account
from core.ledger.drift import gauges, open_drift_cents
from core.ledger.errors import (
    InsufficientBalance,
    InvalidTransfer,
    NoStatement,
    TransferKeyReused,
    WalletFrozen,
    WalletMissing,
)
from core.ledger.history import TransferView, WalletView, balance, history
from core.ledger.manual import credit_manually, debit_manually
from core.ledger.models import LedgerAccount, Partner, Transfer, Wallet
from core.ledger.post import KIND_WORDS, Kind, post
from core.ledger.receivable import owed, receivable_account
from core.ledger.reconcile import Drift, freeze, reconcile, unfreeze
from core.ledger.statement import DayTotal, KindTotal, Statement, balance_by_day, bounds, month_of, statement, statement_months
from core.ledger.verify import verify
from core.ledger.wallets import HouseAccountView, WalletRow, get_wallet, house_accounts, list_wallets

__all__ = [
    "KIND_WORDS",
    "DayTotal",
    "Drift",
    "HouseAccountView",
    "InsufficientBalance",
    "InvalidTransfer",
    "Kind",
    "KindTotal",
    "LedgerAccount",
    "NoStatement",
    "Partner",
    "Statement",
    "Transfer",
    "TransferKeyReused",
    "TransferView",
    "Wallet",
    "WalletFrozen",
    "WalletMissing",
    "WalletRow",
    "WalletView",
    "balance",
    "balance_by_day",
    "bounds",
    "credit_manually",
    "debit_manually",
    "freeze",
    "gauges",
    "get_wallet",
    "history",
    "house_account",
    "house_accounts",
    "list_wallets",
    "month_of",
    "open_drift_cents",
    "open_wallet",
    "owed",
    "post",
    "receivable_account",
    "reconcile",
    "statement",
    "statement_months",
    "unfreeze",
    "verify",
    "wallet_account",
]
