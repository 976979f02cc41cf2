-- Certificates that are worth nothing though who signed them is trusted: by the key that signed, so that it stays so when
-- that key is trusted anew, and by what they are told by.
create table revoked_certificate (
    party bigint not null references party (id),
    signer text not null,
    mark text not null,
    revoked bigint not null,
    primary key (party, signer, mark)
);
