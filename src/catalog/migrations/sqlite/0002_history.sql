-- A day whose history was cleared: what it would show is no longer all there.
alter table changed_day add column pruned integer not null default 0;

-- When the history was last cleared by itself: one row, so that of several nodes one does it.
create table maintenance (
    id integer primary key,
    at integer not null
);
insert into maintenance (id, at) values (1, 0);

create index version_ended on version (until_ms, id);

-- Bytes of a content that lies packed with zstd; null of one that does not.
alter table version add column packed integer;

-- The same content again is found by its digest.
create index version_content on version (age_key, blake3);

-- What a party's history takes.
create index version_counts on version (counts_for, until_ms);
