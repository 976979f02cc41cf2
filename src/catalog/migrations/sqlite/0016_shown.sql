-- What was shown of a node in place of what is now, from when until when: its own times and bits, and the time of the
-- version that it had at the end of that. What changes before anybody could ask for it leaves no row.
create table shown_before (
    id integer primary key,
    node integer not null references node (id),
    version integer,
    version_mtime integer,
    mtime integer not null,
    mode integer,
    noted_created integer,
    noted_accessed integer,
    noted_bits integer,
    from_ms integer not null,
    until_ms integer not null
);
create index shown_before_node on shown_before (node, until_ms);
