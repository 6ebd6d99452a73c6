-- What names start with tells whose tables they are.
SELECT tablename::text FROM pg_catalog.pg_tables
WHERE schemaname = current_schema() AND substr(tablename::text, 1, length($1) + 1) = $1 || '_'
ORDER BY 1
