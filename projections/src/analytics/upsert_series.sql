INSERT INTO analytics_series/*copy*/ (tenant, resolution, subscription, event_type, at,
    published, matched, dead_lettered, success, redirect, client_error, server_error, no_response, slowest_us, latency)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (tenant, resolution, subscription, event_type, at) DO UPDATE SET
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
