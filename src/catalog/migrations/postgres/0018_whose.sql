-- Whose an overview is, is found by the folder in which it lies, and what was forwarded by the folder that was made
-- for it; as what an overview was delivered, by its node.
create index party_overviews on party (overviews_root) where overviews_root is not null;
create index employment_overviews on employment (overviews_root);
create index forward_folder on forward (folder) where folder is not null;
create index delivery_node on delivery (node);
