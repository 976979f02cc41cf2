-- What content is, is said by its SHA-256; SHA-1 and MD5 are kept where somebody announced or asked for them.

drop index version_content;
alter table version drop column blake3;
alter table version alter column sha1 drop not null;
alter table version alter column md5 drop not null;
create index version_content on version (age_key, sha256, counts_for);
