-- On which day of the month, and when, what an office delivers becomes visible: `25 09:00`; null is at once.
alter table engagement add column publish_at text;

-- A delivery that nobody sees before `due_ms`: a node on the shelf `held` of the area that it goes to, and
-- what is needed to file it there. Of what is a new version of a document that is seen already, the row
-- stays when it was `published`, so that its receipt still leads there.
create table held (
    node integer primary key references node (id),
    due_ms integer not null,
    account integer not null references account (id),
    protocol text not null,
    kind text not null,
    year integer not null,
    name text not null,
    about text not null,
    version_of integer references node (id),
    published integer
);
create index held_due on held (due_ms) where published is null;
create index held_version_of on held (version_of);
