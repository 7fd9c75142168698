"""Peers: other ways to do the same, each a script for the Python in which it is installed."""

from pathlib import Path

FOLDER = Path(__file__).parent
PYTHON = FOLDER.parent / ".peers/bin/python"
"""The interpreter of the environment that peers live in, if it was made."""
