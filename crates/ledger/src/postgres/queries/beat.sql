-- Says that the node $1 lives for another $2 microseconds, and holds on to the lanes $3 that it has under the epochs $4. Gives
-- back those of them for which $5 is true. Takes what is free, up to the node's share, if $7 is true, but none of $6.
--
-- Rows are locked in the order of their lanes by everybody, so that nodes wait for each other and never in a circle. What is
-- decided is decided on the locked rows. Shares go by the order of the names of those who live: all nodes agree on them.
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now, clock_timestamp() + $2 * interval '1 microsecond' AS until
), me AS (
    INSERT INTO hookledger.nodes AS known (name, since, expires_at)
    SELECT $1, now, until FROM moment
    ON CONFLICT (name) DO UPDATE
    SET expires_at = excluded.expires_at,
        since = CASE WHEN known.expires_at > excluded.since THEN known.since ELSE excluded.since END
    RETURNING since
), others AS (
    SELECT count(*) AS many, count(*) FILTER (WHERE name < $1) AS before_me
    FROM hookledger.nodes, moment WHERE name <> $1 AND expires_at > now
), share AS (
    SELECT 16 / (many + 1) + (before_me < 16 % (many + 1))::integer AS lanes FROM others
), known AS MATERIALIZED (
    SELECT lane, holder, epoch, expires_at FROM hookledger.lanes ORDER BY lane FOR UPDATE
), judged AS (
    SELECT known.lane, known.epoch, known.holder IS NOT DISTINCT FROM $1 AS is_mine,
        known.holder IS NOT DISTINCT FROM $1 AND mine.epoch IS NOT NULL AND NOT mine.let_go AS kept,
        known.holder IS NOT DISTINCT FROM $1 AND mine.epoch IS NOT NULL AND mine.let_go AS freed,
        -- Nobody has it, or an earlier life of this node, or one that has run out. Whoever has only just been heard of again
        -- waits for the others first: the database may have been away for all of them.
        known.lane <> ALL ($6) AND $7 AND (
            known.holder IS NULL
            OR known.holder = $1 AND mine.epoch IS NULL
            OR known.expires_at <= moment.now AND me.since <= moment.now - $2 / 2 * interval '1 microsecond'
        ) AS is_free
    FROM known
    CROSS JOIN moment
    CROSS JOIN me
    LEFT JOIN unnest($3::smallint[], $4::bigint[], $5::boolean[]) AS mine (lane, epoch, let_go)
        ON mine.lane = known.lane AND mine.epoch = known.epoch
), wanted AS (
    SELECT lane, row_number() OVER (ORDER BY is_mine DESC, lane) AS place
    FROM judged WHERE is_free AND NOT kept AND NOT freed
), verdict AS (
    SELECT judged.lane, judged.kept,
        coalesce(wanted.place <= share.lanes - (SELECT count(*) FROM judged WHERE kept), false) AS taken,
        judged.is_mine
    FROM judged CROSS JOIN share LEFT JOIN wanted ON wanted.lane = judged.lane
), changed AS (
    UPDATE hookledger.lanes
    SET holder = CASE WHEN kept OR taken THEN $1 END,
        epoch = lanes.epoch + taken::integer,
        expires_at = CASE WHEN kept OR taken THEN moment.until ELSE moment.now END
    FROM verdict CROSS JOIN moment
    WHERE lanes.lane = verdict.lane AND (kept OR taken OR is_mine)
    RETURNING lanes.lane, lanes.epoch, lanes.holder
)
SELECT share.lanes::smallint, changed.lane, changed.epoch
FROM share LEFT JOIN changed ON changed.holder IS NOT NULL
