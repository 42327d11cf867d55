"""All trackers found since a time, as a file for spreadsheets: one row for each thing found."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import TextIO

from missive_desktop.store import tracking_report
from missive_desktop.store.database import Connection

_STEERED = ("=", "+", "-", "@", "\t", "\r")


def write(conn: Connection, since: int, file: TextIO) -> int:
    """Write the rows, with times of the reader's own zone; return how many."""
    writer = csv.writer(file)
    writer.writerow(tracking_report.CSV_HEADER)
    number = 0
    for when, *rest in tracking_report.csv_rows(conn, since):
        stamp = f"{datetime.fromtimestamp(when).astimezone():%Y-%m-%d %H:%M}"
        writer.writerow([stamp, *(_cell(value) for value in rest)])
        number += 1
    return number


def _cell(value: object) -> object:
    """Keep a subject from being taken for a formula by the program that opens the file."""
    if not isinstance(value, str):
        return value
    text = "".join(char if char.isprintable() else " " for char in value)
    return f"'{text}" if value.startswith(_STEERED) else text
