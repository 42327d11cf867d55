"""Bytes to safe pixels, and drafts to bytes. Pure: no input, no output."""
