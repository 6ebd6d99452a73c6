INSERT INTO analytics_fresh/*copy*/ (tenant, at, subscription, event_type,
    published, matched, dead_lettered, success, redirect, client_error, server_error, no_response, slowest_us, latency)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (tenant, at, subscription, event_type) DO UPDATE SET
    published = excluded.published,
    matched = excluded.matched,
    dead_lettered = excluded.dead_lettered,
    success = excluded.success,
    redirect = excluded.redirect,
    client_error = excluded.client_error,
    server_error = excluded.server_error,
    no_response = excluded.no_response,
    slowest_us = excluded.slowest_us,
    latency = excluded.latency
