"""What every racer needs, made once in the process that they are forked from: two hundred of them fit into little memory."""

import gc

import psycopg  # noqa: F401  -- the engine asks for it late
from sqlalchemy.orm import configure_mappers

import tests.soak.racer  # noqa: F401

configure_mappers()
# A collection in a child would write to every page that it shares with its parent.
gc.collect()
gc.freeze()
