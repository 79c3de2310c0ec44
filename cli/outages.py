"""What servers of your own answer when they can't be used, in a sentence with its fix."""

import errno

import psycopg
import redis
from sqlalchemy.exc import DBAPIError

from core.kit.db import APP_ROLE

# What a machine lacks for the moment, with what to do; any other mistake with a file is a fault of ours.
_MENDABLE = {
    errno.ENOSPC: "Make room on the disk.",
    errno.EDQUOT: "Make room on the disk.",
    errno.EROFS: "Name a place that can be written.",
    errno.EACCES: "Name a place that can be written, or mend its rights.",
    errno.EADDRINUSE: "Choose another port.",
}
EXTENSIONS = "postgis, btree_gist, pg_trgm"


def sentence_for(error: BaseException) -> str | None:
    """The sentence for a database or Redis that can't be used; ``None`` for what is a fault of ours."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, OSError) and error.errno in _MENDABLE:
        what = f"{error.filename} can't be used" if error.filename else "That can't be done here"
        return f"{what}: {error.strerror}. {_MENDABLE[error.errno]}"
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return "Redis can't be reached. Check REDIS_URL and that the server runs."
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return f"The database user may not set the database up: let a superuser run `create extension {EXTENSIONS}` and own it."
    if isinstance(error, psycopg.errors.FeatureNotSupported | psycopg.errors.UndefinedFile) and "extension" in str(error):
        return "The database server lacks PostGIS. On Debian or Ubuntu: apt-get install postgresql-postgis, there."
    if isinstance(error, psycopg.OperationalError) and APP_ROLE in str(error):
        return "The database has not been set up yet. Run `hotleads migrate`."
    if isinstance(error, psycopg.OperationalError):
        return f"The database can't be reached: {str(error).splitlines()[0]}. Check DATABASE_URL and that the server runs."
    return None
