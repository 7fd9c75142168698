"""What is remembered: questions written in SQL, one file each, asked of SQLite or of PostgreSQL."""
