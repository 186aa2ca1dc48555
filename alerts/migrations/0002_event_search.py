"""An index for the search in payloads: trigrams, which find any part of a text of three characters or more.

SQLite remakes a table to alter it and drops its triggers then: a migration that alters `alerts_event` has to run
`add_index` again afterwards (tests/alerts/test_search.py fails otherwise)."""

import logging

from django.db import DatabaseError, migrations, transaction

logger = logging.getLogger(__name__)

SQLITE = (
    "DROP TABLE IF EXISTS alerts_event_search",
    "CREATE VIRTUAL TABLE alerts_event_search USING fts5("
    "payload, content='alerts_event', content_rowid='id', tokenize='trigram', detail='none')",
    "INSERT INTO alerts_event_search (alerts_event_search) VALUES ('rebuild')",
    "CREATE TRIGGER alerts_event_search_insert AFTER INSERT ON alerts_event BEGIN "
    "INSERT INTO alerts_event_search (rowid, payload) VALUES (new.id, new.payload); END",
    "CREATE TRIGGER alerts_event_search_delete AFTER DELETE ON alerts_event BEGIN "
    "INSERT INTO alerts_event_search (alerts_event_search, rowid, payload) VALUES ('delete', old.id, old.payload); END",
    "CREATE TRIGGER alerts_event_search_update AFTER UPDATE OF payload ON alerts_event BEGIN "
    "INSERT INTO alerts_event_search (alerts_event_search, rowid, payload) VALUES ('delete', old.id, old.payload); "
    "INSERT INTO alerts_event_search (rowid, payload) VALUES (new.id, new.payload); END",
)
TRIGGERS = ("insert", "delete", "update")
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS alerts_event_search ON alerts_event USING gin (upper(payload::text) gin_trgm_ops)",
)


def add_index(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor == "sqlite":
        for statement in SQLITE:
            schema_editor.execute(statement)
    elif connection.vendor == "postgresql":
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                for statement in POSTGRESQL:
                    cursor.execute(statement)
        except DatabaseError as error:
            logger.warning("searching payloads will read them all: the extension pg_trgm is not permitted (%s)", error)


def remove_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS alerts_event_search_{name}")
        schema_editor.execute("DROP TABLE IF EXISTS alerts_event_search")
    else:
        schema_editor.execute("DROP INDEX IF EXISTS alerts_event_search")


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial")]

    operations = [migrations.RunPython(add_index, remove_index)]
