-- Sets lie below an employer's sets_root on the shelf of their state: review, approved, rejected. Whoever did
-- not place one sees it from shown_ms on.
alter table placement add column shown_ms integer not null default 0;

-- What became of a set. `account` is null where it closed by itself; `releases` says whether what is in it is
-- delivered upon it: 0 no, 1 still to do, 2 done; `explained` whether its reason lies in it.
create table decision (
    node integer primary key references node (id),
    engagement integer not null references engagement (id),
    approved integer not null,
    hash text not null,
    account integer references account (id),
    at integer not null,
    releases integer not null default 0,
    explained integer not null default 1
);
create index decision_releases on decision (releases, explained);
create index event_node on event (node, verb);
