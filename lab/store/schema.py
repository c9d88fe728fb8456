"""The tables. A change is a new migration; one that has shipped is never edited."""

from sqlite_utils import Database, Migrations

migrations = Migrations("lab")


@migrations()
def m001_certificates(db: Database) -> None:
    db.execute("""
        CREATE TABLE certificates (
            sha256 TEXT PRIMARY KEY,
            sha1 TEXT NOT NULL,
            serial TEXT NOT NULL,
            subject TEXT NOT NULL,
            issuer TEXT NOT NULL,
            subject_hash TEXT NOT NULL,
            issuer_hash TEXT NOT NULL,
            common_name TEXT NOT NULL,
            issuer_common_name TEXT NOT NULL,
            alternative_names TEXT NOT NULL,
            not_before TEXT NOT NULL,
            not_after TEXT NOT NULL,
            key_type TEXT NOT NULL,
            key_size INTEGER NOT NULL,
            key_id TEXT NOT NULL,
            subject_key_identifier TEXT NOT NULL,
            authority_key_identifier TEXT NOT NULL,
            signature_algorithm TEXT NOT NULL,
            key_usage TEXT NOT NULL,
            extended_key_usage TEXT NOT NULL,
            is_ca INTEGER NOT NULL,
            path_length INTEGER,
            self_signed INTEGER NOT NULL,
            revoked_at TEXT,
            revocation_reason TEXT,
            effective_end TEXT NOT NULL,
            limited_by TEXT NOT NULL
                REFERENCES certificates DEFERRABLE INITIALLY DEFERRED,
            chain TEXT NOT NULL
        ) STRICT
    """)
    # Apart, so that a search reads names and dates without the bytes.
    db.execute("""
        CREATE TABLE ders (
            certificate TEXT PRIMARY KEY REFERENCES certificates,
            der BLOB NOT NULL
        ) STRICT
    """)
    for column in ("subject_hash", "issuer_hash", "effective_end", "common_name"):
        db.execute(f"CREATE INDEX certificates_{column} ON certificates ({column})")
    db.execute("""
        CREATE INDEX certificates_standing ON certificates
        (not_after, not_before, effective_end, revoked_at, revocation_reason, chain)
    """)
    # An issuer whose key really verifies the signature, not one of the same name.
    db.execute("""
        CREATE TABLE issuer_links (
            child TEXT NOT NULL REFERENCES certificates,
            issuer TEXT NOT NULL REFERENCES certificates,
            PRIMARY KEY (child, issuer)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE INDEX issuer_links_issuer ON issuer_links (issuer)")


@migrations()
def m002_parties(db: Database) -> None:
    db.execute("""
        CREATE TABLE clusters (
            name TEXT PRIMARY KEY,
            domain TEXT NOT NULL,
            profile TEXT NOT NULL,
            mixed_mode INTEGER NOT NULL
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE parties (
            id INTEGER PRIMARY KEY,
            cluster TEXT REFERENCES clusters,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            fqdn TEXT NOT NULL,
            role TEXT NOT NULL,
            node INTEGER REFERENCES parties,
            online INTEGER NOT NULL DEFAULT 1
        ) STRICT
    """)
    db.execute("""
        CREATE UNIQUE INDEX parties_name ON parties (ifnull(cluster, ''), name)
    """)
    db.execute("CREATE INDEX parties_by_name ON parties (name)")
    db.execute("CREATE INDEX parties_node ON parties (node)")
    db.execute("""
        CREATE TABLE authorities (
            party INTEGER PRIMARY KEY REFERENCES parties,
            name TEXT NOT NULL UNIQUE,
            label TEXT NOT NULL,
            role TEXT NOT NULL,
            crl_days INTEGER NOT NULL
        ) STRICT
    """)


@migrations()
def m003_places(db: Database) -> None:
    db.execute("""
        CREATE TABLE places (
            id INTEGER PRIMARY KEY,
            party INTEGER NOT NULL REFERENCES parties,
            usage TEXT NOT NULL CHECK (usage IN ('identity', 'trust', 'unassigned')),
            name TEXT NOT NULL,
            certificate TEXT NOT NULL REFERENCES certificates,
            since TEXT NOT NULL,
            how TEXT NOT NULL,
            copy_of TEXT NOT NULL DEFAULT '',
            description TEXT NOT NULL DEFAULT ''
        ) STRICT
    """)
    db.execute("""
        CREATE UNIQUE INDEX places_slot ON places (party, name)
        WHERE usage = 'identity'
    """)
    db.execute("""
        CREATE UNIQUE INDEX places_entry ON places (party, usage, name, certificate)
    """)
    db.execute("CREATE INDEX places_certificate ON places (certificate, usage)")
    db.execute("CREATE INDEX places_name ON places (usage, name)")


@migrations()
def m004_services(db: Database) -> None:
    db.execute("""
        CREATE TABLE services (
            id INTEGER PRIMARY KEY,
            party INTEGER NOT NULL REFERENCES parties,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            running INTEGER NOT NULL,
            started_at TEXT NOT NULL,
            UNIQUE (party, name)
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE loaded (
            service INTEGER NOT NULL REFERENCES services,
            purpose TEXT NOT NULL,
            certificate TEXT NOT NULL REFERENCES certificates,
            PRIMARY KEY (service, purpose)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE INDEX loaded_certificate ON loaded (certificate)")


@migrations()
def m005_keys_and_requests(db: Database) -> None:
    db.execute("""
        CREATE TABLE keys (
            id TEXT PRIMARY KEY,
            type TEXT NOT NULL,
            size INTEGER NOT NULL,
            sealed INTEGER NOT NULL,
            material BLOB NOT NULL
        ) STRICT
    """)
    db.execute("""
        CREATE TABLE requests (
            party INTEGER NOT NULL REFERENCES parties,
            purpose TEXT NOT NULL,
            der BLOB NOT NULL,
            key TEXT NOT NULL REFERENCES keys,
            made_at TEXT NOT NULL,
            PRIMARY KEY (party, purpose)
        ) STRICT
    """)


@migrations()
def m006_crls(db: Database) -> None:
    db.execute("""
        CREATE TABLE crls (
            authority TEXT NOT NULL REFERENCES authorities (name),
            number INTEGER NOT NULL,
            der BLOB NOT NULL,
            this_update TEXT NOT NULL,
            next_update TEXT NOT NULL,
            PRIMARY KEY (authority, number)
        ) STRICT
    """)


@migrations()
def m007_time(db: Database) -> None:
    db.execute("""
        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY,
            due_at TEXT NOT NULL,
            kind TEXT NOT NULL,
            about TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX jobs_due ON jobs (due_at, id)")
    db.execute("""
        CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            about TEXT NOT NULL,
            detail TEXT NOT NULL,
            actor TEXT NOT NULL,
            previous TEXT NOT NULL,
            hash TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT) STRICT")
    # The event log only grows.
    for deed in ("UPDATE", "DELETE"):
        db.execute(f"""
            CREATE TRIGGER events_no_{deed.lower()} BEFORE {deed} ON events
            BEGIN SELECT RAISE(ABORT, 'events are added, never changed'); END
        """)


@migrations()
def m008_list_indexes(db: Database) -> None:
    # A page deep in the list is counted off this one, without the rows themselves.
    db.execute("DROP INDEX certificates_effective_end")
    db.execute("""
        CREATE INDEX certificates_effective_end ON certificates (effective_end, sha256)
    """)
    db.execute("""
        CREATE INDEX certificates_revoked ON certificates (revoked_at)
        WHERE revoked_at IS NOT NULL
    """)


@migrations()
def m009_replication(db: Database) -> None:
    # What the cluster's own database holds of the stores that replicate. Each node's
    # store follows it, some minutes later.
    db.execute("""
        CREATE TABLE replicated (
            cluster TEXT NOT NULL REFERENCES clusters,
            store TEXT NOT NULL,
            certificate TEXT NOT NULL REFERENCES certificates,
            since TEXT NOT NULL,
            copy_of TEXT NOT NULL DEFAULT '',
            description TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (cluster, store, certificate)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE INDEX replicated_certificate ON replicated (certificate)")
    # What an offline node has missed, in the order in which it catches up.
    db.execute("""
        CREATE TABLE missed (
            id INTEGER PRIMARY KEY,
            party INTEGER NOT NULL REFERENCES parties,
            kind TEXT NOT NULL,
            about TEXT NOT NULL,
            minutes INTEGER NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX missed_party ON missed (party, id)")


@migrations()
def m010_requests(db: Database) -> None:
    # A shared request is for all nodes that its alternative names list.
    db.execute("ALTER TABLE requests ADD COLUMN shared INTEGER NOT NULL DEFAULT 0")
    db.execute("CREATE INDEX requests_key ON requests (key)")


@migrations()
def m011_services(db: Database) -> None:
    # A service that was started at a moment to come is still starting.
    db.execute("ALTER TABLE services ADD COLUMN activated INTEGER NOT NULL DEFAULT 1")


@migrations()
def m012_tasks(db: Database) -> None:
    # What somebody has still to do after a change; closed by the deed that does it.
    db.execute("""
        CREATE TABLE tasks (
            id INTEGER PRIMARY KEY,
            cluster TEXT NOT NULL REFERENCES clusters,
            kind TEXT NOT NULL,
            what TEXT NOT NULL,
            party INTEGER REFERENCES parties,
            cause TEXT NOT NULL,
            cause_party INTEGER REFERENCES parties,
            opened_at TEXT NOT NULL,
            note TEXT NOT NULL,
            source TEXT NOT NULL,
            closed_at TEXT,
            closed_how TEXT NOT NULL DEFAULT ''
        ) STRICT
    """)
    db.execute("""
        CREATE UNIQUE INDEX tasks_open ON tasks
        (cluster, kind, what, ifnull(party, 0), cause, ifnull(cause_party, 0))
        WHERE closed_at IS NULL
    """)


@migrations()
def m013_phones(db: Database) -> None:
    # Every list that was ever built stays: a phone may still hold it.
    db.execute("""
        CREATE TABLE trust_lists (
            id INTEGER PRIMARY KEY,
            party INTEGER NOT NULL REFERENCES parties,
            kind TEXT NOT NULL CHECK (kind IN ('ITL', 'CTL')),
            built_at TEXT NOT NULL,
            signer TEXT NOT NULL REFERENCES certificates,
            file BLOB NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX trust_lists_party ON trust_lists (party, kind, id)")
    # What a phone itself holds and how it fares; the cluster's backup has none of it.
    db.execute("""
        CREATE TABLE phones (
            party INTEGER PRIMARY KEY REFERENCES parties,
            itl INTEGER REFERENCES trust_lists,
            ctl INTEGER REFERENCES trust_lists,
            registered INTEGER NOT NULL,
            since TEXT NOT NULL,
            reset_at TEXT NOT NULL,
            reason TEXT NOT NULL DEFAULT '',
            evidence TEXT NOT NULL DEFAULT '{}'
        ) STRICT
    """)
    db.execute("CREATE INDEX phones_lists ON phones (itl, ctl)")


@migrations()
def m014_oauth(db: Database) -> None:
    # The keys behind OAuth tokens: the cluster's own, and the copy of each node.
    db.execute("""
        CREATE TABLE oauth_keys (
            cluster TEXT NOT NULL REFERENCES clusters,
            kind TEXT NOT NULL CHECK (kind IN ('encryption', 'signing')),
            key TEXT NOT NULL REFERENCES keys,
            made_at TEXT NOT NULL,
            PRIMARY KEY (cluster, kind)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE oauth_copies (
            party INTEGER NOT NULL REFERENCES parties,
            kind TEXT NOT NULL CHECK (kind IN ('encryption', 'signing')),
            key TEXT NOT NULL REFERENCES keys,
            since TEXT NOT NULL,
            PRIMARY KEY (party, kind)
        ) STRICT, WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE tokens (
            id INTEGER PRIMARY KEY,
            cluster TEXT NOT NULL REFERENCES clusters,
            user TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
            issued_at TEXT NOT NULL,
            ends_at TEXT NOT NULL,
            signing_key TEXT NOT NULL,
            encryption_key TEXT NOT NULL,
            token TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX tokens_cluster ON tokens (cluster, user)")


@migrations()
def m015_replicated_rows(db: Database) -> None:
    # What nodes that the lab itself runs hold already; of each subject the latest.
    db.execute("""
        INSERT INTO replicated
            (cluster, store, certificate, since, copy_of, description)
        SELECT cluster, name, certificate, since, copy_of, description FROM (
            SELECT p.cluster, l.name, l.certificate, l.since, l.copy_of, l.description,
                row_number() OVER (
                    PARTITION BY p.cluster, l.name, c.subject_hash
                    ORDER BY c.not_before DESC, l.since DESC, l.id DESC) AS place
            FROM places l
            JOIN parties p ON p.id = l.party
            JOIN certificates c ON c.sha256 = l.certificate
            WHERE l.usage = 'trust' AND p.kind IN ('ucm', 'imp') AND p.fqdn <> ''
            AND l.name IN ('tomcat-trust', 'CallManager-trust', 'Phone-SAST-trust',
                'directory-trust', 'cup-trust', 'cup-xmpp-trust'))
        WHERE place = 1
    """)
    db.execute("""
        UPDATE jobs SET kind = 'sync_subject', about = json_object(
            'party', json_extract(about, '$.party'),
            'minutes', 30,
            'store', json_extract(about, '$.store'),
            'subject_hash', (
                SELECT subject_hash FROM certificates
                WHERE sha256 = json_extract(about, '$.certificate')))
        WHERE kind = 'copy_to_trust'
    """)


@migrations()
def m016_revocation(db: Database) -> None:
    db.execute("ALTER TABLE certificates ADD COLUMN invalid_since TEXT")
    # Who signs an authority's OCSP answers, and for how long an answer holds.
    db.execute("""
        ALTER TABLE authorities ADD COLUMN ocsp TEXT NOT NULL DEFAULT 'none'
        CHECK (ocsp IN ('none', 'delegated', 'authority'))
    """)
    db.execute("""
        UPDATE authorities SET ocsp = 'delegated' WHERE party IN
        (SELECT party FROM places WHERE usage = 'identity' AND name = 'OCSP signer')
    """)
    db.execute("""
        ALTER TABLE authorities ADD COLUMN ocsp_minutes INTEGER NOT NULL DEFAULT 60
    """)
    # Hours between two delta CRLs; 0: there are none.
    db.execute("""
        ALTER TABLE authorities ADD COLUMN delta_hours INTEGER NOT NULL DEFAULT 0
    """)
    db.execute("""
        ALTER TABLE authorities ADD COLUMN crl_scope TEXT NOT NULL
        DEFAULT 'everything' CHECK (crl_scope IN ('everything', 'separate'))
    """)
    db.execute("ALTER TABLE crls RENAME TO crls_before")
    # A delta CRL says what changed since the full one of the number `base`.
    db.execute("""
        CREATE TABLE crls (
            authority TEXT NOT NULL REFERENCES authorities (name),
            scope TEXT NOT NULL DEFAULT 'everything'
                CHECK (scope IN ('everything', 'users', 'authorities')),
            number INTEGER NOT NULL,
            base INTEGER,
            der BLOB NOT NULL,
            this_update TEXT NOT NULL,
            next_update TEXT NOT NULL
        ) STRICT
    """)
    db.execute("""
        INSERT INTO crls (authority, number, der, this_update, next_update)
        SELECT authority, number, der, this_update, next_update FROM crls_before
    """)
    db.execute("DROP TABLE crls_before")
    db.execute("""
        CREATE UNIQUE INDEX crls_number ON crls
        (authority, scope, base IS NULL, number)
    """)
    # A responder is asked by serial number, whatever the issuer's certificate.
    db.execute("CREATE INDEX certificates_serial ON certificates (serial)")
    # What a responder or a CRL does wrong on purpose; the target is a fingerprint,
    # the name of an authority, or empty for all of them.
    db.execute("""
        CREATE TABLE faults (
            target TEXT NOT NULL,
            channel TEXT NOT NULL CHECK (channel IN ('OCSP', 'CRL')),
            fault TEXT NOT NULL,
            seconds REAL NOT NULL DEFAULT 0,
            since TEXT NOT NULL,
            PRIMARY KEY (target, channel)
        ) STRICT, WITHOUT ROWID
    """)
    # What nodes found out about revocation, with all that proves it.
    db.execute("""
        CREATE TABLE revocation_checks (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            cluster TEXT NOT NULL REFERENCES clusters,
            certificate TEXT NOT NULL REFERENCES certificates,
            cause TEXT NOT NULL,
            client TEXT NOT NULL,
            method TEXT NOT NULL,
            url TEXT NOT NULL,
            status TEXT NOT NULL,
            connects INTEGER NOT NULL,
            model TEXT NOT NULL,
            signer BLOB,
            this_update TEXT,
            next_update TEXT,
            http_status INTEGER,
            milliseconds INTEGER NOT NULL,
            steps TEXT NOT NULL,
            request BLOB,
            response BLOB
        ) STRICT
    """)
    db.execute("""
        CREATE INDEX revocation_checks_latest ON revocation_checks
        (cluster, certificate, id)
    """)
    # Asked for by the schedule or by an upload, and answered outside of any deed:
    # nobody holds the write lock while the network is asked.
    db.execute("""
        CREATE TABLE checks_wanted (
            cluster TEXT NOT NULL REFERENCES clusters,
            certificate TEXT NOT NULL REFERENCES certificates,
            cause TEXT NOT NULL,
            wanted_at TEXT NOT NULL,
            PRIMARY KEY (cluster, certificate)
        ) STRICT, WITHOUT ROWID
    """)
