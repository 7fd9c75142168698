-- What the database's clock says, in microseconds: read to correct one's own, and for nothing else.
SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)
