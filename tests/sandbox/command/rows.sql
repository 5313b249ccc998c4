-- SPDX-License-Identifier: Apache-2.0
-- The data set: the same rows every time. users 400, debates 600, participants 1800,
-- messages 5400, votes 3600, receipts 200: 12,000 rows.
INSERT INTO users (id, email, name, settings, created_at)
SELECT n, format('user%s@example.org', n),
	(ARRAY['Ada', 'Björk', 'Chloé', 'Dmitrij', 'Εύα', '李娜'])[1 + n % 6] || ' ' || n,
	jsonb_build_object('theme', (ARRAY['light', 'dark'])[1 + n % 2], 'digest', n % 3 = 0),
	timestamptz '2026-01-01 00:00:00+00' + n * interval '7 minutes'
FROM generate_series(1, 400) n;

INSERT INTO debates (id, owner_id, topic, state, created_at)
SELECT n, 1 + n * 13 % 400, format('Question %s: is %s better than %s?', n, n * 7 % 101, n * 11 % 97),
	(ARRAY['open', 'closed', 'archived'])[1 + n % 3]::debate_state,
	timestamptz '2026-01-03 00:00:00+00' + n * interval '41 minutes'
FROM generate_series(1, 600) n;

INSERT INTO participants (debate_id, user_id, role)
SELECT d, 1 + (d * 17 + seat * 131) % 400, (ARRAY['proposer', 'critic', 'judge'])[seat]
FROM generate_series(1, 600) d, generate_series(1, 3) seat;

INSERT INTO messages (id, debate_id, user_id, round, body, created_at)
SELECT row_number() OVER (ORDER BY d, r, seat), d, 1 + (d * 17 + seat * 131) % 400, r,
	format(E'Round %s of debate %s.\n%s', r, d, repeat(md5(format('%s/%s/%s', d, r, seat)) || ' ', 1 + (d + r + seat) % 9)),
	timestamptz '2026-01-03 00:00:00+00' + d * interval '41 minutes' + r * interval '5 minutes'
FROM generate_series(1, 600) d, generate_series(1, 3) r, generate_series(1, 3) seat;

INSERT INTO votes (message_id, user_id, value)
SELECT 1 + n * 3 % 5400, 1 + n * 29 % 400, CASE WHEN n % 4 = 0 THEN -1 ELSE 1 END
FROM generate_series(1, 3600) n;

INSERT INTO receipts (debate_id, digest, signed_at)
SELECT n * 3, sha256(convert_to('receipt ' || n, 'UTF8')), timestamptz '2026-02-01 00:00:00+00' + n * interval '1 hour'
FROM generate_series(1, 200) n;

SELECT setval(pg_get_serial_sequence(t, 'id'), n)
FROM (VALUES ('users', 400), ('debates', 600), ('messages', 5400)) AS v (t, n);
ANALYZE;
