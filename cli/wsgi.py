"""What gunicorn serves in production: the Flask app, joined to the fast path of jobs.

``gunicorn --config python:intake_api.gunicorn_settings cli.wsgi:app``. It stands here because only the command line
may know both the app and the broker; the laptop's web process joins the two in ``cli/processes.py``.
"""

from core.kit import tracing
from intake_api.app import create_app
from jobs import broker

tracing.check_installed()  # before the fork, so that it is said once
app = create_app()
broker.connect(beside=True)  # opens nothing before a worker process commits, so it may be done before the fork
