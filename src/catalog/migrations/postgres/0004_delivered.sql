-- Digests of what was delivered, for clients that check what they sent; null of what was before this.
alter table delivery add column sha256 bytea;
alter table delivery add column sha1 bytea;
alter table delivery add column md5 bytea;
