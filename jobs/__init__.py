"""After-work: outbox rows carried through by Huey workers, and the one schedule (SPEC 13.1).

The rows are the queue; Redis only carries their ids. ``broker.connect`` joins a process to the fast path.
"""
