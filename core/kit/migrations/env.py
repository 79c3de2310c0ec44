"""Run by Alembic: one transaction for all revisions, one migrator at a time."""

from alembic import context
from sqlalchemy import create_engine, text

engine = create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(hashtext('hotleads.migrations'))"))
        context.run_migrations()
engine.dispose()
