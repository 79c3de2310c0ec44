"""The first release: one SQL file per chapter, in the order of their foreign keys."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FILES = sorted((Path(__file__).parent.parent / "first_release").glob("*.sql"))


def upgrade() -> None:
    cursor = op.get_bind().connection.cursor()
    for file in FILES:
        cursor.execute(file.read_text())


def downgrade() -> None:
    raise RuntimeError("There is nothing before the first release; drop the database instead.")
