/**
 * The schema, one entry per version: entry i takes a store from version i to i + 1. Released entries never change.
 *
 * Amounts are decimal text because they do not fit 64 bits. Addresses are checksummed, hashes lower-case hex.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE identity (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    chain_id TEXT NOT NULL,
    address  TEXT NOT NULL,
    broker   TEXT NOT NULL
  ) STRICT;

  -- The recipient's secret number.
  CREATE TABLE recipient (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    secret BLOB NOT NULL CHECK (length(secret) = 32)
  ) STRICT;

  -- Creation rounds, each with its first index that was never handed out.
  CREATE TABLE commitment_round (
    round      INTEGER PRIMARY KEY,
    next_index INTEGER NOT NULL
  ) STRICT;

  -- Commitments by the sender that holds them.
  CREATE TABLE commitment_index (
    round  INTEGER NOT NULL,
    idx    INTEGER NOT NULL,
    sender TEXT NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (round, idx)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX commitment_index_by_sender ON commitment_index (sender, round, idx) WHERE closed = 0;

  -- Salts of tickets on open commitments, as marks with commas between them: a ticket earns credit once.
  CREATE TABLE salts (
    id    INTEGER PRIMARY KEY,
    round INTEGER NOT NULL,
    idx   INTEGER NOT NULL,
    marks TEXT NOT NULL
  ) STRICT;
  CREATE INDEX salts_by_index ON salts (round, idx);

  CREATE TABLE credit (
    sender TEXT PRIMARY KEY,
    amount TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Changes of credit and salts that are not in their tables yet: arrays of [sender, credit] and [sender, credit, round, idx, mark] in JSON.
  CREATE TABLE journal (
    id      INTEGER PRIMARY KEY,
    entries TEXT NOT NULL
  ) STRICT;

  -- signer: the hot key that signed it, null for the sender's own.
  CREATE TABLE winner (
    digest           TEXT PRIMARY KEY,
    recipient        TEXT NOT NULL,
    sender           TEXT NOT NULL,
    face_value       TEXT NOT NULL,
    win_prob         TEXT NOT NULL,
    salt             TEXT NOT NULL,
    commitment       TEXT NOT NULL,
    commitment_index TEXT NOT NULL,
    creation_round   INTEGER NOT NULL,
    signature        TEXT NOT NULL,
    signer           TEXT,
    recipient_rand   TEXT NOT NULL,
    status           TEXT NOT NULL DEFAULT 'pending'
                     CHECK (status IN ('pending', 'included', 'claimed', 'redeemed', 'expired')),
    -- The transaction that it is in; sent_in: the hash of that, or of the last one.
    nonce            INTEGER REFERENCES redemption (nonce),
    sent_in          TEXT,
    attempts         INTEGER NOT NULL DEFAULT 0,
    not_before       INTEGER NOT NULL DEFAULT 0,
    reason           TEXT,
    UNIQUE (recipient, creation_round, commitment_index)
  ) STRICT;
  CREATE INDEX winner_by_status ON winner (status, creation_round);
  CREATE INDEX winner_unredeemed ON winner (sender) WHERE status IN ('pending', 'claimed');
  CREATE INDEX winner_unpaid ON winner (sender) WHERE status IN ('claimed', 'expired');
  CREATE INDEX winner_by_nonce ON winner (nonce) WHERE nonce IS NOT NULL;

  -- Transactions of the redeemer whose fate is not final. sent_at: block after which the last version was sent.
  CREATE TABLE redemption (
    nonce        INTEGER PRIMARY KEY,
    kind         TEXT NOT NULL CHECK (kind IN ('redeem', 'claim', 'settle')),
    gas          TEXT NOT NULL,
    max_fee      TEXT NOT NULL,
    priority_fee TEXT NOT NULL,
    sent_at      INTEGER NOT NULL,
    block_hash   TEXT
  ) STRICT;

  -- The first version of each and its replacements, oldest first by rowid.
  CREATE TABLE redemption_version (
    hash  TEXT PRIMARY KEY,
    nonce INTEGER NOT NULL REFERENCES redemption (nonce) ON DELETE CASCADE,
    raw   TEXT NOT NULL
  ) STRICT;
  CREATE INDEX redemption_version_by_nonce ON redemption_version (nonce);

  -- The sender's side: what each commitment in use could still cost, and totals per recipient.
  CREATE TABLE exposure (
    recipient  TEXT NOT NULL,
    round      INTEGER NOT NULL,
    idx        INTEGER NOT NULL,
    face_value TEXT NOT NULL,
    win_rate   TEXT NOT NULL,
    PRIMARY KEY (recipient, round, idx)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE sent (
    recipient      TEXT PRIMARY KEY,
    count          TEXT NOT NULL,
    face_value     TEXT NOT NULL,
    expected_value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What was signed about segments whose bytes are kept, by the digest of the receipt; both as JSON. signed_at: the receipt's time in seconds.
  CREATE TABLE work (
    digest         TEXT PRIMARY KEY,
    signed_order   TEXT NOT NULL,
    signed_receipt TEXT NOT NULL,
    signed_at      INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX work_by_time ON work (signed_at);

  -- Files by their root.
  CREATE TABLE segment (
    root   TEXT PRIMARY KEY,
    region TEXT NOT NULL CHECK (region IN ('segment', 'parameters')),
    size   INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE work_segment (
    digest TEXT NOT NULL REFERENCES work (digest) ON DELETE CASCADE,
    root   TEXT NOT NULL REFERENCES segment (root),
    PRIMARY KEY (digest, root)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX work_segment_by_root ON work_segment (root);

  -- Disputes of this node, by the contract's name for them. digest: of the receipt; claim: null until it is on chain; both claim and evidence as JSON.
  CREATE TABLE dispute (
    id       TEXT PRIMARY KEY,
    role     TEXT NOT NULL CHECK (role IN ('challenger', 'defender')),
    digest   TEXT,
    evidence TEXT,
    claim    TEXT,
    outcome  TEXT
  ) STRICT;
  CREATE INDEX dispute_open ON dispute (digest) WHERE outcome IS NULL;

  -- Who plays in them for the orchestrator.
  CREATE TABLE dispute_game (
    id       TEXT NOT NULL,
    defender TEXT NOT NULL,
    PRIMARY KEY (id, defender)
  ) STRICT, WITHOUT ROWID;

  -- First block of which no event of a dispute was read.
  CREATE TABLE dispute_cursor (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    block INTEGER NOT NULL
  ) STRICT;

  -- Transactions of disputes that may not be included yet, by the hash of what they call. sent_at: block after which the last version was sent.
  CREATE TABLE dispute_transaction (
    call         TEXT PRIMARY KEY,
    nonce        INTEGER NOT NULL,
    raw          TEXT NOT NULL,
    max_fee      TEXT NOT NULL,
    priority_fee TEXT NOT NULL,
    sent_at      INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What a broadcaster knows of who offers a service. The columns from price_numerator to quoted_at are the figures of its last quote. regions: H3 cells in hex with commas between them. Times are milliseconds since the epoch.
  CREATE TABLE offer (
    service           TEXT NOT NULL,
    orchestrator      TEXT NOT NULL,
    uri               TEXT NOT NULL,
    stake             TEXT NOT NULL,
    regions           TEXT NOT NULL,
    price_numerator   TEXT,
    price_denominator TEXT,
    capacity          INTEGER,
    valid_until       INTEGER,
    response_ms       REAL,
    quoted_at         INTEGER,
    asked_at          INTEGER NOT NULL,
    refusal           TEXT,
    refusals          INTEGER NOT NULL,
    PRIMARY KEY (service, orchestrator)
  ) STRICT, WITHOUT ROWID;

  -- The wire forms of these quotes as JSON: apart, since few of them are ever read.
  CREATE TABLE offer_quote (
    service      TEXT NOT NULL,
    orchestrator TEXT NOT NULL,
    quote        TEXT NOT NULL,
    PRIMARY KEY (service, orchestrator)
  ) STRICT;

  -- What it has seen of them. failures: counts by error code as JSON; paces: a histogram of 32-bit floats, little-endian; at: when the counts were halved last.
  CREATE TABLE standing (
    orchestrator    TEXT PRIMARY KEY,
    good            REAL NOT NULL,
    failures        TEXT NOT NULL,
    paces           BLOB NOT NULL,
    at              INTEGER NOT NULL,
    strikes         REAL NOT NULL,
    suspended_until INTEGER NOT NULL,
    probation       INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX standing_by_time ON standing (at);
  `,
  `
  -- Times of segments of files and of live streams apart. What there was may be of either; live streams, which it would make wait too long, begin anew.
  ALTER TABLE standing RENAME COLUMN paces TO file_paces;
  ALTER TABLE standing ADD COLUMN live_paces BLOB NOT NULL DEFAULT x'${"00".repeat(160)}';
  `,
  `
  -- Kept bytes: a part of a file, which holds all that was kept of a piece of work at a time. What was kept before is in a file of its own for each root.
  CREATE TABLE kept_bytes (
    digest TEXT NOT NULL REFERENCES work (digest) ON DELETE CASCADE,
    root   TEXT NOT NULL,
    region TEXT NOT NULL CHECK (region IN ('segment', 'parameters')),
    size   INTEGER NOT NULL,
    file   TEXT NOT NULL,
    offset INTEGER NOT NULL,
    PRIMARY KEY (digest, root)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX kept_bytes_by_root ON kept_bytes (root);
  CREATE INDEX kept_bytes_by_file ON kept_bytes (file);
  INSERT INTO kept_bytes SELECT digest, root, region, size, root, 0 FROM work_segment JOIN segment USING (root);
  DROP TABLE work_segment;
  DROP TABLE segment;
  `,
  `
  -- Live streams whose output is not closed yet. variants: names with commas between them; segments: in the window.
  CREATE TABLE live_output (
    base     TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    stream   TEXT NOT NULL,
    master   TEXT NOT NULL,
    variants TEXT NOT NULL,
    segments INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    ended    INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
