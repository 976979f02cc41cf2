-- The second step of signing in. What `totp` holds gives the secret only together with the program's own
-- pepper; null is off. `totp_step` is the last step of which the code was taken, so that no code is taken twice.
alter table account add column totp bytea;
alter table account add column totp_step bigint not null default 0;
-- Wrong codes in a row, and until when none is looked at.
alter table account add column totp_wrong bigint not null default 0;
alter table account add column totp_until bigint not null default 0;
