"""What every chapter stands on: settings, database, ids, time, money, errors, secrets, outbox, limits.

Import the modules by name (``from core.kit import outbox``); nothing is re-exported here.
"""
