-- What a client noted on a file to have it shown again, in Unix milliseconds and as bits of Windows. Nothing is judged
-- by it; null is what nobody noted.
alter table node add column noted_created integer;
alter table node add column noted_accessed integer;
alter table node add column noted_bits integer;
