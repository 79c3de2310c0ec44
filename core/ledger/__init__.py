"""Money: accounts, immutable transfers between them, wallets and their balances (SPEC 6.1, 6.3).

Every movement is one row that names both accounts, so all accounts sum to zero; a wallet's balance is a cache that
only transfers change, in the database itself.
"""

from core.ledger.accounts import house_account, open_wallet, wallet_account
from core.ledger.errors import InsufficientBalance, InvalidTransfer, TransferKeyReused, WalletFrozen, WalletMissing
from core.ledger.history import TransferView, WalletView, balance, history
from core.ledger.manual import credit_manually, debit_manually
from core.ledger.models import LedgerAccount, Transfer, Wallet
from core.ledger.post import Kind, post
from core.ledger.reconcile import Drift, reconcile, unfreeze
from core.ledger.verify import verify

__all__ = [
    "Drift",
    "InsufficientBalance",
    "InvalidTransfer",
    "Kind",
    "LedgerAccount",
    "Transfer",
    "TransferKeyReused",
    "TransferView",
    "Wallet",
    "WalletFrozen",
    "WalletMissing",
    "WalletView",
    "balance",
    "credit_manually",
    "debit_manually",
    "history",
    "house_account",
    "open_wallet",
    "post",
    "reconcile",
    "unfreeze",
    "verify",
    "wallet_account",
]
