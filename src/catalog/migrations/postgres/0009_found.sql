-- What is looked for is found however much there is.

-- What holds ends at one and the same instant: an index of ends in which that lies as well is read whole by
-- whoever asks for what holds in one folder.
drop index placement_ended;
create index placement_ended on placement (until_ms) where until_ms < 9223372036854775806;
drop index version_ended;
create index version_ended on version (until_ms, id) where until_ms < 9223372036854775806;
create index placement_forward on placement (forward) where forward is not null;

-- A delivery is found by its name, and a folder by what is still listed in it.
create index delivery_name on delivery (party, listed_in, name_key, listed_until);
drop index delivery_until;
create index delivery_until on delivery (party, listed_until, listed_in);

-- The same content again, of one party: all that counts for it would be read otherwise.
drop index version_content;
create index version_content on version (age_key, blake3, counts_for);
