"""Tests of the cron engine; `oracle.py` is the slow and obvious truth that it is measured against."""
