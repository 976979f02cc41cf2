-- What one party placed in an area of another's, without looking at what others did.
create index placement_placed on placement (parent, placer, kind, year)
    where until_ms = 9223372036854775807 and placer_key is not null;

-- The nodes of a party that is being erased, while that is done.
create table erasing (
    node bigint primary key
);
