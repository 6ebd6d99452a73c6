-- What names start with tells whose tables they are.
SELECT name FROM sqlite_schema
WHERE type = 'table' AND substr(name, 1, length($1) + 1) = $1 || '_'
ORDER BY name
