-- How far a receiver was told of what happened: by 'mail' an account of a party, by 'webhook' the party (account
-- 0). The row of party 0 says from when the channel tells at all. What is being told reaches until until_ms, under
-- the id digest; nobody else tries before again_ms.
create table notices (
    channel text not null,
    party integer not null,
    account integer not null,
    told_ms integer not null,
    until_ms integer,
    digest text,
    failures integer not null default 0,
    again_ms integer not null default 0,
    constraint notices_receiver primary key (channel, party, account)
);

-- Whether what was delivered was filed on paper.
create index employment_paper on employment (paper_root);
