"""What is written once means the same to both databases."""

from missive_server.database.dialect import (
    for_postgres,
    for_sqlite,
    schema_for_postgres,
    sqlite_parameters,
)
from missive_server.database.work import keys

JOIN = "SELECT e.h FROM KEYS($1) JOIN entities e ON e.id = k.value->>0 WHERE e.t = ANY($2)"


def test_lists_keys_and_locks_in_sqlite() -> None:
    assert for_sqlite(JOIN) == (
        "SELECT e.h FROM json_each(?1) AS k CROSS JOIN entities e ON e.id = k.value->>0"
        " WHERE e.t IN (SELECT value FROM json_each(?2))"
    )
    locked = "SELECT id FROM scopes WHERE id = $1 ORDER BY id FOR UPDATE"
    assert for_sqlite(locked) == "SELECT id FROM scopes WHERE id = ?1 ORDER BY id"
    assert for_sqlite("SELECT 1 FROM blobs b FOR SHARE OF b, p") == "SELECT 1 FROM blobs b"
    assert sqlite_parameters(("a", ["b", "c"], 3)) == ["a", '["b", "c"]', 3]
    assert keys([("a", 1), ("b", 2)]) == '[["a",1],["b",2]]'


def test_keys_in_postgresql() -> None:
    assert "json_array_elements($1::json) AS k(value) JOIN" in for_postgres(JOIN)
    assert "= ANY($2)" in for_postgres(JOIN)


def test_tables_in_postgresql() -> None:
    made = schema_for_postgres("CREATE TABLE x (\n    n INTEGER NOT NULL,\n    b BLOB\n) STRICT")
    assert made == "CREATE TABLE x (\n    n BIGINT NOT NULL,\n    b BYTEA\n)"
