"""Ways in, one module or folder per protocol; none of them knows the database (SPEC 8.1).

A connector is built from frozen settings and secrets and a ``Wire`` (``line/``), which owns every rule about talking to
strangers: addresses, sizes, time-outs, pace, trying again.
"""
