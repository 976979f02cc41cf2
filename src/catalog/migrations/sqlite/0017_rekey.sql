-- Names are compared a character for a character: `Maße` and `Masse` are two. Only the program can make the keys of
-- that, and does where they are stale.
create table name_keys (
    id integer primary key,
    stale integer not null
);
insert into name_keys (id, stale) values (1, 1);
