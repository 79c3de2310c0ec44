"""The Flask app: public intake and forms, accounts, REST for providers and admins, health and metrics.

Routes translate between HTTP and core's verbs; no rule lives here. Start with ``app.create_app``.
"""
