"""What is remembered: one file (SQLite) behind questions written in SQL, one file each."""
