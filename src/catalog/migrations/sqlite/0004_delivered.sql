-- Digests of what was delivered, for clients that check what they sent; null of what was before this.
alter table delivery add column sha256 blob;
alter table delivery add column sha1 blob;
alter table delivery add column md5 blob;
