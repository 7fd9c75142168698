"""Peers: other ways to do the same, each a script for the Python in which it is installed."""
