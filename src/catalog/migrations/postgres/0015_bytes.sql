-- Keys are compared as bytes, as SQLite does, whatever language the database was made in: what goes on from a key
-- must find what comes after it.
alter table placement
    alter column name_key type text collate "C",
    alter column placer_key type text collate "C";
