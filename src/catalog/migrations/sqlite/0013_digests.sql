-- What content is, is said by its SHA-256; SHA-1 and MD5 are kept where somebody announced or asked for them.

drop index version_content;
alter table version drop column blake3;
alter table version add column known_sha1 blob;
alter table version add column known_md5 blob;
update version set known_sha1 = sha1, known_md5 = md5;
alter table version drop column sha1;
alter table version drop column md5;
alter table version rename column known_sha1 to sha1;
alter table version rename column known_md5 to md5;
create index version_content on version (age_key, sha256, counts_for);
