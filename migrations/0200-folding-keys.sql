-- Addresses on the list of suppressions are known by keyed hashes. When the key is replaced they are hashed once more, with the new one,
-- since nobody can make the hash of an erased address anew: so whoever folds an address needs the keys before it as well.
create table folding_keys (
  only   integer primary key check (only = 1),
  sealed text not null  -- those keys, oldest first, with the newest secret-key
);
