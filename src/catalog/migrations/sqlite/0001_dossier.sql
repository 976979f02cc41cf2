-- The facts of the dossier. Times are Unix milliseconds. What has from_ms and until_ms held from
-- the one until just before the other; 9223372036854775807 is "until further notice".

-- The X25519 identity of a party or an employment, sealed under a master key.
create table age_key (
    id integer primary key,
    recipient text not null,
    sealed blob not null,
    master text not null,
    created integer not null,
    destroyed integer
);

create table party (
    id integer primary key,
    key text not null,
    kind text not null,
    name text not null,
    language text not null,
    age_key integer not null references age_key (id),
    own_root integer,
    backups_root integer,
    overviews_root integer,
    sets_root integer,
    quota integer,
    used integer not null default 0,
    created integer not null,
    erased integer,
    constraint party_key unique (kind, key)
);

create table administration (
    lhn text not null,
    employer integer not null references party (id),
    constraint administration_lhn primary key (lhn)
);

create table engagement (
    id integer primary key,
    office integer not null references party (id),
    employer integer not null references party (id),
    "release" text not null,
    payslips text not null,
    folder text not null,
    folder_key text not null,
    up_root integer not null,
    down_root integer not null,
    from_ms integer not null,
    until_ms integer not null
);
create index engagement_office on engagement (office, folder_key);
create index engagement_employer on engagement (employer);

create table employment (
    id integer primary key,
    person integer not null references party (id),
    employer integer not null references party (id),
    lhn text not null,
    number text not null,
    name text not null,
    consent text,
    employer_folder text not null,
    employer_key text not null,
    person_folder text not null,
    person_key text not null,
    age_key integer not null references age_key (id),
    overviews_root integer not null,
    paper_root integer not null,
    up_root integer not null,
    down_root integer not null,
    from_ms integer not null,
    until_ms integer not null,
    constraint employment_employer_key unique (employer, employer_key),
    constraint employment_person_key unique (person, person_key)
);
create index employment_number on employment (lhn, number);

create table account (
    id integer primary key,
    party integer not null references party (id),
    login text not null,
    login_key text not null,
    machine integer not null,
    scope text not null,
    name text not null,
    email text not null,
    password text,
    generation integer not null default 0,
    suspended integer,
    created integer not null,
    constraint account_login unique (login_key)
);
create index account_party on account (party);

create table credential (
    id integer primary key,
    account integer not null references account (id),
    kind text not null,
    name text not null,
    selector text not null,
    secret blob,
    public_key text,
    scope text not null,
    networks text not null default '',
    expires integer,
    created integer not null,
    last_used integer,
    revoked integer
);
create index credential_account on credential (account);
create index credential_selector on credential (selector);

-- A folder or a document. Where it lies is its placement; what is in it its versions. A root is a
-- folder without placement: the top of an area.
create table node (
    id integer primary key,
    public_id text not null,
    folder integer not null,
    placer integer references party (id),
    pending integer references account (id),
    mode integer,
    mtime integer not null,
    created integer not null,
    constraint node_public_id unique (public_id)
);

-- Where a node lies, and under which name. In an overviews area `kind` and `year` say under which
-- shelf, `name` is in stored form (dossier::overview), and `placer_name` is the name that its placer
-- sees. With `forward` it is a link to somebody else's document.
create table placement (
    id integer primary key,
    node integer not null references node (id),
    parent integer not null references node (id),
    kind text not null default '',
    year integer not null default 0,
    name text not null,
    name_key text not null,
    placer integer,
    placer_name text,
    placer_key text,
    forward integer,
    from_ms integer not null,
    until_ms integer not null
);
create unique index placement_name on placement (parent, kind, year, name_key)
    where until_ms = 9223372036854775807;
create unique index placement_placer_name on placement (parent, kind, year, placer, placer_key)
    where until_ms = 9223372036854775807 and placer_key is not null;
create index placement_child on placement (parent, kind, year, name_key, until_ms);
create index placement_node on placement (node, until_ms);
create index placement_ended on placement (until_ms);

create table version (
    id integer primary key,
    node integer not null references node (id),
    number integer not null,
    size integer not null,
    stored_size integer not null,
    blob text not null,
    age_key integer not null references age_key (id),
    file_key blob not null,
    blake3 blob not null,
    sha256 blob not null,
    sha1 blob not null,
    md5 blob not null,
    mtime integer not null,
    account integer not null,
    counts_for integer not null references party (id),
    from_ms integer not null,
    until_ms integer not null,
    constraint version_number unique (node, number)
);
create unique index version_head on version (node) where until_ms = 9223372036854775807;
create index version_node on version (node, until_ms);
create index version_blob on version (blob);

-- An employee's document in its employer's "shared with the office". With `moved` it has left the
-- employer's own "shared by" view. A folder is forwarded as what was in it: `folder` is the one that
-- was made for it, which goes when the last link in it does.
create table forward (
    id integer primary key,
    node integer not null references node (id),
    engagement integer not null references engagement (id),
    employment integer not null references employment (id),
    moved integer not null,
    folder integer references node (id),
    from_ms integer not null,
    until_ms integer not null
);
create index forward_node on forward (node, until_ms);

-- What was put into an employee's folder, listed there for an hour.
create table delivery (
    id integer primary key,
    party integer not null references party (id),
    account integer not null references account (id),
    employment integer not null references employment (id),
    name text not null,
    name_key text not null,
    size integer not null,
    mtime integer not null,
    node integer references node (id),
    at integer not null,
    listed_until integer not null
);
create index delivery_listed on delivery (party, employment, listed_until);

create table dav_lock (
    token text not null,
    node integer not null references node (id),
    account integer not null references account (id),
    exclusive integer not null,
    deep integer not null,
    owner text not null,
    timeout_ms integer not null,
    expires integer not null,
    constraint dav_lock_token primary key (token)
);
create index dav_lock_node on dav_lock (node);

create table property (
    node integer not null references node (id),
    party integer not null references party (id),
    name text not null,
    value text not null,
    constraint property_name primary key (node, party, name)
);

-- What happened, and the line that each party concerned reads about it.
create table event (
    id integer primary key,
    at integer not null,
    account integer,
    protocol text not null,
    address text not null,
    verb text not null,
    node integer
);
create table log_line (
    id integer primary key,
    party integer not null references party (id),
    event integer not null references event (id),
    month text not null,
    line text not null
);
create index log_line_month on log_line (party, month, id);

-- The days on which a party's own folders changed: `backups` or `files`.
create table changed_day (
    party integer not null references party (id),
    area text not null,
    day text not null,
    constraint changed_day_day primary key (party, area, day)
);

-- One row, raised whenever a credential, an account or a relation changes, so that every node
-- looks again at its open sessions.
create table epoch (
    id integer primary key,
    value integer not null
);
insert into epoch (id, value) values (1, 0);
