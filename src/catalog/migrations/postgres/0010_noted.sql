-- What a client noted on a file to have it shown again, in Unix milliseconds and as bits of Windows. Nothing is judged
-- by it; null is what nobody noted.
alter table node add column noted_created bigint;
alter table node add column noted_accessed bigint;
alter table node add column noted_bits bigint;
