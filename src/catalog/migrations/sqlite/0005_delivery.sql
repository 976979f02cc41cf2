-- What an account is still sending, or waits for its manifest, lies below a root of its own; what was refused
-- below one of its party. Each is made when it is first needed.
alter table account add column waiting_root integer;
alter table party add column refused_root integer;

-- What was handed in, listed for an hour where it was put: listed_in is "/" and folders in /Aanleveren, or "="
-- and the employment in whose folder it was put. What has the same identity is a version of the same overview.
alter table delivery rename to delivery_before;
drop index delivery_listed;
create table delivery (
    id integer primary key,
    party integer not null references party (id),
    account integer not null references account (id),
    listed_in text not null,
    identity text not null,
    name text not null,
    name_key text not null,
    size integer not null,
    mtime integer not null,
    node integer references node (id),
    at integer not null,
    listed_until integer not null,
    sha256 blob,
    sha1 blob,
    md5 blob
);
create index delivery_listed on delivery (party, listed_in, listed_until);
create index delivery_identity on delivery (party, identity);
create index delivery_until on delivery (party, listed_until);
create index employment_bare_number on employment (lhn, ltrim(number, '0'));
insert into delivery (party, account, listed_in, identity, name, name_key, size, mtime, node, at, listed_until,
        sha256, sha1, md5)
    select party, account, '=' || employment, '', name, name_key, size, mtime, node, at, listed_until,
        sha256, sha1, md5 from delivery_before order by id;
drop table delivery_before;

-- A receipt per file: a line of the CSV of its day.
create table receipt (
    id integer primary key,
    party integer not null references party (id),
    day text not null,
    line text not null
);
create index receipt_day on receipt (party, day, id);

-- Why a file was refused: the text that is shown beside it under this name.
create table refusal (
    id integer primary key,
    party integer not null references party (id),
    name text not null,
    name_key text not null,
    code text not null,
    node integer references node (id),
    at integer not null,
    constraint refusal_name unique (party, name_key)
);
create index refusal_node on refusal (node);
