"""Models of the exchange: features, training, evaluation, registry and serving (SPEC 10).

Models are advice. They write scores, prices and vectors through verbs of core with their version beside them, and
whatever fails here leaves the written rules in force. Nothing heavy is imported before it is needed, so that a page
or a worker that never asks a model does not wait for one.
"""
