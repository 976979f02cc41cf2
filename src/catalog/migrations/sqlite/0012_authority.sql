-- Who may vouch for the accounts of a party: the keys with which its SSH certificates are signed.
create table authority (
    id integer primary key,
    party integer not null references party (id),
    fingerprint text not null,
    public_key text not null,
    name text not null,
    created integer not null,
    revoked integer
);
create unique index authority_fingerprint on authority (party, fingerprint) where revoked is null;
